"""A month to a page, in large text sometimes to two, every dose in the cell of its day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.dosing.dose import Dose
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import OccurrenceId
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.status import DoseStatus, status_at
from scheduler.paper.cycle import DaysOff, days_off
from scheduler.paper.language import Language
from scheduler.paper.long_words import printed_name
from scheduler.paper.new_dose import new_doses
from scheduler.paper.page_fit import pages
from scheduler.paper.sheet import (
    CalendarDay,
    CalendarDose,
    CalendarMonth,
    CalendarPages,
    DoseGroup,
    PaperSize,
    TextSize,
)
from scheduler.paper.standing import place_of, site_of

_A_WEEK = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class _Doses:
    """By local date, with the days off of a cycle; ``new`` are of another amount than the one before."""

    days: Mapping[date, Sequence[DoseOccurrence]]
    off: DaysOff
    new: Set[OccurrenceId]


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """The doses of ``plan`` in ``period`` as they stand at ``moment``, in the words of ``language``."""

    plan: Plan
    period: Period
    moment: datetime
    language: Language
    paper: PaperSize
    size: TextSize

    def pages(self, occurrences: Sequence[DoseOccurrence]) -> CalendarPages:
        """A page for each month that ``period`` touches."""
        days: defaultdict[date, list[DoseOccurrence]] = defaultdict(list)
        for occurrence in occurrences:
            days[occurrence.local_date].append(occurrence)
        doses = _Doses(days=days, off=days_off(occurrences), new=new_doses(self.plan, occurrences))
        found = (page for first in _months(self.period) for page in self._month(first, doses))
        return CalendarPages(months=tuple(found))

    def _month(self, first: date, doses: _Doses) -> Iterator[CalendarMonth]:
        dates = _weeks(first, self.language.first_weekday)
        every = (tuple(self._day(on, first, doses) for on in week) for week in dates)
        parts = pages(tuple(week for week in every if any(week)), self.paper, self.size)
        name = self.language.month(first)
        for number, (weeks, room) in enumerate(parts, 1):
            yield CalendarMonth(
                name=name if len(parts) == 1 else f"{name} ({number}/{len(parts)})",
                weekdays=self.language.weekdays(),
                weeks=tuple(map(tuple, weeks)),
                points=room.points,
                row_mm=room.row_mm,
                whole=room.whole,
                sites=room.sites,
            )

    def _day(self, on: date, first: date, doses: _Doses) -> CalendarDay | None:
        if on.month != first.month or on not in self.period:
            return None
        its = doses.days.get(on, ())
        return CalendarDay(
            number=str(on.day),
            notes=(*self._notes(on, its), *self._off(doses.off.get(on, ()))),
            held=bool(its) and all(dose.hold is not None for dose in its),
            groups=tuple(self._groups(its, doses.new)),
        )

    def _notes(self, on: date, doses: Sequence[DoseOccurrence]) -> Iterator[str]:
        away = {place_of(dose.zone) for dose in doses if dose.zone.key != self.plan.patient.zone.key}
        for place in sorted(away):
            yield self.language.say("Clocks of {place}", place=place)
        for surgery in self.plan.surgeries:
            if surgery.on == on:
                yield self.language.say("Operation")

    def _off(self, names: Sequence[str]) -> Iterator[str]:
        yield from (self.language.say("{medicine}: day off", medicine=name) for name in names)

    def _groups(self, doses: Sequence[DoseOccurrence], new: Set[OccurrenceId]) -> Iterator[DoseGroup]:
        groups: defaultdict[tuple[str, Dose], list[DoseOccurrence]] = defaultdict(list)
        for dose in sorted(doses, key=lambda dose: (not _is_depot(dose), dose.due_at)):
            groups[dose.regimen.id, dose.dose].append(dose)
        for group in groups.values():
            first = group[0]
            yield DoseGroup(
                name=printed_name(first.regimen.product),
                amount=self.language.amount(first.dose),
                depot=_is_depot(first),
                changed=self.language.say("NEW DOSE") if any(dose.id in new for dose in group) else "",
                doses=tuple(self._dose(dose) for dose in group),
            )

    def _dose(self, dose: DoseOccurrence) -> CalendarDose:
        status = status_at(dose, self.moment)
        return CalendarDose(
            time=self.language.clock(dose.wall_due),
            site=self.language.say(site_of(dose).replace("-", " ")) if site_of(dose) else "",
            state=self._state(dose, status),
            box=status in (DoseStatus.UPCOMING, DoseStatus.DUE, DoseStatus.LATE, DoseStatus.MISSED),
            struck=status in (DoseStatus.HELD, DoseStatus.NOT_GIVEN, DoseStatus.CANCELLED),
        )

    def _state(self, dose: DoseOccurrence, status: DoseStatus) -> str:
        match status:
            case DoseStatus.GIVEN if dose.given_at is not None:
                return self.language.say(
                    "given {at}", at=self.language.clock(dose.given_at.astimezone(dose.zone))
                )
            case DoseStatus.HELD:
                return self.language.say("PAUSED")
            case DoseStatus.NOT_GIVEN | DoseStatus.CANCELLED:
                return self.language.say("not given")
            case _:
                return ""


def _is_depot(dose: DoseOccurrence) -> bool:
    return dose.regimen.product.is_depot or dose.regimen.counts_from_given


def _months(period: Period) -> Iterator[date]:
    first = period.start.replace(day=1)
    while first < period.end:
        yield first
        first = (first + timedelta(days=32)).replace(day=1)


def _weeks(first: date, begins_on: int) -> Iterator[list[date]]:
    start = first - timedelta(days=(first.weekday() - begins_on) % _A_WEEK)
    while start < first or start.month == first.month:
        yield [start + timedelta(days=n) for n in range(_A_WEEK)]
        start += timedelta(days=_A_WEEK)
