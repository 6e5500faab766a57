"""Which local dates of a phase have doses.

A pattern is asked two things, both answered by arithmetic: the local date of its k-th date from a first
one on, and how many of its dates lie before a day. So a question about the tenth year costs what one
about the first week costs, and no date is ever the previous date plus something: parity cannot drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from scheduler.dosing.calendar_interval import END_OF_CALENDAR, CalendarInterval
from scheduler.dosing.refusal import DosingError

_WEEK = 7
_LONGEST_CYCLE = 366


class Weekday(StrEnum):
    """A day of the week, as RFC 5545 section 3.3.10 counts weeks by default: from Monday."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"

    @property
    def number(self) -> int:
        """0 for Monday to 6 for Sunday, as `date.weekday` has it."""
        return _NUMBERS[self]

    @classmethod
    def of(cls, day: date) -> Weekday:
        """The weekday of a local date."""
        return _IN_ORDER[day.weekday()]


_IN_ORDER = tuple(Weekday)
_NUMBERS = {day: number for number, day in enumerate(_IN_ORDER)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Weekdays:
    """On these days of every ``weeks``-th week (1 to 52); the week of the first date is one of them.

    ``days`` are distinct and in the order of the week, which begins on Monday.
    """

    weeks: int
    days: tuple[Weekday, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.weeks <= 52:
            raise DosingError(f"every {self.weeks} weeks is not between 1 and 52")
        if not self.days:
            raise DosingError('at least one weekday is needed, such as weekdays = ["mon"]')
        if list(self.days) != sorted(set(self.days), key=lambda day: day.number):
            raise DosingError("the weekdays are not in the order of the week, each once")

    def nth(self, first: date, k: int) -> date:
        """The local date ``k``, from 0, that is no earlier than ``first``."""
        week, index = divmod(k + self._before(first, first), len(self.days))
        return _days_after(_monday(first), week * self.weeks * _WEEK + self.days[index].number)

    def count_before(self, first: date, day: date) -> int:
        """How many of its dates lie between ``first`` and the day before ``day``."""
        return max(0, self._before(first, min(day, END_OF_CALENDAR)) - self._before(first, first))

    def _before(self, first: date, day: date) -> int:
        """How many of its dates lie before ``day`` since the Monday of the week of ``first``."""
        turns, rest = divmod((day - _monday(first)).days, self.weeks * _WEEK)
        return turns * len(self.days) + sum(1 for weekday in self.days if weekday.number < rest)

    @property
    def longest_gap(self) -> timedelta:
        """The most days that can lie between two of its dates."""
        return timedelta(days=self.weeks * _WEEK)

    @property
    def rhythm(self) -> str:
        """For people: ``on Monday and Thursday of every 2nd week``."""
        days = _listed([_spelled_out(day) for day in self.days])
        return f"on {days}" if self.weeks == 1 else f"on {days}, every {self.weeks} weeks"


@dataclass(frozen=True, kw_only=True, slots=True)
class CycleDays:
    """On the days ``on``, from 1, of a cycle of ``length`` days (2 to 366); day 1 is the first date.

    The days are ascending, each once.
    """

    length: int
    on: tuple[int, ...]

    def __post_init__(self) -> None:
        if not 2 <= self.length <= _LONGEST_CYCLE:
            raise DosingError(f"a cycle of {self.length} d is not between 2 and {_LONGEST_CYCLE} days")
        if not self.on:
            raise DosingError('a cycle needs days with doses, such as on = ["1-14"]')
        if list(self.on) != sorted(set(self.on)):
            raise DosingError("the days of the cycle are not in ascending order, each once")
        if self.on[0] < 1 or self.on[-1] > self.length:
            raise DosingError(f"the days of a cycle of {self.length} are 1 to {self.length}")

    def nth(self, first: date, k: int) -> date:
        """The local date ``k``, from 0, with doses."""
        cycle, index = divmod(k, len(self.on))
        return _days_after(first, cycle * self.length + self.on[index] - 1)

    def count_before(self, first: date, day: date) -> int:
        """How many of its dates lie before ``day``."""
        if day <= first:
            return 0
        cycles, rest = divmod((min(day, END_OF_CALENDAR) - first).days, self.length)
        return cycles * len(self.on) + sum(1 for on in self.on if on <= rest)

    @property
    def longest_gap(self) -> timedelta:
        """The most days that can lie between two of its dates."""
        return timedelta(days=self.length)

    @property
    def rhythm(self) -> str:
        """For people: ``on days 1 to 14 of every 28``."""
        days = _listed([first if first == last else f"{first} to {last}" for first, last in _runs(self.on)])
        return f"on day{'s' if len(self.on) > 1 else ''} {days} of every {self.length}"


DatePattern = CalendarInterval | Weekdays | CycleDays


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _days_after(day: date, days: int) -> date:
    """At the latest `END_OF_CALENDAR`, on which nothing is planned any more."""
    return day + timedelta(days=min(days, (END_OF_CALENDAR - day).days))


def _spelled_out(day: Weekday) -> str:
    return day.name.capitalize()


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _runs(days: Iterable[int]) -> Iterator[tuple[str, str]]:
    """Consecutive days as their first and last."""
    for _, run in groupby(enumerate(days), key=lambda pair: pair[1] - pair[0]):
        members = [day for _, day in run]
        yield str(members[0]), str(members[-1])
