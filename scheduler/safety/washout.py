"""A somatostatin analogue where a radioligand needs the receptors free."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.dosing.finding import Finding, Severity
from scheduler.formulary.facts import DrugClass
from scheduler.safety.chart import Chart
from scheduler.safety.notice import about_dose, more
from scheduler.safety.separation import breaches


def wash_outs(chart: Chart) -> Iterator[Finding]:
    """``ssa-prrt``, one for two regimens and a rule."""
    for course in chart.of(DrugClass.RADIOLIGAND):
        for rule in course.entry.separations if course.entry is not None else ():
            for found in breaches(chart, course, rule):
                dose, other = found[0]
                text = (
                    f"planned on {other.when}, and {course.name} on {dose.when}. {rule.text} "
                    f"Contact the team.{more([breach.other for breach in found])}"
                )
                yield about_dose("ssa-prrt", Severity.WARNING, other, text, rule.source)
