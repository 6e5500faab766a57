"""The doses of a regimen counted from what was given.

1. The first dose is planned for the start of the first phase.
2. A dose that was moved is planned for where it was moved to. A dose whose date a hold covers is
   planned for the day after the hold, at its usual time; while the hold has no end it is withheld, and
   nothing after it is promised.
3. The next dose is planned one interval, of the phase of the dose before it, after the date on which
   that dose was given, else was planned for. So 28 days after a depot given on day 29 is day 57, and a
   depot that nobody recorded still counts from its planned date.
4. A phase is over after its number of doses, or when the next date falls after its last. The chain
   runs on into the next phase, unless that phase names a start of its own.

Dates are anchor plus k intervals with k counted from the last dose that left the grid, so that doses
planned a calendar month apart find the 31st again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import assert_never

from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence import Reason, ReasonCode
from scheduler.dosing.occurrence_id import ChainId
from scheduler.dosing.plan import Plan
from scheduler.dosing.planned_dose import PlannedDose, bound_reasons, moved_reason
from scheduler.dosing.recurrence import BoundDate
from scheduler.dosing.regimen import DoseCount, Lasting, OpenEnded, Phase, Regimen, Until
from scheduler.dosing.timing import END_OF_CALENDAR, CalendarInterval

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Grid:
    """The date ``steps`` intervals after ``anchor``."""

    anchor: date
    steps: int

    def on(self, interval: CalendarInterval) -> date:
        return interval.after(self.anchor, self.steps)

    def next(self) -> _Grid:
        return replace(self, steps=self.steps + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where the chain stands before a dose is moved, held or given.

    ``plain`` is the grid had every dose been given as planned; ``because`` says why ``grid`` has left it.
    ``taken`` counts the phase's doses before this one, and ``phase_first`` is the date of its first.
    """

    index: int
    phase: Phase
    taken: int
    phase_first: date
    grid: _Grid
    plain: _Grid
    because: Reason | None

    @property
    def on(self) -> date:
        return self.grid.on(self.phase.timing.interval)

    @property
    def at(self) -> time:
        return self.phase.timing.wall_times[0]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        shifted = self.on != self.plain.on(self.phase.timing.interval)
        return bound_reasons(self.phase) + ((self.because,) if shifted and self.because else ())


def planned(plan: Plan, regimen: Regimen, bound_date: BoundDate) -> Iterator[PlannedDose]:
    """The doses of ``regimen`` from the first on, by number, without end where its last phase is open."""
    place = _first(regimen, bound_date)
    number = 1
    while place is not None and place.on < END_OF_CALENDAR:
        dose = _planned(plan, regimen, number, place)
        yield dose
        if dose.hold is not None and dose.hold.last is None and not _given_on(plan, dose):
            return
        place = _next(plan, regimen, place, dose, bound_date)
        number += 1


def _first(regimen: Regimen, bound_date: BoundDate) -> _Place | None:
    phase = regimen.phases[0]
    start = bound_date(phase.start) if phase.start is not None else None
    return None if start is None else _opening(0, phase, start, start, None)


def _opening(index: int, phase: Phase, on: date, plain: date, because: Reason | None) -> _Place:
    grid, plain_grid = _Grid(anchor=on, steps=0), _Grid(anchor=plain, steps=0)
    return _Place(
        index=index, phase=phase, taken=0, phase_first=on, grid=grid, plain=plain_grid, because=because
    )


def _planned(plan: Plan, regimen: Regimen, number: int, place: _Place) -> PlannedDose:
    occurrence_id = ChainId(regimen=regimen.id, number=number)
    dose = PlannedDose(
        id=occurrence_id,
        number=number,
        phase_number=place.index + 1,
        phase=place.phase,
        on=place.on,
        at=place.at,
        reasons=place.reasons,
        hold=None,
    )
    return _held(plan, regimen, _moved(plan, dose), place.at)


def _moved(plan: Plan, dose: PlannedDose) -> PlannedDose:
    move = plan.moves_by_dose.get(dose.id)
    if move is None:
        return dose
    reasons = (*dose.reasons, moved_reason(dose.wall, move.reason))
    return replace(dose, on=move.to.date(), at=move.to.time(), reasons=reasons)


