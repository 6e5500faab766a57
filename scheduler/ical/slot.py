"""A stretch of a quarter of an hour as DTSTART and DTEND write it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.dosing.frozen import maker_of
from scheduler.ical.clock_change import ClockChange, changes_between

LENGTH = timedelta(minutes=15)
_UTC_KEYS = frozenset({"UTC", "Etc/UTC"})
# What is to be done before a dose may begin so much before the first of them.
_MARGIN = timedelta(days=2)


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
        self._is_utc = zone.key in _UTC_KEYS
        changes = changes_between(zone, _whole(first) - _MARGIN, _whole(last) + _MARGIN)
        self._shown_twice = _shown_twice(changes)

    def at(self, starts_at: datetime) -> Slot:
        """The slot that begins at ``starts_at``, UTC."""
        ends_at = starts_at + LENGTH
        zone = self._zone
        start = _wall(starts_at.astimezone(zone))
        clock = f"{start[9:11]}:{start[11:13]}"
        if self._is_utc or self._is_shown_twice(starts_at, ends_at):
            return make_slot(start=_utc(starts_at), end=_utc(ends_at), times="UTC", zone=None, clock=clock)
        end = _wall(ends_at.astimezone(zone))
        return make_slot(start=start, end=end, times=zone.key, zone=zone, clock=clock)

    def _is_shown_twice(self, starts_at: datetime, ends_at: datetime) -> bool:
        if not self._shown_twice:  # as nearly always: even an empty `any` takes its time
            return False
        return any(begin <= at < end for begin, end in self._shown_twice for at in (starts_at, ends_at))


def _shown_twice(changes: Iterable[ClockChange]) -> list[tuple[datetime, datetime]]:
    """The stretches, from and up to, whose readings come again or have been there already."""
    back = ((change.at, change.before - change.after) for change in changes if change.after < change.before)
    return [(at - by, at + by) for at, by in back]


def utc_stamp(moment: datetime) -> str:
    """An aware ``moment`` as a UTC DATE-TIME, in whole seconds."""
    return _utc(moment.astimezone(UTC))


def _utc(moment: datetime) -> str:
    return _wall(moment) + "Z"


def _wall(moment: datetime) -> str:
    """As strftime with %Y%m%dT%H%M%S would write it, in a third of the time; years have four digits."""
    on = moment.year * 10_000 + moment.month * 100 + moment.day
    return f"{on}T{moment.hour * 10_000 + moment.minute * 100 + moment.second:06}"


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
