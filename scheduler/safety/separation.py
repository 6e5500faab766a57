"""Whether two doses keep the distance that a label asks for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import Separation, SeparationKind
from scheduler.safety.chart import Chart, Course, Taken

# From here on a label means dates and not hours: 28 days may be an hour short.
_IN_DATES = timedelta(days=2)
_A_DAY = timedelta(days=1)
# A depot that comes within a week after a radioligand is the one meant to follow it; one that comes later
# is the next of its own course.
_MEANT_TO_FOLLOW = timedelta(days=7)


class Breach(NamedTuple):
    """``other`` lies where ``dose`` keeps it away."""

    dose: Taken
    other: Taken


def breaches(chart: Chart, course: Course, rule: Separation) -> Iterator[list[Breach]]:
    """For each other course, those of its doses that break ``rule`` of ``course``, in order; none empty."""
    for other in chart.courses:
        if other is not course and other.entry is not None and _is_meant(rule, other.entry):
            found = [b for taken in course.doses for b in _of(rule, taken, other) if _is_asked(chart, b)]
            if found:
                yield found


def _is_asked(chart: Chart, breach: Breach) -> bool:
    return breach.dose.on in chart.period or breach.other.on in chart.period


def _is_meant(rule: Separation, entry: Entry) -> bool:
    if rule.other is not None:
        return rule.other in entry.names
    return bool(rule.classes) and entry.is_of(*rule.classes)


def _of(rule: Separation, dose: Taken, other: Course) -> Iterator[Breach]:
    match rule.kind:
        case SeparationKind.NONE_BEFORE:
            near = _between(other, dose, -rule.least, timedelta(0))
            yield from (Breach(dose, taken) for taken in near if _is_before(rule.least, dose, taken))
        case SeparationKind.OTHER_AFTER:
            near = _between(other, dose, -rule.least, rule.least)
            yield from (Breach(dose, taken) for taken in near if taken.at < dose.at + rule.least)
        case SeparationKind.OTHER_FOLLOWS:
            yield from _not_following(rule, dose, other)


def _between(other: Course, dose: Taken, first: timedelta, last: timedelta) -> tuple[Taken, ...]:
    """Its doses from ``first`` to ``last`` around ``dose``, both inclusive."""
    instants = other.instants
    return other.doses[bisect_left(instants, dose.at + first) : bisect_right(instants, dose.at + last)]


def _is_before(least: timedelta, dose: Taken, other: Taken) -> bool:
    if least >= _IN_DATES:
        return dose.on - other.on < least
    return dose.at - other.at < least


def _not_following(rule: Separation, dose: Taken, other: Course) -> Iterator[Breach]:
    index = bisect_left(other.instants, dose.at)
    if index < len(other.doses):
        gap = other.instants[index] - dose.at
        most = rule.most if rule.most is not None else _MEANT_TO_FOLLOW
        if gap < rule.least or most < gap <= _MEANT_TO_FOLLOW:
            yield Breach(dose, other.doses[index])
