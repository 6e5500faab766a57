"""The intervals that a label states, in days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.product import Source
from scheduler.dosing.regimen import Phase
from scheduler.dosing.timing import ClockTimes
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import Recurrence


class Labelled(NamedTuple):
    """An interval on the label."""

    days: int
    source: Source


def shortest(entry: Entry) -> Labelled | None:
    """The shortest interval that the label states; None where it states none in days."""
    return min(_on_label(entry), key=lambda labelled: labelled.days, default=None)


def longest(entry: Entry) -> Labelled | None:
    """The longest."""
    return max(_on_label(entry), key=lambda labelled: labelled.days, default=None)


def off_label(entry: Entry, interval: CalendarInterval) -> Recurrence | None:
    """What the file says of ``interval`` where it is known and not on the label."""
    found = [recurrence for recurrence in entry.recurrences if _same(recurrence.interval, interval)]
    return None if any(r.on_label for r in found) else next(iter(found), None)


def interval_of(phase: Phase) -> CalendarInterval | None:
    """The ordered interval between dates, where there is one."""
    dates = phase.timing.dates if isinstance(phase.timing, ClockTimes) else None
    return dates if isinstance(dates, CalendarInterval) else None


def _on_label(entry: Entry) -> Iterator[Labelled]:
    for recurrence in entry.recurrences:
        if recurrence.on_label and recurrence.interval.days is not None:
            yield Labelled(recurrence.interval.days, recurrence.source)


def _same(one: CalendarInterval, other: CalendarInterval) -> bool:
    return one == other or (one.days is not None and one.days == other.days)
