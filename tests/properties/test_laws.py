"""The laws at the end of `dosing.md` that hold whatever is in a plan."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import tzset

from hypothesis import given
from hypothesis import strategies as st

from scheduler.dosing.expansion import expand, find
from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import GridId, parse_occurrence_id
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.status import DoseStatus, status_at
from scheduler.dosing.timing import AsNeeded
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.json_contract import plan_json
from scheduler.safety.plan_check import check
from tests.support.law import law
from tests.support.regimen_strategies import GRIDS, PLANNED, dates, regimens
from tests.support.strategies import ALWAYS, AROUND, holds, patients, periods, plans

moments = dates.map(lambda day: datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


def _order(dose: DoseOccurrence) -> tuple[datetime, str]:
    return dose.due_at, str(dose.id)


@law
@given(plans(), periods(), st.integers(0, 56))
def test_two_adjacent_periods_give_what_their_union_gives(plan: Plan, period: Period, days: int) -> None:
    middle = min(period.start + timedelta(days=days), period.end)
    first = expand(plan, Period(start=period.start, end=middle))
    second = expand(plan, Period(start=middle, end=period.end))
    assert sorted(first + second, key=_order) == expand(plan, period)


@law
@given(plans(), periods())
def test_doses_are_sorted_unique_and_inside_the_period(plan: Plan, period: Period) -> None:
    found = expand(plan, period)
    assert found == sorted(found, key=_order)
    assert len({dose.id for dose in found}) == len(found)
    assert len({(dose.regimen.id, dose.number) for dose in found}) == len(found)
    assert all(dose.local_date in period for dose in found)


@law
@given(plans(), periods())
def test_a_dose_is_the_same_whatever_was_asked_for(plan: Plan, period: Period) -> None:
    asked = expand(plan, period)
    everything = {dose.id: dose for dose in expand(plan, AROUND)}
    assert asked == [everything[dose.id] for dose in asked]
    assert asked == [find(plan, dose.id) for dose in asked]


@law
@given(regimens("first"), patients(), periods())
def test_a_far_query_agrees_with_counting_up_to_it(
    regimen: Regimen, patient: Patient, period: Period
) -> None:
    plan = Plan(patient=patient, regimens=(regimen,))
    near = {dose.id: dose for dose in expand(plan, AROUND) if dose.local_date in period}
    assert {dose.id: dose for dose in expand(plan, period)} == near


@law
@given(plans(kinds=PLANNED, counted=True, related=False, open_holds=False, amended=False, stopped=False))
def test_a_phase_of_n_doses_gives_n(plan: Plan) -> None:
    found = Counter((dose.regimen.id, dose.phase) for dose in expand(plan, ALWAYS))
    for regimen in plan.regimens:
        for number, phase in enumerate(regimen.phases, 1):
            assert found[regimen.id, number] == getattr(phase.end, "count", None)


@law
@given(plans(kinds=PLANNED, counted=True, related=False, open_holds=False, stopped=False))
def test_planned_doses_are_numbered_from_one_without_gaps(plan: Plan) -> None:
    """Where no stop calls off a dose that had been moved past it, which takes its number along."""
    for regimen in plan.regimens:
        numbers = sorted(dose.number for dose in expand(plan, ALWAYS) if dose.regimen.id == regimen.id)
        assert numbers == list(range(1, len(numbers) + 1))


@law
@given(plans())
def test_doses_given_as_needed_are_numbered_by_date_from_one_without_gaps(plan: Plan) -> None:
    for regimen in plan.regimens:
        if regimen.kind is AsNeeded:
            taken = [dose for dose in expand(plan, ALWAYS) if dose.regimen.id == regimen.id]
            by_place = sorted(taken, key=_date_and_slot)
            assert [dose.number for dose in by_place] == list(range(1, len(taken) + 1))


def _date_and_slot(dose: DoseOccurrence) -> tuple[object, int]:
    assert isinstance(dose.id, GridId)
    return dose.id.on, dose.id.slot


@law
@given(plans())
def test_as_needed_nothing_is_planned_that_was_not_recorded(plan: Plan) -> None:
    for dose in expand(plan, AROUND):
        if dose.regimen.kind is AsNeeded:
            assert dose.administration is not None
            assert dose.local_date == dose.administration.at.date()


@law
@given(plans(kinds=GRIDS, related=False), holds("first"))
def test_a_hold_on_a_grid_only_withholds(plan: Plan, hold: Hold) -> None:
    """The sites go on without the doses withheld, which take no turn."""
    with_hold = replace(plan, holds=(*plan.holds, hold))
    before, after = expand(plan, AROUND), expand(with_hold, AROUND)
    assert [_but_for_hold_and_site(dose) for dose in after] == [_but_for_hold_and_site(d) for d in before]
    for old, new in zip(before, after, strict=True):
        assert new.hold is not None or old.hold is None
        assert (new.hold, new.site) == (old.hold, old.site) or new.regimen.id == "first"


def _but_for_hold_and_site(dose: DoseOccurrence) -> DoseOccurrence:
    return replace(dose, hold=None, site=None)


@law
@given(plans(), moments)
def test_a_dose_that_is_withheld_or_recorded_is_neither_due_nor_late(plan: Plan, moment: datetime) -> None:
    for dose in expand(plan, AROUND):
        status = status_at(dose, moment)
        assert (status is DoseStatus.HELD) == (dose.hold is not None and dose.administration is None)
        assert (status in {DoseStatus.GIVEN, DoseStatus.NOT_GIVEN}) == (dose.administration is not None)


@law
@given(plans())
def test_a_dose_becomes_due_then_late_then_missed_and_never_goes_back(plan: Plan) -> None:
    order = [DoseStatus.UPCOMING, DoseStatus.DUE, DoseStatus.LATE, DoseStatus.MISSED]
    for dose in expand(plan, AROUND)[:8]:
        if dose.hold is None and dose.administration is None:
            hours = [dose.due_at + timedelta(hours=n) for n in range(-1, 40)]
            places = [order.index(status_at(dose, moment)) for moment in hours]
            assert places == sorted(places)
            assert places[0] == 0
            assert status_at(dose, dose.due_at) is DoseStatus.DUE


@law
@given(plans())
def test_the_order_of_the_tables_does_not_matter(plan: Plan) -> None:
    shuffled = replace(
        plan,
        regimens=tuple(reversed(plan.regimens)),
        holds=tuple(reversed(plan.holds)),
        moves=tuple(reversed(plan.moves)),
        administrations=tuple(reversed(plan.administrations)),
        rests=tuple(reversed(plan.rests)),
    )
    found = [(d.id, d.due_at, d.site, d.useful_until) for d in expand(plan, AROUND)]
    assert [(d.id, d.due_at, d.site, d.useful_until) for d in expand(shuffled, AROUND)] == found


@contextmanager
def machine_zone(name: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        tzset()


@law
@given(plans(), periods(), moments)
def test_the_zone_of_the_machine_does_not_matter(plan: Plan, period: Period, moment: datetime) -> None:
    texts = set()
    for name in ("UTC", "Pacific/Kiritimati", "America/Los_Angeles"):
        with machine_zone(name):
            texts.add(json.dumps(plan_json(plan, load_formulary(), period, moment.astimezone())))
    assert len(texts) == 1


@law
@given(plans(), moments)
def test_findings_name_doses_and_regimens_of_the_plan(plan: Plan, moment: datetime) -> None:
    for finding in check(plan, load_formulary(), AROUND, moment):
        assert finding.regimen in plan.regimens_by_id
        if finding.dose is not None:
            assert find(plan, parse_occurrence_id(finding.dose)) is not None
