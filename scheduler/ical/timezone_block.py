"""VTIMEZONE (RFC 5545 section 3.6.5): what a zone's clocks do while the feed lasts.

1. A zone that follows its yearly rule all through the feed is told by that rule, with RRULE and BYDAY:
   Outlook ignores RDATE and wants BYDAY, and ical.js reads only the first date of an RDATE.
2. Any other zone is told change by change, each an observance of its own that begins once: Morocco
   stops its summer time for Ramadan, and Vancouver has changed its clocks for the last time.

icalendar's ``add_missing_timezones()`` is not used: it writes RDATE, in an order that differs from one
process to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduler.ical.clock_change import ClockChange, changes_between, offset_at
from scheduler.ical.content_lines import check_content_lines
from scheduler.ical.posix_rule import PosixRule, YearlyChange, posix_rule

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a local reading, as DTSTART of an observance is
_MARGIN = timedelta(days=2)
_A_MONTH = timedelta(days=31)
_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_LAST = 5


def timezone_block(zone: ZoneInfo, first: datetime, last: datetime) -> str:
    """The lines of ``zone``, right from the aware ``first`` to ``last`` and two days to either side.

    Raises MalformedCalendarError where clients could not read the result.
    """
    start = first.astimezone(UTC).replace(microsecond=0) - _MARGIN
    end = last.astimezone(UTC).replace(microsecond=0) + _MARGIN
    observances = "".join(_observances(zone, start, end))
    block = f"BEGIN:VTIMEZONE\r\nTZID:{zone.key}\r\n{observances}END:VTIMEZONE\r\n"
    whole = f"BEGIN:VCALENDAR\r\n{block}END:VCALENDAR\r\n"
    check_content_lines(whole.encode(), {"VCALENDAR": 1, "VTIMEZONE": 1})
    return block


def timezone_text(zone: ZoneInfo, first: datetime, last: datetime) -> str:
    """The block of ``zone`` as it is written, right for the whole months from ``first`` to ``last``.

    By the month, so that the feeds of a zone share it and its bytes do not change from day to day.
    """
    return _text(zone, first.strftime("%Y-%m"), (last + _A_MONTH).strftime("%Y-%m"))


@lru_cache(maxsize=512)
def _text(zone: ZoneInfo, first_month: str, last_month: str) -> str:
    first, last = (datetime.fromisoformat(f"{month}-01T00:00Z") for month in (first_month, last_month))
    return timezone_block(zone, first, last)


def _observances(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[str]:
    changes = list(changes_between(zone, start, end))
    rule = posix_rule(zone.key)
    if rule is None or not _describes(rule, zone, changes, start, end):
        return _one_by_one(zone, changes, start)
    if rule.changes:
        return _yearly(rule.changes)
    return iter((_observance("STANDARD", rule.name, _EPOCH, rule.offset, rule.offset),))


def _describes(
    rule: PosixRule, zone: ZoneInfo, changes: Sequence[ClockChange], start: datetime, end: datetime
) -> bool:
    same_changes = rule.changes_between(start, end) == list(changes)
    return same_changes and rule.offset_at(start) == offset_at(zone, start)


def _yearly(changes: tuple[YearlyChange, ...]) -> Iterator[str]:
    standard = min(change.after for change in changes)
    for change in changes:
        kind = "STANDARD" if change.after == standard else "DAYLIGHT"
        week = -1 if change.week == _LAST else change.week
        by_day = f"{week}{_WEEKDAYS[change.weekday]}"
        rule = f"RRULE:FREQ=YEARLY;BYDAY={by_day};BYMONTH={change.month}\r\n"
        yield _observance(kind, change.name, change.wall(_EPOCH.year), change.before, change.after, rule)


def _one_by_one(zone: ZoneInfo, changes: Sequence[ClockChange], start: datetime) -> Iterator[str]:
    at_first = offset_at(zone, start)
    standard = min((change.after for change in changes), default=at_first)
    kinds = {min(standard, at_first): "STANDARD"}
    yield _observance(kinds.get(at_first, "DAYLIGHT"), _name(zone, start), _EPOCH, at_first, at_first)
    for change in changes:
        wall = (change.at + change.before).replace(tzinfo=None)
        kind = kinds.get(change.after, "DAYLIGHT")
        yield _observance(kind, _name(zone, change.at), wall, change.before, change.after)


def _name(zone: ZoneInfo, moment: datetime) -> str:
    return moment.astimezone(zone).tzname() or zone.key


def _observance(
    kind: str, name: str, wall: datetime, before: timedelta, after: timedelta, rule: str = ""
) -> str:
    """An observance that begins at ``wall``, a reading of clocks still at the offset ``before``."""
    return (
        f"BEGIN:{kind}\r\nDTSTART:{wall:%Y%m%dT%H%M%S}\r\nTZOFFSETFROM:{_offset(before)}\r\n"
        f"TZOFFSETTO:{_offset(after)}\r\nTZNAME:{name}\r\n{rule}END:{kind}\r\n"
    )


def _offset(ahead: timedelta) -> str:
    """``+0530``; with seconds where a zone has some (RFC 5545 section 3.3.14)."""
    minutes, seconds = divmod(abs(int(ahead.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    sign = "-" if ahead < timedelta() else "+"
    return f"{sign}{hours:02}{minutes:02}{f'{seconds:02}' if seconds else ''}"
