"""Doses too close to an operation.

A label says: none for at least 3 weeks before, and for at least 2 weeks after. The hour of the operation is
not known, so whole dates without a dose are counted: 21 before the date of the operation, and 14 from that
one on. The last dose is 22 dates before it and the next one 14 dates after.
"""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.surgery import Surgery
from scheduler.formulary.facts import SurgeryRule
from scheduler.safety.chart import Chart, Course, Taken
from scheduler.safety.notice import about_dose, more


def near_surgery(chart: Chart) -> Iterator[Finding]:
    """``surgery``, one for a regimen and an operation."""
    for operation in chart.plan.surgeries:
        for course, entry in chart.known():
            rule = entry.surgery
            if rule is not None and (rule.dental or not operation.dental):
                yield from _told(operation, rule, _near(chart, operation, rule, course))


def _near(chart: Chart, operation: Surgery, rule: SurgeryRule, course: Course) -> list[Taken]:
    first, beyond = operation.on - rule.before, operation.on + rule.after
    return [taken for taken in chart.asked(course) if first <= taken.on < beyond]


def _told(operation: Surgery, rule: SurgeryRule, near: list[Taken]) -> Iterator[Finding]:
    if near:
        what = "dental operation" if operation.dental else "operation"
        close = f"on {near[0].on}, too close to the {what} on {operation.on}"
        text = f"{close}. {rule.text} Ask the team.{more(near)}"
        yield about_dose("surgery", Severity.WARNING, near[0], text, rule.source)
