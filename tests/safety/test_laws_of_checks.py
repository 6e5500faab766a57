"""What holds of the findings of any plan."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given

from scheduler.dosing.expansion import find
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Market
from scheduler.formulary.formulary import Formulary
from scheduler.safety.chart import lay_out
from scheduler.safety.plan_check import RULES, check
from tests.safety.labels import LABELS
from tests.support.law import law
from tests.support.regimen_strategies import dates
from tests.support.strategies import AROUND, plans

moments = dates.map(lambda day: datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
EVERY_MARKET = Formulary(replace(entry, market=market) for entry in LABELS for market in Market)


@law
@given(plans(), moments)
def test_they_name_regimens_and_doses_of_the_plan_and_come_gravest_first(
    plan: Plan, moment: datetime
) -> None:
    found = check(plan, EVERY_MARKET, AROUND, moment)
    for finding in found:
        assert finding.regimen in plan.regimens_by_id
        if finding.dose is not None:
            assert find(plan, parse_occurrence_id(finding.dose)) is not None
    order = [("stop", "warning", "info").index(finding.severity) for finding in found]
    assert order == sorted(order)


@law
@given(plans(), moments)
def test_their_number_grows_with_the_phases_and_not_with_the_doses(plan: Plan, moment: datetime) -> None:
    chart = lay_out(plan, EVERY_MARKET, AROUND, moment)
    for rule in RULES:
        counts = Counter((f.regimen, f.code) for f in rule(chart))
        ordered = sum(len(version.phases) for regimen in plan.regimens for version in regimen.versions)
        assert all(count <= ordered + len(plan.supplies) + len(plan.surgeries) for count in counts.values())
