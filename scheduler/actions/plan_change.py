"""One change of one patient's plan: carried out, or only shown.

1. Lock the patient and load the plan.
2. Do what was asked.
3. Load the plan again and refuse it if it contradicts itself: what is recorded must keep its place.
4. Count the revision and bring the reminders up to date, in the same transaction.
5. Tell which doses it touched. For a rehearsal the transaction is then taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.dosing.consistency import inconsistencies
from scheduler.dosing.difference import DoseDifference, differences
from scheduler.dosing.finding import Finding
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.plan_findings import findings
from scheduler.dosing.refusal import DosingError, PlanRefusedError, Refusal
from scheduler.dosing.timezone import local_date
from scheduler.errors import InputError, RefusedError
from scheduler.planfile.fault import written
from scheduler.reminders.planner import plan_reminders
from scheduler.store.plans import StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork

_BACK = timedelta(days=2)
_AHEAD = timedelta(days=400)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanChange:
    """The doses that a change touches, to 400 days ahead, and the findings that it brings with it."""

    differences: tuple[DoseDifference, ...]
    noticed: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """When a change is made, and whether it is only shown (``rehearsed``)."""

    moment: datetime
    rehearsed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """``since`` is the first local date that a change can touch; None: today. ``until`` is a later such date.

    ``reopened`` names the doses of which a record was taken back: they are reminded of however old.
    """

    since: date | None = None
    until: date | None = None
    reopened: tuple[str, ...] = ()


Act = Callable[[UnitOfWork, StoredPlan], Done]
"""Writes a change of the plan it is given."""


def change_plan(store: Store, patient_id: str, occasion: Occasion, act: Act) -> PlanChange:
    """Do ``act`` to a patient's plan. Raises NotFoundError, RefusedError, and what ``act`` raises.

    A DosingError in it, a value that no schedule can have, becomes an InputError.
    """
    with store.rehearsal() if occasion.rehearsed else store.transaction() as work:
        before = work.plans.load(work.patients.lock(patient_id))
        after, done = _done(work, before, act)
        refuse_contradictions(after, "nothing was changed")
        work.patients.revise(patient_id, occasion.moment)
        plan_reminders(work, [after.record], occasion.moment, done.reopened)
        return _change(before.plan, after.plan, occasion.moment, done)


def _done(work: UnitOfWork, before: StoredPlan, act: Act) -> tuple[StoredPlan, Done]:
    try:
        done = act(work, before)
        return work.plans.load(work.patients.get(before.record.id)), done
    except DosingError as error:
        raise InputError(str(error)) from error


def _change(before: Plan, after: Plan, moment: datetime, done: Done) -> PlanChange:
    today = local_date(moment, after.patient.zone)
    touched = [today, *(day for day in (done.since, done.until) if day is not None)]
    period = Period(start=min(touched) - _BACK, end=max(touched) + _AHEAD)
    known = set(findings(before, period, moment))
    return PlanChange(
        differences=tuple(differences(before, after, period)),
        noticed=tuple(f for f in findings(after, period, moment) if f not in known),
    )


def refuse_contradictions(stored: StoredPlan, what: str) -> None:
    """Raise RefusedError, saying ``what`` was not done, where a stored plan contradicts itself."""
    try:
        refusals: Sequence[Refusal] = tuple(inconsistencies(stored.plan))
    except PlanRefusedError as error:
        refusals = error.refusals
    if refusals:
        raise RefusedError(f"{what}: with what is recorded, {_listed(refusals)}")


def _listed(refusals: Iterable[Refusal]) -> str:
    return "; ".join(f"{written(r.path[:1])} {r.value}: {r.text}" for r in refusals)
