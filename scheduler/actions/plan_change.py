"""One change of one patient's plan: carried out, or only shown.

1. Lock the patient and load the plan.
2. Do what was asked.
3. Load the plan again, unless what was asked tells how it left it, and refuse it if it contradicts itself:
   what is recorded must keep its place.
4. Count the revision and bring the reminders up to date, in the same transaction.
5. Tell which doses it touched, and what a look at the plan notices now, where somebody is told. For a
   rehearsal the transaction is then taken back. An order that brings a finding of severity stop is refused
   before step 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from scheduler.actions.stop_findings import confirmations, holding_back, refuse_stops
from scheduler.dosing.consistency import inconsistencies
from scheduler.dosing.difference import DoseDifference, differences
from scheduler.dosing.finding import Finding
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.refusal import DosingError, PlanRefusedError, Refusal
from scheduler.dosing.timezone import local_date
from scheduler.errors import InputError, RefusedError
from scheduler.planfile.fault import written
from scheduler.reminders.planner import plan_reminders
from scheduler.safety.plan_check import check, newly_found
from scheduler.store.plans import Origin, StoredPlan
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
    """When a change is made, and whether it is only shown (``rehearsed``).

    ``confirmed``: reasons by code for findings of severity stop that somebody answers for. ``told``: somebody
    is told which doses it touches and what is noticed; looking takes longer than the change itself.
    """

    moment: datetime
    rehearsed: bool = False
    told: bool = True
    confirmed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """``since`` is the first local date that a change can touch; None: today. ``until`` is a later such date.

    ``reopened`` names the doses of which a record was taken back: they are reminded of however old.
    ``orders``: it puts an order in force, so that findings of severity stop hold it back. ``after``: the plan
    as the change left it, where that is known without reading it again.
    """

    since: date | None = None
    until: date | None = None
    reopened: tuple[str, ...] = ()
    orders: bool = False
    after: StoredPlan | None = None


Act = Callable[[UnitOfWork, StoredPlan], Done]
"""Writes a change of the plan it is given."""


def change_plan(store: Store, patient_id: str, occasion: Occasion, act: Act) -> PlanChange:
    """Do ``act`` to a patient's plan. Raises NotFoundError, RefusedError, and what ``act`` raises.

    A DosingError in it, a value that no schedule can have, becomes an InputError.
    """
    with store.rehearsal() if occasion.rehearsed else store.transaction() as work:
        change, _ = change_within(work, patient_id, occasion, act)
        return change


def change_within(
    work: UnitOfWork, patient_id: str, occasion: Occasion, act: Act
) -> tuple[PlanChange, StoredPlan]:
    """As `change_plan`, within a transaction that is the caller's to take back; and the plan as it is now."""
    before = work.plans.load(work.patients.lock(patient_id))
    after, done = _done(work, before, act)
    refuse_contradictions(after, "nothing was changed")
    noticed = _noticed(work, before, after, occasion, done)
    if done.orders and _answer_for(work, after, occasion, noticed):
        after = work.plans.load(after.record)
        noticed = _noticed(work, before, after, occasion, done)
    work.patients.revise(patient_id, occasion.moment)
    plan_reminders(work, [after.record], occasion.moment, done.reopened, known=[after])
    touched = _differences(before, after, occasion, done) if occasion.told else ()
    return PlanChange(differences=tuple(touched), noticed=tuple(noticed)), after


def _done(work: UnitOfWork, before: StoredPlan, act: Act) -> tuple[StoredPlan, Done]:
    try:
        done = act(work, before)
        return done.after or work.plans.load(work.patients.get(before.record.id)), done
    except DosingError as error:
        raise InputError(str(error)) from error


def _answer_for(work: UnitOfWork, after: StoredPlan, occasion: Occasion, noticed: Sequence[Finding]) -> bool:
    """Keep what is confirmed; whether anything was.

    Raises StopFindingsError for what holds the change back and is not confirmed, unless it is only shown.
    """
    stops = holding_back(noticed)
    answers = confirmations(stops, occasion.confirmed)
    if not occasion.rehearsed:
        refuse_stops(stops, occasion.confirmed, "nothing was changed")
    for confirmation in answers:
        work.plans.add(after.record.id, confirmation, Origin.RECORDED, occasion.moment)
    return bool(answers)


def _differences(
    before: StoredPlan, after: StoredPlan, occasion: Occasion, done: Done
) -> Sequence[DoseDifference]:
    return differences(before.plan, after.plan, _touched(after.plan, occasion, done))


def _noticed(
    work: UnitOfWork, before: StoredPlan, after: StoredPlan, occasion: Occasion, done: Done
) -> list[Finding]:
    """What a look at the plan finds now and did not find before."""
    if not (occasion.told or done.orders):
        return []
    period = _touched(after.plan, occasion, done)
    found = (check(p.plan, work.formulary, period, occasion.moment) for p in (before, after))
    return list(newly_found(*found))


def _touched(plan: Plan, occasion: Occasion, done: Done) -> Period:
    """The local dates on which the change is looked at."""
    return looked_at(plan, occasion.moment, *(day for day in (done.since, done.until) if day is not None))


def looked_at(plan: Plan, moment: datetime, *touched: date, ahead: timedelta = _AHEAD) -> Period:
    """The local dates on which a change at ``moment`` is looked at: from those it touches to ``ahead`` on."""
    days = (local_date(moment, plan.patient.zone), *touched)
    return Period(start=min(days) - _BACK, end=max(days) + ahead)


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
