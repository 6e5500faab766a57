"""Days, weeks and calendar months, counted on local dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from scheduler.dosing.refusal import DosingError

END_OF_CALENDAR = date(2200, 1, 1)
"""No dose is planned on this date or later, so that no arithmetic runs out of dates."""


class IntervalUnit(StrEnum):
    """UCUM codes for the units of the calendar."""

    DAY = "d"
    WEEK = "wk"
    MONTH = "mo"


_LONGEST_MONTH_DAYS = 31
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
            return anchor + timedelta(days * times)
        return anchor + relativedelta(months=self.count * times)

    def nth(self, first: date, k: int) -> date:
        """The local date of dose date ``k``, from 0, of a series whose first is ``first``."""
        return self.after(first, k)

    def count_before(self, first: date, day: date) -> int:
        """How many dates of the series that begins on ``first`` lie before ``day``.

        The smallest k >= 0 with ``nth(first, k) >= day``, found by arithmetic, not by walking. A ``day``
        past `END_OF_CALENDAR` is read as that date, which is as far as ``nth`` goes.
        """
        day = min(day, END_OF_CALENDAR)
        if day <= first:
            return 0
        days = self.days
        if days is not None:
            return -(-(day - first).days // days)
        months = (day.year - first.year) * 12 + day.month - first.month
        k = max(0, months // self.count - 1)
        while self.after(first, k) < day:
            k += 1
        return k

    @property
    def longest_gap(self) -> timedelta:
        """The most days that can lie between two dates of the series."""
        return timedelta(days=self.days or self.count * _LONGEST_MONTH_DAYS)

    @property
    def rhythm(self) -> str:
        """For people: ``every day``, ``every 4 weeks``."""
        return f"every {_WORDS[self.unit]}" if self.count == 1 else f"every {self.spelled_out}"
