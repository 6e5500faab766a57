"""The doses of a regimen counted from what was given.

1. The first dose is planned for the start of the first phase.
2. A dose that was moved is planned for where it was moved to. A dose whose date a hold covers is
   planned for the day after the hold, at its usual time; while the hold has no end it is withheld, and
   nothing after it is promised.
3. The next dose is planned one interval, of the phase of the dose before it, after that dose was given,
   else was planned for. So 28 days after a depot given on day 29 is day 57, and a depot that nobody
   recorded still counts from its planned date.
4. A phase is over after its number of doses, or when the next date falls after its last. The chain
   runs on into the next phase, unless that phase names a start of its own.
5. Where a version of the regimen is amended, the doses before the date of the change stand. The new
   version is told of them as if it had planned them, and the chain runs on.

Places are anchor plus k intervals with k counted from the last dose that left the grid, so that doses
planned a calendar month apart find the 31st again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise, takewhile
from typing import Protocol, assert_never

from scheduler.dosing.calendar_interval import END_OF_CALENDAR
from scheduler.dosing.chain_pace import Pace, pace_of
from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence import Reason, ReasonCode
from scheduler.dosing.occurrence_id import ChainId
from scheduler.dosing.plan import Plan
from scheduler.dosing.planned_dose import PlannedDose, bound_reasons, make_planned_dose, moved_reason
from scheduler.dosing.regimen import Bound, DoseCount, Lasting, OpenEnded, Phase, Regimen, Until

_ONE_DAY = timedelta(days=1)


class Bounds(Protocol):
    """What a bound means as a local date; None while the dose it hangs on has no date."""

    def __call__(self, bound: Bound) -> date | None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Grid:
    """The place ``steps`` intervals after ``anchor``."""

    anchor: datetime
    steps: int

    def at(self, pace: Pace) -> datetime:
        return pace.after(self.anchor, self.steps)

    def next(self) -> _Grid:
        return _Grid(anchor=self.anchor, steps=self.steps + 1)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where the chain stands before a dose is moved, held or given.

    ``plain`` is the grid had every dose been given as planned; ``because`` says why ``grid`` has left it.
    ``taken`` counts the phase's doses before this one, and ``phase_first`` is the date of its first.
    """

    index: int
    phase: Phase
    pace: Pace
    taken: int
    phase_first: date
    grid: _Grid
    plain: _Grid
    because: Reason | None

    @cached_property
    def at(self) -> datetime:
        return self.grid.at(self.pace)

    @cached_property
    def on(self) -> date:
        return self.pace.day(self.at)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        shifted = self.at != self.plain.at(self.pace)
        return bound_reasons(self.phase) + ((self.because,) if shifted and self.because else ())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Link:
    """A dose with the place it has in the chain before it was moved, held or given."""

    dose: PlannedDose
    place: _Place


def planned(plan: Plan, regimen: Regimen, bound_date: Bounds) -> Iterator[PlannedDose]:
    """The doses of ``regimen`` from the first on, by number, without end where its last phase is open."""
    past: list[_Link] = []
    for version, following in pairwise(regimen.versions):
        links = _Chain(plan, version, bound_date).links(past)
        past += takewhile(lambda link, of=following: _stands(plan, link.dose, of), links)  # type: ignore[misc]
    yield from (link.dose for link in past)
    yield from (link.dose for link in _Chain(plan, regimen, bound_date).links(past))


def _stands(plan: Plan, dose: PlannedDose, following: Regimen) -> bool:
    """Whether ``following`` leaves a dose of the version before it alone: it was planned or given earlier."""
    assert following.effective_on is not None
    administration = plan.administrations_by_dose.get(dose.id)
    given_on = administration.at.date() if administration and administration.is_given else dose.on
    return min(dose.on, given_on) < following.effective_on


