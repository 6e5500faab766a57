"""What a zone does every year, from the footer of its TZif file (RFC 9636 section 3.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files

from scheduler.ical.clock_change import ClockChange

_NAME = r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]+>)"
_CLOCK = r"[+-]?\d{1,3}(?::\d\d){0,2}"
_DATE = r"M\d{1,2}\.[1-5]\.[0-6]"
_FOOTER = re.compile(
    rf"(?P<std>{_NAME})(?P<std_offset>{_CLOCK})"
    rf"(?:(?P<dst>{_NAME})(?P<dst_offset>{_CLOCK})?"
    rf",(?P<start>{_DATE})(?:/(?P<start_at>{_CLOCK}))?"
    rf",(?P<end>{_DATE})(?:/(?P<end_at>{_CLOCK}))?)?"
)
_A_DAY = timedelta(days=1)
_LAST = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class YearlyChange:
    """Clocks go from ``before`` to ``after``, both ahead of UTC, and call the time ``name``.

    On the ``week``-th (5: the last) ``weekday`` (0: Sunday) of ``month``, when they show ``at``.
    """

    name: str
    before: timedelta
    after: timedelta
    month: int
    week: int
    weekday: int
    at: timedelta

    def wall(self, year: int) -> datetime:
        """The naive reading of the clock just before it changes in ``year``."""
        first = date(year, self.month, 1)
        day = 1 + (self.weekday - first.isoweekday()) % 7 + 7 * (self.week - 1)
        if self.week == _LAST:
            day = _last_within(first, day)
        return datetime.combine(first.replace(day=day), time()) + self.at

    def change(self, year: int) -> ClockChange:
        """The change of ``year``."""
        at = (self.wall(year) - self.before).replace(tzinfo=UTC)
        return ClockChange(at=at, before=self.before, after=self.after)


@dataclass(frozen=True, kw_only=True, slots=True)
class PosixRule:
    """Standard time is called ``name`` and ``offset`` ahead of UTC; two changes a year, or none."""

    name: str
    offset: timedelta
    changes: tuple[YearlyChange, ...]

    def changes_between(self, start: datetime, end: datetime) -> list[ClockChange]:
        """The changes after the aware ``start``, up to and with ``end``."""
        years = range(start.year - 1, end.year + 2)
        every = (change.change(year) for year in years for change in self.changes)
        return sorted((c for c in every if start < c.at <= end), key=lambda c: c.at)

    def offset_at(self, moment: datetime) -> timedelta:
        """How far clocks are ahead of UTC at the aware ``moment``."""
        before = self.changes_between(moment - timedelta(days=400), moment)
        return before[-1].after if before else self.offset


@cache
def posix_rule(key: str) -> PosixRule | None:
    """The yearly rule of the zone ``key``; None where no nth weekday of a month at a time of day says it."""
    tzif = files("tzdata").joinpath("zoneinfo", *key.split("/")).read_bytes()
    return parse_footer(tzif.rsplit(b"\n", 2)[-2].decode("ascii"))


def parse_footer(footer: str) -> PosixRule | None:
    """Read ``CET-1CEST,M3.5.0,M10.5.0/3``. None for any other form of date and for times past midnight.

    ``M3.4.4/50`` in Gaza is the Saturday after the fourth Thursday, which is not the fourth Saturday of
    every March, so that no BYDAY names it.
    """
    match = _FOOTER.fullmatch(footer)
    if match is None:
        return None
    offset = -_clock(match["std_offset"])
    if match["dst"] is None:
        return PosixRule(name=match["std"].strip("<>"), offset=offset, changes=())
    summer = -_clock(match["dst_offset"]) if match["dst_offset"] else offset + timedelta(hours=1)
    to_dst = _yearly(match["dst"], offset, summer, match["start"], match["start_at"])
    to_std = _yearly(match["std"], summer, offset, match["end"], match["end_at"])
    if not all(timedelta() <= change.at < _A_DAY for change in (to_dst, to_std)):
        return None
    return PosixRule(name=match["std"].strip("<>"), offset=offset, changes=(to_std, to_dst))


def _yearly(name: str, before: timedelta, after: timedelta, on: str, at: str | None) -> YearlyChange:
    month, week, weekday = (int(number) for number in on.removeprefix("M").split("."))
    return YearlyChange(
        name=name.strip("<>"),
        before=before,
        after=after,
        month=month,
        week=week,
        weekday=weekday,
        at=_clock(at or "2"),
    )


def _clock(text: str) -> timedelta:
    hours, minutes, seconds = ([int(part) for part in text.lstrip("+-").split(":")] + [0, 0])[:3]
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -length if text.startswith("-") else length


def _last_within(first: date, day: int) -> int:
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    days = (following - first).days
    return day if day <= days else day - 7
