"""The days off of a medicine that is given in cycles, such as capecitabine: on the sheet they are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from scheduler.dosing.date_pattern import CycleDays
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.timing import ClockTimes
from scheduler.paper.long_words import printed_name

DaysOff = Mapping[date, Sequence[str]]
"""The names of the medicines that have a day off, by local date."""


def days_off(occurrences: Iterable[DoseOccurrence]) -> DaysOff:
    """Those between the first and the last of ``occurrences``, whose phases alone say what is a cycle."""
    dates: defaultdict[tuple[str, str], set[date]] = defaultdict(set)
    for dose in occurrences:
        if _is_of_cycle(dose):
            dates[dose.regimen.id, printed_name(dose.regimen.product)].add(dose.local_date)
    off: defaultdict[date, list[str]] = defaultdict(list)
    for (_, name), on in sorted(dates.items()):
        for day in _between(on):
            off[day].append(name)
    return off


def _is_of_cycle(dose: DoseOccurrence) -> bool:
    timing = dose.regimen.phases[dose.phase - 1].timing
    return isinstance(timing, ClockTimes) and isinstance(timing.dates, CycleDays)


def _between(on: set[date]) -> Iterator[date]:
    day = min(on)
    while day < max(on):
        if day not in on:
            yield day
        day += timedelta(days=1)
