"""Two long-acting somatostatin analogues at once, or one of them twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.product import Source
from scheduler.formulary.facts import DrugClass
from scheduler.safety.chart import Chart, Course, Taken
from scheduler.safety.labelled import shortest
from scheduler.safety.notice import about_dose

_LONG_ACTING = (DrugClass.SOMATOSTATIN_ANALOGUE, DrugClass.LONG_ACTING)


def duplicates(chart: Chart) -> Iterator[Finding]:
    """``dup-la-ssa`` and ``dup-indication``, one of each for two regimens."""
    for pair in combinations(chart.of(*_LONG_ACTING), 2):
        yield from _too_close(chart, *pair)
        yield from _same_twice(chart, *pair)


def _too_close(chart: Chart, one: Course, other: Course) -> Iterator[Finding]:
    """The label says how long one dose lasts: within that time the other product is one too many."""
    for before, after in pairwise(_together(one, other)):
        rule = _lasts(before, after, one, other)
        days = (after.on - before.on).days
        if before.dose.regimen.id != after.dose.regimen.id and rule and days < rule[0] and _in(chart, after):
            yield _told(before, after, days, rule)
            return


def _told(before: Taken, after: Taken, days: int, rule: tuple[int, Source]) -> Finding:
    text = (
        f"{_named(after)} on {after.on} is {days} days after {_named(before)} on {before.on}; "
        f"one dose lasts {rule[0]} days by the label. Ask the team which of the two is meant."
    )
    return about_dose("dup-la-ssa", Severity.STOP, after, text, rule[1])


def _lasts(before: Taken, after: Taken, one: Course, other: Course) -> tuple[int, Source] | None:
    """The days by the label of the earlier product, else of the later one."""
    by_id = {course.regimen.id: course.entry for course in (one, other)}
    for taken in (before, after):
        entry = by_id[taken.dose.regimen.id]
        found = shortest(entry) if entry is not None else None
        if found is not None:
            return found.days, found.source
    return None


def _same_twice(chart: Chart, one: Course, other: Course) -> Iterator[Finding]:
    """Two courses of one ingredient that overlap; or of two, where no label says how long a dose lasts."""
    assert one.entry is not None
    assert other.entry is not None
    same = one.entry.ingredient == other.entry.ingredient
    unstated = shortest(one.entry) is None and shortest(other.entry) is None
    if not (same or unstated) or not _overlap(one, other):
        return
    second = next((taken for taken in other.doses if _in(chart, taken)), None)
    if second is not None:
        code = "dup-indication" if same else "dup-la-ssa"
        yield about_dose(code, Severity.STOP, second, _overlapping(one, second, same=same), None)


def _overlapping(one: Course, second: Taken, *, same: bool) -> str:
    what = f"regimen {one.regimen.id} gives it already" if same else f"{one.name} ({one.regimen.id}) goes on"
    why = " One dose serves all that it is given for." if same else ""
    return f"{_named(second)} is planned on {second.on} while {what}.{why} Ask the team which is meant."


def _overlap(one: Course, other: Course) -> bool:
    if not one.doses or not other.doses:
        return False
    return one.doses[0].on <= other.doses[-1].on and other.doses[0].on <= one.doses[-1].on


def _together(one: Course, other: Course) -> list[Taken]:
    return sorted((*one.doses, *other.doses), key=lambda taken: taken.at)


def _in(chart: Chart, taken: Taken) -> bool:
    return taken.on in chart.period


def _named(taken: Taken) -> str:
    return f"{taken.dose.regimen.product.name} ({taken.dose.regimen.id})"
