"""Recording what happened to a dose, moving it, and taking either back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from scheduler.actions.free_text import check_reason, check_site
from scheduler.actions.happened import happened_at
from scheduler.actions.plan_change import Done, Occasion, PlanChange, change_plan
from scheduler.dosing import as_needed
from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.expansion import find
from scheduler.dosing.explanation import explain as explain_dose
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import GridId, OccurrenceId, parse_occurrence_id
from scheduler.dosing.plan import Plan
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.timing import AsNeeded
from scheduler.errors import ConflictError, InputError, NotFoundError
from scheduler.store.plans import Origin, StoredEntry, StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork


def give(
    store: Store,
    patient_id: str,
    dose: str,
    moment: datetime,
    *,
    at: datetime | None,
    site: str | None,
    rehearsed: bool = False,
) -> PlanChange:
    """Record that ``dose`` was given ``at`` the naive local time, else now, into ``site``.

    Where a regimen is given as needed, ``dose`` may be its id: the dose becomes that day's next. Without a
    site the planned one is recorded. Raises NotFoundError, ConflictError where something is recorded
    already, RefusedError for a time in the future.
    """
    check_site(site or "")

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        return record_given(work, stored, dose, moment, at=at, site=site)

    return change_plan(store, patient_id, Occasion(moment=moment, rehearsed=rehearsed), act)


def skip(
    store: Store,
    patient_id: str,
    dose: str,
    moment: datetime,
    *,
    at: datetime | None,
    reason: str,
    rehearsed: bool = False,
) -> PlanChange:
    """Record that ``dose`` was not given and why. Raises as `give` does, InputError without a reason."""
    check_reason(reason)

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        return record_not_given(work, stored, dose, moment, at=at, reason=reason)

    return change_plan(store, patient_id, Occasion(moment=moment, rehearsed=rehearsed), act)


def move(
    store: Store,
    patient_id: str,
    dose: str,
    moment: datetime,
    *,
    to: datetime,
    reason: str,
    rehearsed: bool = False,
) -> PlanChange:
    """Plan ``dose`` for the naive local time ``to``; an earlier move is replaced. Raises as `give` does."""
    check_reason(reason)

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        occurrence = _open_dose(stored, dose)
        for entry in stored.moves:
            if entry.value.dose == occurrence.id:
                work.plans.retract(entry, moment)
        planned = Move(dose=occurrence.id, to=to, reason=reason)
        work.plans.add(patient_id, planned, Origin.RECORDED, moment)
        days = (occurrence.local_date, to.date())
        return Done(since=min(days), until=max(days))

    return change_plan(store, patient_id, Occasion(moment=moment, rehearsed=rehearsed), act)


def undo(
    store: Store, patient_id: str, dose: str, moment: datetime, *, rehearsed: bool = False
) -> PlanChange:
    """Take back what was recorded of ``dose``, else its move. Raises NotFoundError where there is neither."""

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        occurrence = planned_dose(stored, dose)
        told: list[StoredEntry[Any]] = [*stored.administrations, *stored.moves]
        entries = [entry for entry in told if entry.value.dose == occurrence.id]
        if not entries:
            raise NotFoundError(
                f"nothing is recorded of {dose}, and it was not moved: there is nothing to undo"
            )
        return take_back(work, stored, occurrence, entries[0], moment)

    return change_plan(store, patient_id, Occasion(moment=moment, rehearsed=rehearsed), act)


def take_back(
    work: UnitOfWork,
    stored: StoredPlan,
    occurrence: DoseOccurrence,
    entry: StoredEntry[Any],
    moment: datetime,
) -> Done:
    """Retract ``entry``, which is about ``occurrence``, within a change of the plan."""
    work.plans.retract(entry, moment)
    days = _days(stored.plan, occurrence, entry.value)
    return Done(since=min(days), until=max(days), reopened=(str(occurrence.id),), after=stored.without(entry))


def record_given(
    work: UnitOfWork,
    stored: StoredPlan,
    dose: str,
    moment: datetime,
    *,
    at: datetime | None,
    site: str | None,
) -> Done:
    """As `give`, within a change of the plan."""
    happened = happened_at(stored.record.patient, moment, at)
    dose_id, since, planned_site = _to_give(stored, dose, happened)
    administration = Administration(
        dose=dose_id, status=AdministrationStatus.GIVEN, at=happened, site=site or planned_site, reason=""
    )
    entry = work.plans.add(stored.record.id, administration, Origin.RECORDED, moment)
    return Done(since=min(since, happened.date()), after=stored.having(entry))


def record_not_given(
    work: UnitOfWork, stored: StoredPlan, dose: str, moment: datetime, *, at: datetime | None, reason: str
) -> Done:
    """As `skip`, within a change of the plan."""
    occurrence = _open_dose(stored, dose)
    administration = Administration(
        dose=occurrence.id,
        status=AdministrationStatus.NOT_GIVEN,
        at=happened_at(stored.record.patient, moment, at),
        site=None,
        reason=reason,
    )
    entry = work.plans.add(stored.record.id, administration, Origin.RECORDED, moment)
    return Done(since=occurrence.local_date, after=stored.having(entry))


def explain(store: Store, patient_id: str, dose: str, moment: datetime) -> str:
    """Why ``dose`` is when it is, and how it stands at the aware ``moment``. Raises NotFoundError."""
    with store.reading() as work:
        stored = work.plans.load(work.patients.get(patient_id))
    return explain_dose(stored.plan, planned_dose(stored, dose), moment)


def _days(plan: Plan, occurrence: DoseOccurrence, entry: Administration | Move) -> list[date]:
    """The local dates on which a dose stands with ``entry``, and without it."""
    if isinstance(entry, Administration):
        return [occurrence.local_date, entry.at.date()]
    unmoved = find(replace(plan, moves=tuple(move for move in plan.moves if move != entry)), occurrence.id)
    return [occurrence.local_date, *([] if unmoved is None else [unmoved.local_date])]


def _to_give(stored: StoredPlan, dose: str, happened: datetime) -> tuple[OccurrenceId, date, str | None]:
    """The dose that is meant, the date it was planned for, and its site."""
    if dose in stored.plan.regimens_by_id:
        return _next_as_needed(stored.plan, dose, happened), happened.date(), None
    occurrence = _open_dose(stored, dose)
    return occurrence.id, occurrence.local_date, occurrence.site


def _next_as_needed(plan: Plan, regimen_id: str, happened: datetime) -> GridId:
    regimen = plan.regimens_by_id[regimen_id]
    if regimen.kind is not AsNeeded:
        raise InputError(
            f"{regimen_id} is a regimen with planned doses: name one of them, as 'dosecal schedule show' does"
        )
    return as_needed.next_id(plan, regimen, happened.date())


def planned_dose(stored: StoredPlan, dose: str) -> DoseOccurrence:
    """The dose of this id. Raises NotFoundError, InputError for what is no id."""
    occurrence = find(stored.plan, _id(dose))
    if occurrence is None:
        patient_id = stored.record.id
        raise NotFoundError(f"{dose} is not a planned dose; see 'dosecal schedule show {patient_id}'")
    return occurrence


def _id(dose: str) -> OccurrenceId:
    try:
        return parse_occurrence_id(dose)
    except DosingError as error:
        raise InputError(str(error)) from error


def _open_dose(stored: StoredPlan, dose: str) -> DoseOccurrence:
    occurrence = planned_dose(stored, dose)
    recorded = occurrence.administration
    if recorded is not None:
        status = recorded.status.value.replace("-", " ")
        raise ConflictError(
            f"{dose} is recorded already, as {status} at {recorded.at:%Y-%m-%d %H:%M}; "
            f"to correct it, first run 'dosecal dose undo {stored.record.id} {dose}'"
        )
    return occurrence
