"""Bringing a plan file into the database."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.actions.amendment import Amendment, amendment
from scheduler.actions.plan_change import looked_at, refuse_contradictions
from scheduler.actions.stop_findings import holding_back, refuse_stops
from scheduler.dosing.finding import Finding
from scheduler.dosing.plan import Plan
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.timezone import local_date
from scheduler.errors import ConflictError, RefusedError
from scheduler.planfile.reading import PlanFile
from scheduler.reminders.planner import plan_reminders
from scheduler.safety.plan_check import check, newly_found
from scheduler.store.patients import PatientRecord
from scheduler.store.plans import Origin, StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork

# Without letters and digits that are taken for each other on paper or on the telephone.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
# A thousand files are checked in one go. What begins later than this is reached from its own start.
_LOOKED_AHEAD = timedelta(days=120)


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What an import did. ``changes`` are sentences, none where the file said nothing new.

    ``noticed`` is everything that a look at the plan finds now.
    """

    patient_id: str
    created: bool
    changes: tuple[str, ...]
    noticed: tuple[Finding, ...]


def import_plan(
    store: Store,
    plan_file: PlanFile,
    moment: datetime,
    *,
    patient_id: str | None = None,
    as_new: bool = False,
    effective_on: date | None = None,
) -> Imported:
    """Add the patient of ``plan_file``, or amend the one it was imported for before.

    The patient is the one named by ``patient_id``, else by the file's own ``patient.id``, else the only
    one of the same name who shares a regimen with the file. All of the file is imported or nothing is.
    A changed regimen is in force from the local date ``effective_on``, else from today on; the doses before
    stand. Raises NotFoundError, ConflictError where it is not clear who is meant, RefusedError where what is
    recorded has no place in the new plan, and StopFindingsError where the file brings a finding of severity
    stop that it does not confirm.
    """
    with store.transaction() as work:
        known = None if as_new else _known(work, plan_file, patient_id)
        if known is None:
            known = _add(work, plan_file, moment)
            return _amend(work, known, plan_file.plan, _When(moment, effective_on), created=True)
        locked = work.patients.lock(known.id)
        return _amend(work, locked, plan_file.plan, _When(moment, effective_on), created=False)


@dataclass(frozen=True, slots=True)
class _When:
    """The moment of the import, and the local date from which it changes things; None: its own."""

    moment: datetime
    effective_on: date | None


def new_patient_id() -> str:
    """A random id that says nothing of the person: 40 bits, so a clash among a million is unlikely."""
    return "p-" + "".join(secrets.choice(_ALPHABET) for _ in range(8))


def _known(work: UnitOfWork, plan_file: PlanFile, patient_id: str | None) -> PatientRecord | None:
    if patient_id is not None:
        return work.patients.get(patient_id)
    if plan_file.patient_id is not None:
        known = work.patients.exists(plan_file.patient_id)
        return work.patients.get(plan_file.patient_id) if known else None
    return _namesake(work, plan_file.plan)


def _namesake(work: UnitOfWork, plan: Plan) -> PatientRecord | None:
    same_name = work.patients.named(plan.patient.name)
    if not same_name:
        return None
    sharing = [stored for stored in work.plans.load_many(same_name) if _shares_a_regimen(stored, plan)]
    if len(same_name) == 1 and len(sharing) == 1:
        return same_name[0]
    ids = ", ".join(record.id for record in same_name)
    raise ConflictError(
        f"the name of this file's patient is in use ({ids}), and it is not certain that the same person is "
        "meant: say --patient ID to amend one of them, or --new to add another person"
    )


def _shares_a_regimen(stored: StoredPlan, plan: Plan) -> bool:
    return not {regimen.id for regimen in stored.regimens}.isdisjoint(plan.regimens_by_id)


def _add(work: UnitOfWork, plan_file: PlanFile, moment: datetime) -> PatientRecord:
    patient_id = plan_file.patient_id or new_patient_id()
    if work.patients.exists(patient_id):
        raise ConflictError(f"there is a patient {patient_id!r} already; leave --new out to amend")
    work.patients.add(patient_id, plan_file.plan.patient, moment, plan_file.plan.clinic)
    return work.patients.lock(patient_id)


def _amend(work: UnitOfWork, record: PatientRecord, plan: Plan, when: _When, *, created: bool) -> Imported:
    stored = work.plans.load(record)
    wanted = amendment(stored, plan, work.plans.taken_back_from_file(record.id))
    known = () if created else _noticed(work, stored, when)
    if wanted.is_empty and not created:
        return Imported(patient_id=record.id, created=False, changes=(), noticed=tuple(known))
    _write(work, record, wanted, when)
    after = _reloaded(work, record)
    refuse_contradictions(after, "nothing was imported")
    noticed = _noticed(work, after, when)
    refuse_stops(holding_back(newly_found(known, noticed)), {}, "nothing was imported")
    if not created:
        work.patients.revise(record.id, when.moment)
    plan_reminders(work, [after.record], when.moment)
    return Imported(patient_id=record.id, created=created, changes=wanted.sentences, noticed=tuple(noticed))


def _noticed(work: UnitOfWork, stored: StoredPlan, when: _When) -> list[Finding]:
    if not stored.regimens:
        return []
    period = looked_at(stored.plan, when.moment, *_still_to_begin(stored, when), ahead=_LOOKED_AHEAD)
    return check(stored.plan, work.formulary, period, when.moment)


def _still_to_begin(stored: StoredPlan, when: _When) -> Iterator[date]:
    """The dates from which phases run that have not begun: a look has to reach them."""
    today = local_date(when.moment, stored.record.patient.zone)
    starts = (phase.start for regimen in stored.regimens for phase in regimen.phases)
    return (start for start in starts if isinstance(start, date) and start > today)


def _reloaded(work: UnitOfWork, record: PatientRecord) -> StoredPlan:
    """What is now stored. Raises RefusedError where a regimen cannot be amended so."""
    try:
        return work.plans.load(work.patients.get(record.id))
    except DosingError as error:
        raise RefusedError(f"nothing was imported: {error}") from error


def _write(work: UnitOfWork, record: PatientRecord, wanted: Amendment, when: _When) -> None:
    moment = when.moment
    effective_on = when.effective_on or local_date(moment, record.patient.zone)
    if wanted.patient is not None:
        work.patients.change(record.id, wanted.patient, wanted.clinic)
    for place, regimen in wanted.regimens:
        work.plans.put_regimen(record.id, regimen, place, moment, effective_on)
    for entry in wanted.retracted:
        work.plans.retract(entry, moment)
    for value in wanted.added:
        work.plans.add(record.id, value, Origin.FILE, moment)
