"""Which site is offered: never one at rest, and never the one used last, while there is another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

from hypothesis import given

from scheduler.dosing.expansion import expand
from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Plan
from scheduler.dosing.site_rotation import SiteRest
from tests.support.law import law
from tests.support.regimen_strategies import PLANNED
from tests.support.strategies import AROUND, plans


def _free(plan: Plan, dose: DoseOccurrence) -> set[str]:
    day = _planned_on(dose)
    return {s for s in dose.regimen.sites if not any(r.site == s and r.covers(day) for r in plan.rests)}


def _planned_on(dose: DoseOccurrence) -> date:
    return dose.local_date


@law
@given(plans())
def test_a_resting_site_is_never_offered(plan: Plan) -> None:
    for dose in expand(plan, AROUND):
        free = _free(plan, dose)
        assert dose.site in free if free else dose.site is None


@law
@given(plans(kinds=PLANNED, recorded=False))
def test_the_same_site_never_comes_twice_running_while_another_is_free(plan: Plan) -> None:
    """A dose that is withheld takes no turn."""
    for regimen in plan.regimens:
        used = [d for d in expand(plan, AROUND) if d.regimen.id == regimen.id and d.hold is None]
        for before, after in pairwise(sorted(used, key=lambda dose: dose.number)):
            if after.site is not None and after.number > 1:
                assert after.site != before.site or _free(plan, after) == {after.site}


@law
@given(plans())
def test_a_rest_of_a_site_that_nobody_uses_and_a_hold_of_no_dose_change_nothing(plan: Plan) -> None:
    """With either, sites are found by walking from dose to dose, else mostly by arithmetic."""
    long_ago = date(2020, 1, 1)
    elsewhere = SiteRest(site="elsewhere", first=long_ago, last=None, reason="")
    over = tuple(Hold(regimen=r.id, first=long_ago, last=long_ago, reason="") for r in plan.regimens)
    found = expand(plan, AROUND)
    assert expand(replace(plan, rests=(*plan.rests, elsewhere)), AROUND) == found
    assert expand(replace(plan, holds=(*plan.holds, *over)), AROUND) == found
