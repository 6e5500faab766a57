"""Plain grids, which other programs can lay out too: every few days or weeks, on weekdays, by months."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, MO, MONTHLY, WEEKLY, rrule, weekday

from scheduler.dosing.calendar_interval import CalendarInterval, IntervalUnit
from scheduler.dosing.date_pattern import Weekdays
from scheduler.dosing.dose import Dose
from scheduler.dosing.expansion import expand
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import IntervalAnchor, OpenEnded, Phase, Regimen, Setting, TravelRule, Until
from scheduler.dosing.timing import ClockTimes
from scheduler.formulary.formulary import load_formulary

_NAMES = {IntervalUnit.DAY: "DAILY", IntervalUnit.WEEK: "WEEKLY", IntervalUnit.MONTH: "MONTHLY"}
_FREQUENCIES: dict[IntervalUnit, Literal[1, 2, 3]] = {
    IntervalUnit.DAY: DAILY,
    IntervalUnit.WEEK: WEEKLY,
    IntervalUnit.MONTH: MONTHLY,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainGrid:
    """Doses at ``times`` on the dates of ``pattern`` from ``start`` to ``last``, if there is a last date."""

    zone: str
    pattern: CalendarInterval | Weekdays
    times: tuple[time, ...]
    start: date
    last: date | None

    def our_instants(self, period: Period) -> list[datetime]:
        """The UTC instants as dosecal has them."""
        patient = Patient(name="Zoe Marsh", zone=ZoneInfo(self.zone), market=Market.US, travel=())
        return [dose.due_at for dose in expand(Plan(patient=patient, regimens=(self._regimen,)), period)]

    @property
    def _regimen(self) -> Regimen:
        phase = Phase(
            dose=Dose.parse("100 ug"),
            timing=ClockTimes(dates=self.pattern, wall_times=self.times),
            start=self.start,
            end=OpenEnded() if self.last is None else Until(last=self.last),
        )
        return Regimen(
            id="octreotide",
            product=load_formulary().find("octreotide-sc", Market.US).product,
            setting=Setting.HOME,
            anchor=IntervalAnchor.SCHEDULED,
            travel=TravelRule.LOCAL,
            sites=(),
            phases=(phase,),
        )

    def rule(self, wall_time: time) -> rrule:
        """The naive local rule of one of the times, by dateutil."""
        last = None if self.last is None else datetime.combine(self.last, time.max)
        if isinstance(self.pattern, Weekdays):
            frequency, interval = IntervalUnit.WEEK, self.pattern.weeks
            on = [weekday(day.number) for day in self.pattern.days]
        else:
            frequency, interval, on = self.pattern.unit, self.pattern.count, None
        return rrule(
            _FREQUENCIES[frequency],
            dtstart=datetime.combine(self.start, wall_time),
            interval=interval,
            until=last,
            wkst=MO,
            byweekday=on,
        )

    def events(self, uid: str) -> Iterator[str]:
        """The lines of an iCalendar event for each of the times, all of one UID prefix.

        DTSTART is the first date that the rule has: what another one means is undefined.
        """
        for slot, wall_time in enumerate(self.times):
            first = next(iter(self.rule(wall_time)), None)
            if first is not None:
                yield from ("BEGIN:VEVENT", f"UID:{uid}/{slot}", "DTSTAMP:20260101T000000Z")
                yield f"DTSTART;TZID={self.zone}:{first:%Y%m%dT%H%M%S}"
                yield f"RRULE:{self._recur()}"
                yield "END:VEVENT"

    def _recur(self) -> str:
        if isinstance(self.pattern, Weekdays):
            on = ",".join(day.name[:2] for day in self.pattern.days)
            parts = [f"FREQ=WEEKLY;INTERVAL={self.pattern.weeks};WKST=MO;BYDAY={on}"]
        else:
            parts = [f"FREQ={_NAMES[self.pattern.unit]};INTERVAL={self.pattern.count};WKST=MO"]
        if self.last is not None:
            last = datetime.combine(self.last, time(23, 59, 59), ZoneInfo(self.zone)).astimezone(UTC)
            parts.append(f"UNTIL={last:%Y%m%dT%H%M%SZ}")
        return ";".join(parts)


def resolved(wall: datetime, zone: str) -> datetime:
    """The naive ``wall`` as a UTC instant by the standard library alone."""
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def inside(walls: Iterator[datetime], period: Period) -> Iterator[datetime]:
    """Those of ascending naive ``walls`` whose date is in ``period``."""
    for wall in walls:
        if wall.date() >= period.end:
            return
        if wall.date() >= period.start:
            yield wall


def days(start: date, length: int) -> Period:
    """``length`` days from ``start`` on."""
    return Period(start=start, end=start + timedelta(days=length))
