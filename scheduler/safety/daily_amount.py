"""Too many doses on a day, and too much or too little in a day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from scheduler.dosing.dose import Dose
from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.product import Source
from scheduler.dosing.recurrence import Span
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.timing import AsNeeded, ClockTimes
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import DailyRange, DrugClass
from scheduler.safety.amounts import in_unit, plain
from scheduler.safety.chart import Chart, Course
from scheduler.safety.notice import about_regimen, and_so_on

_SHORT_ACTING = (DrugClass.SOMATOSTATIN_ANALOGUE, DrugClass.SHORT_ACTING)
MOST_A_DAY = 4
"""Doses of short-acting analogues, those as needed included: labels divide a day's amount by 2 to 4."""

_A_DAY = timedelta(days=1)


class _Part(NamedTuple):
    """What ``regimen`` gives on a date: ``times`` times ``amount``.

    ``spare``: only as needed, at most so often. ``whole``: as often as ordered, not cut short by a start or a
    hold.
    """

    regimen: Regimen
    amount: Dose
    times: int
    spare: bool
    whole: bool


_Days = Mapping[date, Sequence[_Part]]


def daily_amounts(chart: Chart) -> Iterator[Finding]:
    """``sc-freq`` for doses a day, ``daily-amount`` for what they come to."""
    yield from _too_often(chart, chart.of(*_SHORT_ACTING))
    products: dict[str, tuple[Entry, list[Course]]] = {}
    for course, entry in chart.known():
        if entry.daily_ranges:
            products.setdefault(entry.product.id, (entry, []))[1].append(course)
    for entry, courses in products.values():
        yield from _outside(entry, _days(chart, courses))


def _too_often(chart: Chart, courses: Sequence[Course]) -> Iterator[Finding]:
    days = _days(chart, courses)
    over = sorted(on for on, parts in days.items() if sum(part.times for part in parts) > MOST_A_DAY)
    if over:
        parts = days[over[0]]
        spare = sum(part.times for part in parts if part.spare)
        as_needed = f", up to {spare} of them as needed," if spare else ""
        text = (
            f"{sum(part.times for part in parts)} doses{as_needed} on {over[0]}; labels have at most "
            f"{MOST_A_DAY} a day. Ask the team.{and_so_on('day', over)}"
        )
        yield about_regimen("sc-freq", Severity.WARNING, parts[-1].regimen, text, _frequency(courses))


def _frequency(courses: Sequence[Course]) -> Source | None:
    """The label that states this many doses a day as its most, if any does."""
    rules = (rule for course in courses if course.entry is not None for rule in course.entry.recurrences)
    return next((r.source for r in rules if r.on_label and r.per_day[1] == MOST_A_DAY), None)


def _outside(entry: Entry, days: _Days) -> Iterator[Finding]:
    """Totals below all, or above all, that the label tells of."""
    unit = entry.daily_ranges[0].most.unit
    ranges = [known for known in entry.daily_ranges if known.most.unit == unit]
    lowest, highest = min(ranges, key=lambda r: r.least.value), max(ranges, key=lambda r: r.most.value)
    above, below = {}, {}
    for on in sorted(days):
        most, planned = _total(days[on], unit), _total([p for p in days[on] if not p.spare], unit)
        if most is not None and most > highest.most.value:
            above[on] = most
        elif planned and planned < lowest.least.value and all(part.whole for part in days[on]):
            below[on] = planned
    yield from _told(days, above, f"doses as needed included: more than the {highest.most} a day", highest)
    yield from _told(days, below, f"less than the {lowest.least} a day", lowest)


def _told(days: _Days, found: Mapping[date, Decimal], than: str, label: DailyRange) -> Iterator[Finding]:
    if found:
        on, total = next(iter(found.items()))
        text = (
            f"{plain(total)} {label.most.unit} on {on}, {than} that the label tells of. Ask the team."
            f"{and_so_on('day', list(found))}"
        )
        yield about_regimen("daily-amount", Severity.WARNING, days[on][-1].regimen, text, label.source)


def _total(parts: Sequence[_Part], unit: str) -> Decimal | None:
    """None where an amount is of another kind, which is told as a mismatch of units."""
    total = Decimal(0)
    for part in parts:
        amount = in_unit(part.amount, unit)
        if amount is None:
            return None
        total += amount * part.times
    return total


def _days(chart: Chart, courses: Sequence[Course]) -> _Days:
    days: defaultdict[date, list[_Part]] = defaultdict(list)
    for course in courses:
        found = _spare(chart, course) if course.regimen.kind is AsNeeded else _planned(chart, course)
        for on, part in found:
            days[on].append(part)
    return days


def _planned(chart: Chart, course: Course) -> Iterator[tuple[date, _Part]]:
    doses = chart.asked(course)
    counts = Counter(taken.on for taken in doses)
    for taken in doses:
        timing = taken.phase.timing
        whole = isinstance(timing, ClockTimes) and counts[taken.on] == timing.slots
        part = _Part(regimen=taken.dose.regimen, amount=taken.dose.dose, times=1, spare=False, whole=whole)
        yield taken.on, part


def _spare(chart: Chart, course: Course) -> Iterator[tuple[date, _Part]]:
    for span in chart.layout.spans(course.regimen):
        timing = span.phase.timing
        if isinstance(timing, AsNeeded):
            part = _Part(
                regimen=span.version,
                amount=span.phase.dose,
                times=timing.max_per_day,
                spare=True,
                whole=True,
            )
            yield from ((on, part) for on in _dates(chart, span) if _is_allowed(chart, course.regimen, on))


def _dates(chart: Chart, span: Span) -> Iterator[date]:
    on = max(chart.period.start, span.begin)
    end = chart.period.end if span.end is None else min(chart.period.end, span.end)
    while on < end:
        yield on
        on += _A_DAY


def _is_allowed(chart: Chart, regimen: Regimen, on: date) -> bool:
    stopped = regimen.stop is not None and on > regimen.stop.at.date()
    return not stopped and chart.plan.hold_covering(regimen.id, on) is None
