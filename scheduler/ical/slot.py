"""A stretch of a quarter of an hour as DTSTART and DTEND write it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduler.dosing.frozen import maker_of
from scheduler.ical.clock_change import ClockChange, changes_between, offset_at

LENGTH = timedelta(minutes=15)
_A_DAY = 24 * 3600
_BEFORE_MIDNIGHT = _A_DAY - int(LENGTH.total_seconds())
_MIDNIGHT = datetime(1970, 1, 1)  # noqa: DTZ001 - a local reading
_UTC_KEYS = frozenset({"UTC", "Etc/UTC"})
# What is to be done before a dose may begin so much before the first of them.
_MARGIN = timedelta(days=2)
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """``start`` and ``end`` as written; ``times`` says in what: ``"UTC"`` or the id of ``zone``.

    ``zone`` is None where they are written in UTC. ``clock``: what its clocks show at the start, HH:MM.
    """

    start: str
    end: str
    times: str
    zone: ZoneInfo | None
    clock: str


make_slot = maker_of(Slot)


class Slots:
    """Writes the slots of one zone that begin at UTC instants from ``first`` to ``last``.

    A time that clocks show twice is written in UTC. RFC 5545 section 3.3.5 takes the first of the two, but
    ical.js, libical and KDE take the second and would ring an hour late; only UTC says the same to all.
    """

    def __init__(self, zone: ZoneInfo, first: datetime, last: datetime) -> None:
        self._zone = zone
        changes = list(changes_between(zone, _whole(first) - _MARGIN, _whole(last) + _MARGIN))
        self._shown_twice = [(_begun(change), _over(change)) for change in changes]
        edges = (edge for stretch in self._shown_twice for edge in stretch)
        self._edges = sorted({_EARLIEST, *edges, _LATEST})
        self._enter(_whole(first))

    def at(self, starts_at: datetime) -> Slot:
        """The slot that begins at ``starts_at``, UTC."""
        ends_at = starts_at + LENGTH
        if not self._since <= starts_at < self._until:
            self._enter(starts_at)
        if self._is_plain and ends_at < self._until:
            return self._plain(starts_at + self._offset)
        return self._near_a_change(starts_at, ends_at)

    def _plain(self, wall: datetime) -> Slot:
        """The slot that begins at ``wall``, a reading of clocks that do not change while it lasts."""
        zone = self._zone
        second = wall.hour * 3600 + wall.minute * 60 + wall.second
        if second >= _BEFORE_MIDNIGHT:
            start, end = _written(wall), _written(wall + LENGTH)
            return make_slot(start=start, end=end, times=zone.key, zone=zone, clock=_clock(start))
        on = f"{wall.year * 10_000 + wall.month * 100 + wall.day}"
        start, end, clock = _within_a_day(second)
        return make_slot(start=on + start, end=on + end, times=zone.key, zone=zone, clock=clock)

    def _enter(self, moment: datetime) -> None:
        """Into the stretch without a change that ``moment`` is in: asking a zone for each dose takes long."""
        following = bisect_right(self._edges, moment)
        self._since, self._until = self._edges[following - 1], self._edges[following]
        self._offset = offset_at(self._zone, moment)
        self._is_plain = self._zone.key not in _UTC_KEYS and not self._is_shown_twice(moment)

    def _near_a_change(self, starts_at: datetime, ends_at: datetime) -> Slot:
        zone = self._zone
        start = _written(starts_at.astimezone(zone))
        if self._is_plain and not self._is_shown_twice(ends_at):
            end = _written(ends_at.astimezone(zone))
            return make_slot(start=start, end=end, times=zone.key, zone=zone, clock=_clock(start))
        in_utc = f"{_written(starts_at)}Z", f"{_written(ends_at)}Z"
        return make_slot(start=in_utc[0], end=in_utc[1], times="UTC", zone=None, clock=_clock(start))

    def _is_shown_twice(self, moment: datetime) -> bool:
        return any(begin <= moment < end for begin, end in self._shown_twice)


def _begun(change: ClockChange) -> datetime:
    """From when on clocks show what they will show again; where they go forward, the change itself."""
    return change.at - max(change.before - change.after, timedelta())


def _over(change: ClockChange) -> datetime:
    """Until when they show what they have shown before."""
    return change.at + max(change.before - change.after, timedelta())


def utc_stamp(moment: datetime) -> str:
    """An aware ``moment`` as a UTC DATE-TIME, in whole seconds."""
    return f"{_written(moment.astimezone(UTC))}Z"


def _written(moment: datetime) -> str:
    """As strftime with %Y%m%dT%H%M%S would write it, in a third of the time; years have four digits."""
    on = moment.year * 10_000 + moment.month * 100 + moment.day
    return f"{on}T{moment.hour * 10_000 + moment.minute * 100 + moment.second:06}"


@lru_cache(maxsize=_A_DAY)
def _within_a_day(second: int) -> tuple[str, str, str]:
    """What follows the date in start and end of a slot that begins in the ``second`` of a day, and its clock.

    Doses come at the same few times of the day, again and again.
    """
    begins = _MIDNIGHT + timedelta(seconds=second)
    start, end = f"{begins:T%H%M%S}", f"{begins + LENGTH:T%H%M%S}"
    return start, end, f"{begins:%H:%M}"


def _clock(written: str) -> str:
    return f"{written[9:11]}:{written[11:13]}"


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
