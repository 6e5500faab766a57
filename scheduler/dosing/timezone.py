"""From a reading of the wall clock to the instant it means.

Rules: RFC 5545 section 3.3.5 (form 3). A wall time that a zone skipped is read with the offset in
force before the gap, so 02:30 means the instant the clocks show as 03:30. A wall time that happens
twice is the first of the two. A whole date that a zone skipped (Samoa, 30 December 2011) becomes the
first instant that exists after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

_A_DAY = timedelta(days=1)
_LAST_MOMENT = time.max.replace(fold=1)


class WallClock(Enum):
    """What the zone makes of a wall time."""

    PLAIN = auto()
    GAP = auto()
    FOLD = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """``at``: the instant, UTC. ``wall_clock``: whether the reading existed, once, twice or never."""

    at: datetime
    wall_clock: WallClock


@dataclass(frozen=True, slots=True)
class LocalDay:
    """The local date ``on`` by the clocks of ``zone``.

    ``offset`` is what they keep to all day; None where they change.
    """

    on: date
    zone: ZoneInfo
    offset: timedelta | None

    @classmethod
    def of(cls, day: date, zone: ZoneInfo) -> LocalDay:
        """The local date ``day``.

        Its two ends tell of all between them, because no zone ever went back to an offset within a day (the
        shortest stay in the tz database is a week).
        """
        begin = zone.utcoffset(datetime.combine(day, time.min))
        end = zone.utcoffset(datetime.combine(day, _LAST_MOMENT))
        return cls(day, zone, begin if begin == end else None)

    def plain(self, at: time) -> datetime | None:
        """The instant at which clocks show ``at``; None on a date on which they change: ask `resolve`."""
        return None if self.offset is None else datetime.combine(self.on, at, UTC) - self.offset


def resolve(wall: datetime, zone: ZoneInfo) -> Resolved:
    """The instant at which clocks in ``zone`` show ``wall`` (naive), by the rules above."""
    plain = LocalDay.of(wall.date(), zone).plain(wall.time())
    if plain is not None:
        return Resolved(at=plain, wall_clock=WallClock.PLAIN)
    return _resolve_by_change(wall, zone)


def _resolve_by_change(wall: datetime, zone: ZoneInfo) -> Resolved:
    earlier, later = _offset(wall.replace(fold=0), zone), _offset(wall.replace(fold=1), zone)
    at = (wall - earlier).replace(tzinfo=UTC)
    if earlier == later:
        return Resolved(at=at, wall_clock=WallClock.PLAIN)
    if earlier > later:
        return Resolved(at=at, wall_clock=WallClock.FOLD)
    if later - earlier >= _A_DAY:
        at = _end_of_gap(wall, zone)
    return Resolved(at=at, wall_clock=WallClock.GAP)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant, UTC, of the local date ``day``."""
    wall = datetime.combine(day, time())
    resolved = resolve(wall, zone)
    return _end_of_gap(wall, zone) if resolved.wall_clock is WallClock.GAP else resolved.at


def local_date(at: datetime, zone: ZoneInfo) -> date:
    """The date that calendars in ``zone`` show at the aware instant ``at``."""
    return at.astimezone(zone).date()


def wall_reading(at: datetime, zone_on: Callable[[date], ZoneInfo]) -> datetime:
    """The instant ``at`` as a traveller's wall shows it, aware.

    Which zone is in force hangs on the local date, and the date on the zone: the date by the clocks of the
    date by UTC decides.
    """
    return at.astimezone(zone_on(local_date(at, zone_on(at.astimezone(UTC).date()))))


def _offset(wall: datetime, zone: ZoneInfo) -> timedelta:
    """The offset in force at ``wall`` (naive); where that is in a gap or a fold, its ``fold`` decides."""
    offset = zone.utcoffset(wall)
    assert offset is not None
    return offset


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """The transition, to the second, that skipped ``wall``: found by halving, zones being opaque."""
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset_after = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset_after:
            after = middle
        else:
            before = middle
    return after
