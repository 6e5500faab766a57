"""An injection where the label does not have it, or on the same side twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from scheduler.dosing.finding import Finding, Severity
from scheduler.formulary.facts import Rotation, SiteRule
from scheduler.safety.chart import Chart, Course, Taken
from scheduler.safety.notice import about_dose, about_regimen, more

_SIDES = ("-left", "-right")


def sites(chart: Chart) -> Iterator[Finding]:
    """``site`` for what is ordered, ``site-used`` for what was recorded, and ``same-side-twice``."""
    for course, entry in chart.known():
        rule = entry.sites
        if rule is not None:
            yield from _ordered(course, rule)
            yield from _recorded(chart, course, rule)
            if rule.rotation is Rotation.ALTERNATE_SIDES:
                yield from _same_side(chart, course, rule)


def _ordered(course: Course, rule: SiteRule) -> Iterator[Finding]:
    other = [site for site in course.regimen.sites if site not in rule.sites]
    if other:
        text = f"ordered for {', '.join(other)}; {_on_label(rule)} Ask the team."
        yield about_regimen("site", _severity(course), course.regimen, text, rule.source)


def _recorded(chart: Chart, course: Course, rule: SiteRule) -> Iterator[Finding]:
    found = [t for t in chart.asked(course) if t.dose.administration and _is_other(t, rule)]
    if found:
        text = f"given on {found[0].on} into {found[0].site}; {_on_label(rule)} Ask the team.{more(found)}"
        # It has happened: it holds no order back, and an answer for the order does not reach it.
        yield about_dose("site-used", Severity.WARNING, found[0], text, rule.source)


def _is_other(taken: Taken, rule: SiteRule) -> bool:
    recorded = taken.dose.administration
    return recorded is not None and bool(recorded.site) and recorded.site not in rule.sites


def _severity(course: Course) -> Severity:
    """A depot in the wrong place works otherwise for weeks; a short-acting form is gone in hours."""
    return Severity.STOP if course.regimen.product.is_depot else Severity.WARNING


def _on_label(rule: SiteRule) -> str:
    avoid = f" {rule.avoid.text}" if rule.avoid is not None else ""
    return f"the label has {', '.join(rule.sites)}.{avoid}"


def _same_side(chart: Chart, course: Course, rule: SiteRule) -> Iterator[Finding]:
    pairs = [pair for pair in pairwise(course.doses) if pair[1].on in chart.period and _is_same(*pair)]
    if pairs:
        before, after = pairs[0]
        text = (
            f"{after.site} on {after.on}, the same side as on {before.on}; the label changes sides at each "
            f"injection. Ask the team.{more([later for _, later in pairs])}"
        )
        yield about_dose("same-side-twice", Severity.WARNING, after, text, rule.source)


def _is_same(before: Taken, after: Taken) -> bool:
    one, other = before.site, after.site
    if not one or not other:
        return False
    return one == other or any(one.endswith(side) and other.endswith(side) for side in _SIDES)
