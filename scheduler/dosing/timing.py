"""The repeat pattern of a phase: a closed union of three kinds.

`ClockTimes` follows the patient's wall, `ElapsedHours` counts hours whatever the wall shows, `AsNeeded`
plans nothing. A regimen keeps to one kind, because a dose's id says which kind planned it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta

from scheduler.dosing.date_pattern import DatePattern
from scheduler.dosing.refusal import DosingError

MOST_SLOTS = 24
"""No date has more planned doses than this."""

_MOST_HOURS = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockTimes:
    """At these wall-clock times on every date of the pattern ``dates``.

    ``wall_times`` are distinct, ascending, to the minute, local to the patient and at most `MOST_SLOTS`.
    Their place in the tuple, from 1, is the slot in an `OccurrenceId`.
    """

    dates: DatePattern
    wall_times: tuple[time, ...]

    def __post_init__(self) -> None:
        if not self.wall_times:
            raise DosingError('at least one time of day is needed, such as times = ["08:00"]')
        if len(self.wall_times) > MOST_SLOTS:
            raise DosingError(f"{len(self.wall_times)} times of day are more than {MOST_SLOTS}")
        if len(set(self.wall_times)) < len(self.wall_times):
            raise DosingError("a time of day stands twice")
        if list(self.wall_times) != sorted(self.wall_times):
            raise DosingError("the times of day are not in ascending order")
        if any(t.second or t.microsecond or t.tzinfo for t in self.wall_times):
            raise DosingError("a time of day is hours and minutes, without seconds or zone")

    @property
    def slots(self) -> int:
        """How many doses a date has."""
        return len(self.wall_times)

    @property
    def longest_gap(self) -> timedelta:
        """The most that can lie between two doses."""
        return self.dates.longest_gap

    @property
    def rhythm(self) -> str:
        """For people: ``every day at 07:00, 15:00 and 23:00``."""
        *earlier, last = (f"{wall_time:%H:%M}" for wall_time in self.wall_times)
        return f"{self.dates.rhythm} at {' and '.join(filter(None, (', '.join(earlier), last)))}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ElapsedHours:
    """Every ``hours`` hours (1 to 1,000) of elapsed time: through a change of clocks the wall time moves.

    ``first_at`` is the wall-clock time of the first dose on the phase's start date, to the minute; None
    where the phase goes on from the one before it.
    """

    hours: int
    first_at: time | None

    def __post_init__(self) -> None:
        if not 1 <= self.hours <= _MOST_HOURS:
            raise DosingError(f"every {self.hours} hours is not between 1 and {_MOST_HOURS:,}")
        first_at = self.first_at
        if first_at is not None and (first_at.second or first_at.microsecond or first_at.tzinfo):
            raise DosingError("the start is a local date and time, to the minute")

    @property
    def gap(self) -> timedelta:
        """The elapsed time between two doses."""
        return timedelta(hours=self.hours)

    @property
    def longest_gap(self) -> timedelta:
        """As `gap`."""
        return self.gap

    @property
    def rhythm(self) -> str:
        """For people: ``every 8 hours``."""
        return "every hour" if self.hours == 1 else f"every {self.hours} hours"


@dataclass(frozen=True, kw_only=True, slots=True)
class AsNeeded:
    """No planned doses: at most ``max_per_day`` on a local date, with at least ``min_gap`` between two."""

    max_per_day: int
    min_gap: timedelta

    def __post_init__(self) -> None:
        if not 1 <= self.max_per_day <= MOST_SLOTS:
            raise DosingError(f"{self.max_per_day} doses a day is not between 1 and {MOST_SLOTS}")
        if not timedelta(0) <= self.min_gap <= timedelta(days=7):
            raise DosingError("the least time between two doses is between none and 7 days")

    @property
    def longest_gap(self) -> timedelta:
        """Nothing is planned, so there is none."""
        return timedelta(0)

    @property
    def rhythm(self) -> str:
        """For people: ``as needed, at most 4 a day and 4 hours apart``."""
        apart = f" and {self.min_gap / timedelta(hours=1):g} hours apart" if self.min_gap else ""
        return f"as needed, at most {self.max_per_day} a day{apart}"


Timing = ClockTimes | ElapsedHours | AsNeeded


def parse_wall_time(text: str) -> time:
    """Read ``"07:00"``, 00:00 to 23:59. Raises DosingError for any other form."""
    if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII) is None:
        raise DosingError(f'{text!r} is not a time of day from "00:00" to "23:59"')
    return time.fromisoformat(text)
