"""The repeat pattern of a phase."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from scheduler.dosing.refusal import DosingError

END_OF_CALENDAR = date(2200, 1, 1)
"""No dose is planned on this date or later, so that no arithmetic runs out of dates."""

MOST_SLOTS = 24
"""No date has more doses than this."""


class IntervalUnit(StrEnum):
    """UCUM codes for the units of the calendar."""

    DAY = "d"
    WEEK = "wk"
    MONTH = "mo"


_WORDS = {IntervalUnit.DAY: "day", IntervalUnit.WEEK: "week", IntervalUnit.MONTH: "month"}
_PATTERN = re.compile(r"(?P<count>[1-9]\d{0,3}) (?P<unit>d|wk|mo)", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarInterval:
    """``count`` (1 to 9999) days, weeks or calendar months of local dates; never a number of seconds.

    A month is not four weeks: ``1 mo`` from 31 January is 28 February and then 31 March, ``4 wk`` is
    always 28 days.
    """

    count: int
    unit: IntervalUnit

    def __post_init__(self) -> None:
        if not 1 <= self.count <= 9999:
            raise DosingError(f"an interval of {self.count} is not between 1 and 9999")

    @classmethod
    def parse(cls, text: str) -> CalendarInterval:
        """Read ``"4 wk"``. Raises DosingError for any other form or unit."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise DosingError(f'{text!r} is not a whole number, a space and d, wk or mo, such as "4 wk"')
        return cls(count=int(match["count"]), unit=IntervalUnit(match["unit"]))

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"

    @property
    def spelled_out(self) -> str:
        """For people: ``4 weeks``, ``1 month``."""
        return f"{self.count} {_WORDS[self.unit]}{'' if self.count == 1 else 's'}"

    @property
    def days(self) -> int | None:
        """The length in days, or None for months, which have none of their own."""
        match self.unit:
            case IntervalUnit.DAY:
                return self.count
            case IntervalUnit.WEEK:
                return self.count * 7
            case IntervalUnit.MONTH:
                return None

    def after(self, anchor: date, times: int = 1) -> date:
        """The local date ``times`` intervals after ``anchor``, at the latest `END_OF_CALENDAR`.

        Counted from the anchor in one step, never by adding to the previous date: adding a month three
        times to the 31st would lose the 31st at the first short month and never find it again.
        """
        try:
            return min(self._after(anchor, times), END_OF_CALENDAR)
        except (OverflowError, ValueError):
            return END_OF_CALENDAR

    def _after(self, anchor: date, times: int) -> date:
        days = self.days
        if days is not None:
            return anchor + timedelta(days=days * times)
        return anchor + relativedelta(months=self.count * times)

    def steps_until(self, anchor: date, day: date) -> int:
        """The smallest k >= 0 with ``after(anchor, k) >= day``, found by arithmetic, not by walking.

        A ``day`` past `END_OF_CALENDAR` is read as that date, which is as far as ``after`` goes.
        """
        day = min(day, END_OF_CALENDAR)
        if day <= anchor:
            return 0
        days = self.days
        if days is not None:
            return -(-(day - anchor).days // days)
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        k = max(0, months // self.count - 1)
        while self.after(anchor, k) < day:
            k += 1
        return k


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockTimes:
    """At these wall-clock times on every date that is a whole number of intervals from the start.

    ``wall_times`` are distinct, ascending, to the minute, local to the patient and at most `MOST_SLOTS`.
    Their place in the tuple, from 1, is the slot in an `OccurrenceId`.
    """

    interval: CalendarInterval
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


# The closed union of timings; weekdays, cycles, elapsed hours and as-needed will join it here.
Timing = ClockTimes


def parse_wall_time(text: str) -> time:
    """Read ``"07:00"``, 00:00 to 23:59. Raises DosingError for any other form."""
    if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII) is None:
        raise DosingError(f'{text!r} is not a time of day from "00:00" to "23:59"')
    return time.fromisoformat(text)
