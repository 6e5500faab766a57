"""The doses of one timing from an anchor on, numbered from 0, without end.

Where a dose of a series lies, and how many of its doses lie before a day, is arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.dosing.calendar_interval import END_OF_CALENDAR
from scheduler.dosing.timezone import resolve, wall_reading
from scheduler.dosing.timing import AsNeeded, ClockTimes, ElapsedHours

_ONE_DAY = timedelta(days=1)
_END = datetime.combine(END_OF_CALENDAR, time(), UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockSeries:
    """Doses at clock times on the dates of a pattern, from local date ``anchor`` on."""

    anchor: date
    timing: ClockTimes

    def index_on(self, day: date) -> int:
        """How many doses lie on local dates before ``day``."""
        return self.timing.dates.count_before(self.anchor, day) * self.timing.slots

    def index_at(self, wall: datetime) -> int:
        """How many doses are planned for wall-clock times before ``wall`` (naive)."""
        index = self.index_on(wall.date())
        if self.date_of(index) != wall.date():
            return index
        return index + sum(1 for wall_time in self.timing.wall_times if wall_time < wall.time())

    def date_of(self, index: int) -> date:
        """The local date of dose ``index``."""
        return self.timing.dates.nth(self.anchor, index // self.timing.slots)

    def date_after(self, index: int) -> date:
        """The first date of the pattern on which dose ``index`` and all before it are over."""
        return self.timing.dates.nth(self.anchor, -(-index // self.timing.slots))


@dataclass(frozen=True, kw_only=True, slots=True)
class HourSeries:
    """Doses ``timing.hours`` of elapsed time apart, from the UTC instant ``anchor`` on."""

    anchor: datetime
    timing: ElapsedHours
    zone_on: Callable[[date], ZoneInfo]

    def index_on(self, day: date) -> int:
        """How many doses have a local date, as `date_of` tells it, before ``day``."""
        if day <= self.anchor.date() - _ONE_DAY:
            return 0
        # On a journey a date need not begin when the clocks in force on it say midnight.
        index = self.index_after(datetime.combine(min(day, END_OF_CALENDAR), time(), UTC) - _ONE_DAY)
        while self.at(index) < _END and self.date_of(index) < day:
            index += 1
        return index

    def index_at(self, wall: datetime) -> int:
        """How many doses lie before the wall-clock time ``wall`` (naive)."""
        return self.index_after(resolve(wall, self.zone_on(wall.date())).at)

    def index_after(self, at: datetime) -> int:
        """How many doses lie before the instant ``at``."""
        return max(0, -((self.anchor - at) // self.timing.gap))

    def at(self, index: int) -> datetime:
        """The UTC instant of dose ``index``, at the latest the end of the calendar."""
        return self.anchor + min(index * self.timing.gap, _END - self.anchor)

    def date_of(self, index: int) -> date:
        """The local date of dose ``index``."""
        return self.reading(index).date()

    def date_after(self, index: int) -> date:
        """The local date of the dose that would follow the first ``index`` ones."""
        return self.date_of(index)

    def reading(self, index: int) -> datetime:
        """Dose ``index`` as the wall clock shows it, aware."""
        return wall_reading(self.at(index), self.zone_on)


@dataclass(frozen=True, kw_only=True, slots=True)
class NoDoses:
    """What is given as needed: nothing is planned."""

    timing: AsNeeded

    def index_on(self, day: date) -> int:  # noqa: ARG002  # every series can be asked
        """None."""
        return 0

    def index_at(self, wall: datetime) -> int:  # noqa: ARG002
        """None."""
        return 0

    def date_of(self, index: int) -> date:  # noqa: ARG002
        """Never."""
        return END_OF_CALENDAR

    def date_after(self, index: int) -> date:  # noqa: ARG002
        """Never."""
        return END_OF_CALENDAR


Series = ClockSeries | HourSeries | NoDoses
