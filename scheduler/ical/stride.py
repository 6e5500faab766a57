"""How far it is from one dose of a series to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

# Months of 29 days and more are not all alike, and programs differ on what a rule does in the short ones.
_LAST_DAY_OF_EVERY_MONTH = 28


@dataclass(frozen=True, kw_only=True, slots=True)
class Stride:
    """From one place of a rule to the next: ``months`` on the same day of the month, or else ``days``."""

    days: int = 0
    months: int = 0

    def number(self, first: date, day: date) -> int | None:
        """Which place ``day`` is, counted from 0, the place of ``first``; None where it is none."""
        if self.months:
            apart, here = _months(day) - _months(first), day.day == first.day
        else:
            apart, here = (day - first).days, True
        number, rest = divmod(apart, self.months or self.days)
        return number if here and not rest else None

    def place(self, first: date, number: int) -> date:
        """The ``number``-th place after ``first``, the day of which every month has."""
        if not self.months:
            return first + timedelta(days=number * self.days)
        year, month = divmod(_months(first) + number * self.months, 12)
        return first.replace(year=year, month=month + 1)


def strides_of(near: Sequence[date]) -> list[Stride]:
    """The strides from each of ``near`` to the next, each once."""
    found = (stride_between(earlier, later) for earlier, later in pairwise(near))
    return list(dict.fromkeys(stride for stride in found if stride is not None))


def stride_between(earlier: date, later: date) -> Stride | None:
    """The stride from one date to the next; None where it is a month of which not every one has the day."""
    if earlier.day != later.day:
        return Stride(days=(later - earlier).days)
    if earlier.day > _LAST_DAY_OF_EVERY_MONTH:
        return None
    return Stride(months=_months(later) - _months(earlier))


def _months(day: date) -> int:
    """Months from the beginning of the calendar."""
    return day.year * 12 + day.month - 1
