"""Depots closer together or further apart than ordered, or than any label has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.occurrence import ReasonCode
from scheduler.dosing.product import Source
from scheduler.formulary.entry import Entry
from scheduler.safety.chart import Chart, Course, Taken
from scheduler.safety.labelled import interval_of, longest, off_label, shortest
from scheduler.safety.notice import about_dose, about_regimen, more

# A calendar month has no length of its own.
_MONTH = (28, 31)


class _Gap(NamedTuple):
    """``after`` comes ``days`` after ``before``, the dose of the same regimen given last."""

    before: Taken
    after: Taken

    @property
    def days(self) -> int:
        return (self.after.on - self.before.on).days


class _Breach(NamedTuple):
    """A gap beyond ``than``, which the label states where there is a ``source``."""

    gap: _Gap
    than: str
    source: Source | None


def intervals(chart: Chart) -> Iterator[Finding]:
    """``interval-short``, ``interval-long`` and ``off-label``: one of each for a regimen."""
    for course in chart.courses:
        if course.regimen.product.is_depot:
            gaps = [_Gap(*pair) for pair in pairwise(course.doses) if pair[1].on in chart.period]
            yield from _told("interval-short", [b for gap in gaps for b in _short(course, gap)])
            yield from _told("interval-long", [b for gap in gaps for b in _long(course, gap)])
    for course, entry in chart.known():
        yield from _off_label(entry, chart.asked(course))


def _told(code: str, found: Sequence[_Breach]) -> Iterator[Finding]:
    if found:
        gap, than, source = found[0]
        text = (
            f"on {gap.after.on}, {gap.days} days after the dose on {gap.before.on}; {than}. "
            f"Ask the team.{more([breach.gap.after for breach in found])}"
        )
        yield about_dose(code, Severity.WARNING, gap.after, text, source)


def _short(course: Course, gap: _Gap) -> Iterator[_Breach]:
    window = course.regimen.window
    early = gap.days + (window.before if window is not None else 0)
    ordered = _ordered(gap)
    label = shortest(course.entry) if course.entry is not None else None
    if ordered and early < min(_days(interval)[0] for interval in ordered):
        yield _Breach(gap, _as_ordered(gap), None)
    elif label and early < label.days and not _is_listed(course.entry, ordered):
        yield _Breach(gap, f"the shortest interval on the label is {label.days} days", label.source)


def _long(course: Course, gap: _Gap) -> Iterator[_Breach]:
    if _is_withheld_between(course, gap):
        return
    window = course.regimen.window
    late = gap.days - (window.after if window is not None else 0)
    ordered = _ordered(gap)
    label = longest(course.entry) if course.entry is not None else None
    if ordered and late > max(_days(interval)[1] for interval in ordered):
        yield _Breach(gap, _as_ordered(gap), None)
    elif label and late > label.days and not _is_listed(course.entry, ordered):
        yield _Breach(gap, f"the longest interval on the label is {label.days} days", label.source)


def _ordered(gap: _Gap) -> list[CalendarInterval]:
    """What was ordered between the two; none where the order gives the second a date of its own.

    A dose is followed by the interval of its own phase. After an amendment either version may have set it.
    """
    first, second = gap.before.phase, gap.after.phase
    amended = gap.before.dose.regimen is not gap.after.dose.regimen
    if not amended and gap.after.dose.phase != gap.before.dose.phase and second.start is not None:
        return []
    phases = (first, second) if amended else (first,)
    return [interval for interval in map(interval_of, phases) if interval is not None]


def _as_ordered(gap: _Gap) -> str:
    return " or ".join(dict.fromkeys(f"ordered is {interval.rhythm}" for interval in _ordered(gap)))


def _days(interval: CalendarInterval) -> tuple[int, int]:
    if interval.days is not None:
        return interval.days, interval.days
    return interval.count * _MONTH[0], interval.count * _MONTH[1]


def _is_listed(entry: Entry | None, ordered: Sequence[CalendarInterval]) -> bool:
    """Whether the order is known to be off label, which is told once and not at every dose."""
    return entry is not None and any(off_label(entry, interval) for interval in ordered)


def _is_withheld_between(course: Course, gap: _Gap) -> bool:
    if any(reason.code is ReasonCode.HOLD for reason in gap.after.dose.reasons):
        return True
    return any(d.hold is not None and gap.before.at < d.due_at < gap.after.at for d in course.laid_out)


def _off_label(entry: Entry, doses: Sequence[Taken]) -> Iterator[Finding]:
    ordered = dict.fromkeys(interval_of(taken.phase) for taken in doses)
    for interval in ordered:
        found = off_label(entry, interval) if interval is not None else None
        if interval is not None and found is not None:
            text = f"ordered {interval.rhythm}: an off-label interval, to be confirmed by the prescriber."
            yield about_regimen("off-label", Severity.WARNING, doses[0].dose.regimen, text, found.source)
