"""When a zone really sets its clocks, asked of zoneinfo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

# No zone stayed less than 6 days and 23 hours at an offset (Recife, 2000), so no change hides in between.
_STRIDE = timedelta(days=6)
_ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockChange:
    """At the UTC instant ``at`` clocks go from ``before`` to ``after``, both ahead of UTC."""

    at: datetime
    before: timedelta
    after: timedelta


def changes_between(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[ClockChange]:
    """The changes of ``zone`` after ``start``, up to and with ``end``, both UTC and to the second.

    Found by looking every six days and halving, zones being opaque.
    """
    earlier, before = start, offset_at(zone, start)
    while earlier < end:
        later = min(earlier + _STRIDE, end)
        after = offset_at(zone, later)
        if before != after:
            yield ClockChange(at=_first_with(zone, after, earlier, later), before=before, after=after)
        earlier, before = later, after


def offset_at(zone: ZoneInfo, moment: datetime) -> timedelta:
    """How far clocks in ``zone`` are ahead of UTC at the aware ``moment``."""
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _first_with(zone: ZoneInfo, offset: timedelta, earlier: datetime, later: datetime) -> datetime:
    while later - earlier > _ONE_SECOND:
        middle = earlier + (later - earlier) // 2
        middle = middle.replace(microsecond=0)
        if offset_at(zone, middle) == offset:
            later = middle
        else:
            earlier = middle
    return later