def _held(plan: Plan, regimen: Regimen, dose: PlannedDose, usual: time) -> PlannedDose:
    given_on = _given_on(plan, dose)
    while hold := plan.hold_covering(regimen, dose.on):
        if given_on is not None and (hold.last is None or given_on <= hold.last):
            return dose
        if hold.last is None:
            return replace(dose, hold=hold)
        dose = replace(dose, on=hold.last + _ONE_DAY, at=usual, reasons=(*dose.reasons, _hold_reason(hold)))
    return dose


def _hold_reason(hold: Hold) -> Reason:
    because = f": {hold.reason}" if hold.reason.strip() else ""
    return Reason(
        code=ReasonCode.HOLD, text=f"planned for the day after the hold that ends on {hold.last}{because}"
    )


def _given_on(plan: Plan, dose: PlannedDose) -> date | None:
    administration = plan.administrations_by_dose.get(dose.id)
    if administration is None or not administration.is_given:
        return None
    return administration.at.date()


def _next(
    plan: Plan, regimen: Regimen, place: _Place, dose: PlannedDose, bound_date: BoundDate
) -> _Place | None:
    interval = place.phase.timing.interval
    given_on = _given_on(plan, dose)
    counted_from = given_on or dose.on
    following = replace(place, taken=place.taken + 1, grid=place.grid.next(), plain=place.plain.next())
    if counted_from != place.on:
        because = _re_anchored(dose, given_on)
        following = replace(following, grid=_Grid(anchor=counted_from, steps=1), because=because)
    if not _is_over(following, bound_date):
        return following
    on, plain = following.grid.on(interval), following.plain.on(interval)
    return _next_phase(
        regimen, following, _Turn(on=on, plain=plain, planned=place.on, counted_from=counted_from), bound_date
    )


def _next_phase(regimen: Regimen, ended: _Place, turn: _Turn, bound_date: BoundDate) -> _Place | None:
    on, plain = turn.on, turn.plain
    for index, phase in enumerate(regimen.phases[ended.index + 1 :], ended.index + 1):
        if phase.start is not None:
            start = bound_date(phase.start)
            if start is None:
                return None
            on, plain = turn.with_start(start)
        opening = _opening(index, phase, on, plain, ended.because)
        if not _is_over(opening, bound_date):
            return opening
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turn:
    """From the last dose of a phase to the first of another, which the chain has ``on``.

    The last dose was ``planned`` for a date and is ``counted_from`` another where it was late or early.
    """

    on: date
    plain: date
    planned: date
    counted_from: date

    def with_start(self, start: date) -> tuple[date, date]:
        """Where a phase begins that names its ``start``, and where it would have begun.

        A start overrides the chain, but a late dose takes it along rather than come closer to the next
        than was planned; one that the chain had overtaken from the beginning is left out of account.
        """
        if start <= self.planned:
            return self.on, self.plain
        return max(start, min(self.on, start + (self.counted_from - self.planned))), start


def _is_over(place: _Place, bound_date: BoundDate) -> bool:
    end = place.phase.end
    match end:
        case OpenEnded():
            return False
        case DoseCount(count=count):
            return place.taken >= count
        case Lasting(length=length):
            return place.on >= length.after(place.phase_first)
        case Until(last=last):
            day = bound_date(last)
            return day is not None and place.on > day
        case _:
            assert_never(end)


def _re_anchored(dose: PlannedDose, given_on: date | None) -> Reason:
    happened = f"given on {given_on}" if given_on else f"planned for {dose.on}"
    return Reason(code=ReasonCode.RE_ANCHORED, text=f"counted from dose {dose.number}, {happened}")


def last_touched(plan: Plan, regimen: Regimen) -> int:
    """The highest number of a dose that was recorded or moved, 0 where there is none.

    Up to it the dates need not ascend, because doses may be recorded out of order.
    """
    touched = [*plan.moves_by_dose, *plan.administrations_by_dose]
    numbers = (i.number for i in touched if isinstance(i, ChainId) and i.regimen == regimen.id)
    return max(numbers, default=0)


def planned_before(plan: Plan, regimen: Regimen, bound_date: BoundDate, end: date) -> Iterator[PlannedDose]:
    """The doses planned before local date ``end``, and the one after them."""
    touched = last_touched(plan, regimen)
    for dose in planned(plan, regimen, bound_date):
        yield dose
        if dose.on >= end and dose.number > touched:
            return
