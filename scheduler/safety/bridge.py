"""A first depot without the short-acting form that bridges the time until it works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.occurrence_id import ChainId
from scheduler.formulary.facts import Bridge, DrugClass
from scheduler.safety.chart import Chart, Course, Taken
from scheduler.safety.notice import about_dose

_LONG_ACTING = (DrugClass.SOMATOSTATIN_ANALOGUE, DrugClass.LONG_ACTING)
_SHORT_ACTING = (DrugClass.SOMATOSTATIN_ANALOGUE, DrugClass.SHORT_ACTING)
# A depot of the weeks before still works, the longest labelled interval being 8 weeks.
_STILL_WORKS = timedelta(weeks=8)
_A_DAY = timedelta(days=1)


def missing_bridges(chart: Chart) -> Iterator[Finding]:
    """``bridge-missing``, one for a regimen."""
    for course in chart.of(*_LONG_ACTING):
        rule = course.entry.bridge if course.entry is not None else None
        first = _first(chart, course)
        if (
            rule
            and first
            and not _follows_another(chart, course, first)
            and not _is_bridged(chart, first, rule)
        ):
            text = (
                f"the first dose, on {first.on}, and no short-acting analogue is planned on each of the "
                f"{rule.least.days} days after it. {rule.text} Ask the team."
            )
            yield about_dose("bridge-missing", Severity.WARNING, first, text, rule.source)


def _first(chart: Chart, course: Course) -> Taken | None:
    """The first dose of the regimen that is not known to have been left out, where it is in the period."""
    first = course.doses[0] if course.doses else None
    if first is None or first.on not in chart.period or first.dose.number > 1 + _left_out(chart, first):
        return None
    return first


def _left_out(chart: Chart, first: Taken) -> int:
    """How many doses before ``first`` are recorded as not given."""
    recorded = chart.plan.administrations
    earlier = (
        a.dose.number
        for a in recorded
        if not a.is_given and isinstance(a.dose, ChainId) and a.dose.regimen == first.dose.regimen.id
    )
    return sum(1 for number in earlier if number < first.dose.number)


def _follows_another(chart: Chart, course: Course, first: Taken) -> bool:
    others = (other for other in chart.of(*_LONG_ACTING) if other is not course)
    return any(
        timedelta(0) <= first.on - taken.on <= _STILL_WORKS for other in others for taken in other.doses
    )


def _is_bridged(chart: Chart, first: Taken, rule: Bridge) -> bool:
    covered = {taken.on for course in chart.of(*_SHORT_ACTING) for taken in course.doses}
    return all(first.on + day * _A_DAY in covered for day in range(1, rule.least.days + 1))
