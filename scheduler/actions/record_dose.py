"""Recording what happened to a dose, moving it, and taking either back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.expansion import Layout, find
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import OccurrenceId, parse_occurrence_id
from scheduler.dosing.plan import Period
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.regimen import IntervalAnchor
from scheduler.dosing.timezone import local_date, resolve
from scheduler.errors import ConflictError, InputError, NotFoundError, RefusedError
from scheduler.reminders.planner import plan_reminders
from scheduler.store.plans import Origin, StoredEntry, StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork

# Clocks of a nurse's phone and of the server differ; what is further ahead has not happened yet.
_AHEAD = timedelta(minutes=5)
_LOOK_AHEAD = timedelta(days=400)
_LONGEST_REASON, _LONGEST_SITE = 200, 40  # as in a plan file


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseChange:
    """A dose after a change, and the doses whose dates moved with it, as (before, after)."""

    occurrence: DoseOccurrence
    shifted: tuple[tuple[DoseOccurrence, DoseOccurrence], ...]


def give(
    store: Store, patient_id: str, dose: str, moment: datetime, *, at: datetime | None, site: str | None
) -> DoseChange:
    """Record that ``dose`` was given ``at`` the naive local time, else at ``moment``, into ``site``.

    Without a site the planned one is recorded. Raises NotFoundError, ConflictError where something is
    recorded already, RefusedError for a time in the future.
    """
    _check_length("site", site or "", _LONGEST_SITE)
    with store.transaction() as work:
        stored, occurrence = _open_dose(work, patient_id, dose)
        administration = Administration(
            dose=occurrence.id,
            status=AdministrationStatus.GIVEN,
            at=_happened(stored, moment, at),
            site=site or occurrence.site,
            reason="",
        )
        work.plans.add_administration(patient_id, administration, Origin.RECORDED, moment)
        return _changed(work, stored, occurrence, moment)


def skip(
    store: Store, patient_id: str, dose: str, moment: datetime, *, at: datetime | None, reason: str
) -> DoseChange:
    """Record that ``dose`` was not given and why. Raises as `give` does, InputError without a reason."""
    _check_length("reason", reason, _LONGEST_REASON)
    with store.transaction() as work:
        stored, occurrence = _open_dose(work, patient_id, dose)
        try:
            administration = Administration(
                dose=occurrence.id,
                status=AdministrationStatus.NOT_GIVEN,
                at=_happened(stored, moment, at),
                site=None,
                reason=reason,
            )
        except DosingError as error:
            raise InputError(str(error)) from error
        work.plans.add_administration(patient_id, administration, Origin.RECORDED, moment)
        return _changed(work, stored, occurrence, moment)


def move(
    store: Store, patient_id: str, dose: str, moment: datetime, *, to: datetime, reason: str
) -> DoseChange:
    """Plan ``dose`` for the naive local time ``to``; an earlier move is replaced. Raises as `give` does."""
    _check_length("reason", reason, _LONGEST_REASON)
    with store.transaction() as work:
        stored, occurrence = _open_dose(work, patient_id, dose)
        for entry in stored.moves:
            if entry.value.dose == occurrence.id:
                work.plans.retract(entry, moment)
        planned = Move(dose=occurrence.id, to=to, reason=reason)
        work.plans.add_move(patient_id, planned, Origin.RECORDED, moment)
        return _changed(work, stored, occurrence, moment)


def undo(store: Store, patient_id: str, dose: str, moment: datetime) -> DoseChange:
    """Take back what was recorded of ``dose``, else its move. Raises NotFoundError where there is neither."""
    with store.transaction() as work:
        stored, occurrence = _dose(work, patient_id, dose)
        told: list[StoredEntry[Any]] = [*stored.administrations, *stored.moves]
        entries = [entry for entry in told if entry.value.dose == occurrence.id]
        if not entries:
            raise NotFoundError(
                f"nothing is recorded of {dose}, and it was not moved: there is nothing to undo"
            )
        work.plans.retract(entries[0], moment)
        return _changed(work, stored, occurrence, moment, reopened=(dose,))


def _dose(work: UnitOfWork, patient_id: str, dose: str) -> tuple[StoredPlan, DoseOccurrence]:
    stored = work.plans.load(work.patients.lock(patient_id))
    occurrence = find(stored.plan, _id(dose))
    if occurrence is None:
        raise NotFoundError(f"{dose} is not a planned dose; see 'dosecal schedule show {patient_id}'")
    return stored, occurrence


def _check_length(what: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise InputError(f"the {what} has at most {longest} characters")


def _id(dose: str) -> OccurrenceId:
    try:
        return parse_occurrence_id(dose)
    except DosingError as error:
        raise InputError(str(error)) from error


def _open_dose(work: UnitOfWork, patient_id: str, dose: str) -> tuple[StoredPlan, DoseOccurrence]:
    stored, occurrence = _dose(work, patient_id, dose)
    recorded = occurrence.administration
    if recorded is not None:
        status = recorded.status.value.replace("-", " ")
        raise ConflictError(
            f"{dose} is recorded already, as {status} at {recorded.at:%Y-%m-%d %H:%M}; "
            f"to correct it, first run 'dosecal dose undo {patient_id} {dose}'"
        )
    return stored, occurrence


def _happened(stored: StoredPlan, moment: datetime, at: datetime | None) -> datetime:
    patient = stored.record.patient
    here = patient.whereabouts(local_date(moment, patient.zone))
    if at is None:
        return moment.astimezone(here).replace(tzinfo=None, second=0, microsecond=0)
    if resolve(at, patient.whereabouts(at.date())).at > moment + _AHEAD:
        raise RefusedError(f"{at:%Y-%m-%d %H:%M} is still to come, so it cannot be recorded")
    return at


def _changed(
    work: UnitOfWork,
    before: StoredPlan,
    occurrence: DoseOccurrence,
    moment: datetime,
    reopened: Collection[str] = (),
) -> DoseChange:
    record = before.record
    work.patients.revise(record.id, moment)
    plan_reminders(work, [record], moment, reopened)
    after = work.plans.load(record)
    changed = find(after.plan, occurrence.id)
    assert changed is not None
    return DoseChange(occurrence=changed, shifted=_shifted(before, after, occurrence))


def _shifted(
    before: StoredPlan, after: StoredPlan, occurrence: DoseOccurrence
) -> tuple[tuple[DoseOccurrence, DoseOccurrence], ...]:
    if occurrence.regimen.anchor is not IntervalAnchor.LAST_GIVEN:
        return ()
    period = Period(start=occurrence.local_date, end=occurrence.local_date + _LOOK_AHEAD)
    later = {o.id: o for o in Layout(after.plan).regimen(occurrence.regimen, period)}
    pairs = ((old, later.get(old.id)) for old in Layout(before.plan).regimen(occurrence.regimen, period))
    return tuple((old, new) for old, new in pairs if new is not None and old.due_at != new.due_at)