@dataclass(frozen=True, slots=True)
class _Chain:
    """One version of a regimen, linking on to the doses that earlier versions had planned."""

    plan: Plan
    regimen: Regimen
    bound_date: Bounds

    def links(self, past: Sequence[_Link]) -> Iterator[_Link]:
        if past and self._is_waiting(past[-1].dose):
            return
        place = self._resumed(past) if past else self._first()
        number = len(past) + 1
        while place is not None and place.on < END_OF_CALENDAR:
            dose = self._planned(number, place)
            if self._is_stopped(dose):
                return
            yield _Link(dose=dose, place=place)
            if self._is_waiting(dose):
                return
            place = self._next(place, dose)
            number += 1

    def _is_stopped(self, dose: PlannedDose) -> bool:
        """Whether the regimen was stopped before ``dose``. One that is recorded stands: given early, say."""
        stop = self.regimen.stop
        return stop is not None and dose.wall >= stop.at and dose.id not in self.plan.administrations_by_dose

    def _is_waiting(self, dose: PlannedDose) -> bool:
        """Whether ``dose`` is withheld until further notice, so that nothing after it is promised."""
        return dose.hold is not None and dose.hold.last is None and self._given(dose) is None

    def _first(self) -> _Place | None:
        phase = self.regimen.phases[0]
        start = self.bound_date(phase.start) if phase.start is not None else None
        if start is None:
            return None
        on = max(start, self.regimen.effective_on or start)
        at = self._pace(phase).of_date(on)
        return self._opening(0, at, at, None)

    def _pace(self, phase: Phase) -> Pace:
        return pace_of(phase, self.plan.patient, self.regimen.travel)

    def _opening(self, index: int, at: datetime, plain: datetime, because: Reason | None) -> _Place:
        phase = self.regimen.phases[index]
        pace = self._pace(phase)
        grid = _Grid(anchor=pace.carried(at), steps=0)
        return _Place(
            index=index,
            phase=phase,
            pace=pace,
            taken=0,
            phase_first=pace.day(grid.anchor),
            grid=grid,
            plain=_Grid(anchor=pace.carried(plain), steps=0),
            because=because,
        )

    def _resumed(self, past: Sequence[_Link]) -> _Place | None:
        """Where the chain goes on after the doses of earlier versions."""
        first = self.regimen.phases[0].start
        start = None if first is None else self.bound_date(first)
        on = self.regimen.effective_on
        if start is None or on is None:
            return None
        if start >= on:
            turn = self._turn(past[-1].place, past[-1].dose)
            at, plain = turn.with_start(self._pace(self.regimen.phases[0]).of_date(start))
            return self._opening(0, at, plain, turn.because)
        return self._not_before(on, self._told_again(past))

    def _told_again(self, past: Sequence[_Link]) -> _Place | None:
        place = self._first_of_old()
        for link in past:
            place = None if place is None else self._next(place, link.dose)
        return place

    def _first_of_old(self) -> _Place | None:
        return replace(self, regimen=replace(self.regimen, effective_on=None, amends=None))._first()

    def _not_before(self, on: date, place: _Place | None) -> _Place | None:
        """``place``, or the day of the change where a shorter interval would already have passed it."""
        if place is None or place.on >= on:
            return place
        text = f"due from the change of {on} on: by its interval it would have been due on {place.on}"
        because = Reason(code=ReasonCode.RE_ANCHORED, text=text)
        return replace(place, grid=_Grid(anchor=place.pace.of_date(on), steps=0), because=because)

    def _planned(self, number: int, place: _Place) -> PlannedDose:
        wall = place.pace.reading(place.at)
        dose = make_planned_dose(
            id=ChainId(regimen=self.regimen.id, number=number),
            number=number,
            version=self.regimen,
            phase_number=place.index + 1,
            on=wall.date(),
            at=wall.time(),
            reasons=place.reasons,
            hold=None,
            instant=place.pace.instant(place.at),
        )
        return self._held(self._moved(dose), wall.time())

    def _moved(self, dose: PlannedDose) -> PlannedDose:
        move = self.plan.moves_by_dose.get(dose.id)
        if move is None:
            return dose
        reasons = (*dose.reasons, moved_reason(dose.wall, move.reason))
        return replace(dose, on=move.to.date(), at=move.to.time(), reasons=reasons, instant=None)

    def _held(self, dose: PlannedDose, usual: time) -> PlannedDose:
        given_on = self._given_on(dose)
        while hold := self.plan.hold_covering(self.regimen.id, dose.on):
            if given_on is not None and (hold.last is None or given_on <= hold.last):
                return dose
            if hold.last is None:
                return replace(dose, hold=hold)
            reasons = (*dose.reasons, _hold_reason(hold))
            dose = replace(dose, on=hold.last + _ONE_DAY, at=usual, reasons=reasons, instant=None)
        return dose

    def _given_on(self, dose: PlannedDose) -> date | None:
        administration = self.plan.administrations_by_dose.get(dose.id)
        return administration.at.date() if administration and administration.is_given else None

    def _given(self, dose: PlannedDose) -> datetime | None:
        administration = self.plan.administrations_by_dose.get(dose.id)
        if administration is None or not administration.is_given:
            return None
        return self._pace(dose.phase).of_given(administration.at)

    def _next(self, place: _Place, dose: PlannedDose) -> _Place | None:
        turn = self._turn(place, dose)
        taken = place.taken + 1
        following = replace(place, taken=taken, grid=turn.grid, plain=turn.plain, because=turn.because)
        return following if not self._is_over(following) else self._next_phase(following, turn)

    def _turn(self, place: _Place, dose: PlannedDose) -> _Turn:
        given = self._given(dose)
        counted_from = place.pace.of_dose(dose) if given is None else given
        left = counted_from != place.at
        return _Turn(
            pace=place.pace,
            grid=_Grid(anchor=counted_from, steps=1) if left else place.grid.next(),
            plain=place.plain.next(),
            planned=place.at,
            counted_from=counted_from,
            because=_re_anchored(dose, self._given_on(dose)) if left else place.because,
        )

    def _next_phase(self, ended: _Place, turn: _Turn) -> _Place | None:
        at, plain = turn.at, turn.plain_at
        for index, phase in enumerate(self.regimen.phases[ended.index + 1 :], ended.index + 1):
            if phase.start is not None:
                start = self.bound_date(phase.start)
                if start is None:
                    return None
                at, plain = turn.with_start(self._pace(phase).of_date(start))
            opening = self._opening(index, at, plain, turn.because)
            if not self._is_over(opening):
                return opening
        return None

    def _is_over(self, place: _Place) -> bool:
        end = place.phase.end
        match end:
            case OpenEnded():
                return False
            case DoseCount(count=count):
                return place.taken >= count
            case Lasting(length=length):
                return place.on >= length.after(place.phase_first)
            case Until(last=last):
                day = self.bound_date(last)
                return day is not None and place.on > day
            case _:
                assert_never(end)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turn:
    """From one dose to the next, which the chain has on ``grid``, and had on ``plain``.

    The dose was ``planned`` for a time and is ``counted_from`` another where it was late or early.
    """

    pace: Pace
    grid: _Grid
    plain: _Grid
    planned: datetime
    counted_from: datetime
    because: Reason | None

    @property
    def at(self) -> datetime:
        return self.grid.at(self.pace)

    @property
    def plain_at(self) -> datetime:
        return self.plain.at(self.pace)

    def with_start(self, start: datetime) -> tuple[datetime, datetime]:
        """Where a phase begins that names its ``start``, and where it would have begun.

        A start overrides the chain, but a late dose takes it along rather than come closer to the next
        than was planned; one that the chain had overtaken from the beginning is left out of account.
        """
        if start <= self.planned:
            return self.at, self.plain_at
        return max(start, min(self.at, start + (self.counted_from - self.planned))), start


def _hold_reason(hold: Hold) -> Reason:
    because = f": {hold.reason}" if hold.reason.strip() else ""
    return Reason(
        code=ReasonCode.HOLD, text=f"planned for the day after the hold that ends on {hold.last}{because}"
    )


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


def planned_before(plan: Plan, regimen: Regimen, bound_date: Bounds, end: date) -> Iterator[PlannedDose]:
    """The doses planned before local date ``end``, and the one after them."""
    touched = last_touched(plan, regimen)
    for dose in planned(plan, regimen, bound_date):
        yield dose
        if dose.on >= end and dose.number > touched:
            return
