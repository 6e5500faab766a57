"""Amendments and stops: what was before stands, and after a stop comes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from scheduler.dosing.expansion import expand, find
from scheduler.dosing.occurrence import NO_WINDOW, Authority, DoseOccurrence
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.timezone import resolve
from scheduler.dosing.timing import ElapsedHours
from tests.support.law import law
from tests.support.regimen_strategies import CHAINS, GRIDS, Kind, amendments, stops
from tests.support.strategies import AROUND, plans


def _amended(plan: Plan, version: Regimen) -> Plan:
    return replace(plan, regimens=(version, *plan.regimens[1:]))


def _first(plan: Plan, period: Period = AROUND) -> list[DoseOccurrence]:
    return [dose for dose in expand(plan, period) if dose.regimen.id == plan.regimens[0].id]


def _before(plan: Plan, day: date) -> list[DoseOccurrence]:
    return [_but_for_usefulness(dose) for dose in _first(plan) if dose.local_date < day]


def _but_for_usefulness(dose: DoseOccurrence) -> DoseOccurrence:
    """How long a dose is of use hangs on the next one, which may be the new version's, or on a stop."""
    by_label = dose.window.stated_by is Authority.LABEL
    return replace(dose, useful_until=None, window=NO_WINDOW if by_label else dose.window)


@law
@given(plans(kinds=GRIDS, stopped=False, recorded=False), st.data())
def test_amending_a_grid_changes_nothing_before(plan: Plan, data: st.DataObject) -> None:
    """By the dates of the old rule of travel: by a new one a later hour may have an earlier date."""
    old = plan.regimens[0]
    version = data.draw(amendments(old))
    assert version.effective_on is not None
    after = _before(_amended(plan, version), version.effective_on)
    if version.travel is not old.travel and version.kind is ElapsedHours:
        after = [dose for dose in after if dose.regimen != version]
    assert after == _before(plan, version.effective_on)


@law
@given(plans(kinds=(Kind.GRID,), stopped=False), st.data())
def test_amending_a_grid_leaves_alone_what_was_planned_before_wherever_it_was_moved(
    plan: Plan, data: st.DataObject
) -> None:
    version = data.draw(amendments(plan.regimens[0]))
    assert version.effective_on is not None
    changed = _amended(plan, version)
    for dose in _first(plan):
        assert isinstance(dose.id, GridId)
        if dose.id.on < version.effective_on:
            after = find(changed, dose.id)
            assert after is not None
            assert _but_for_usefulness(after) == _but_for_usefulness(dose)


@law
@given(plans(kinds=CHAINS, stopped=False), st.data())
def test_amending_a_chain_changes_nothing_before(plan: Plan, data: st.DataObject) -> None:
    """Up to the first dose that comes later; where doses were moved past each other, the rest follow it."""
    version = data.draw(amendments(plan.regimens[0]))
    on = version.effective_on
    assert on is not None
    changed = {dose.id: dose for dose in _first(_amended(plan, version))}
    for dose in sorted(_first(plan), key=lambda dose: dose.number):
        if dose.local_date >= on:
            break
        assert _but_for_usefulness(changed[dose.id]) == _but_for_usefulness(dose)


@law
@given(plans(kinds=(Kind.AS_NEEDED,), stopped=False), st.data())
def test_amending_what_is_given_as_needed_changes_nothing_before(plan: Plan, data: st.DataObject) -> None:
    version = data.draw(amendments(plan.regimens[0]))
    assert version.effective_on is not None
    changed = _amended(plan, version)
    assert _before(changed, version.effective_on) == _before(plan, version.effective_on)


@law
@given(plans(recorded=False, amended=False, stopped=False), st.data())
def test_stopping_changes_nothing_before(plan: Plan, data: st.DataObject) -> None:
    version = data.draw(stops(plan.regimens[0]))
    before = [_plain(dose) for dose in _first(plan) if _sides(plan, version, dose) == {"before"}]
    after = {dose.id: _plain(dose) for dose in _first(_amended(plan, version))}
    assert before == [after.get(dose.id) for dose in before]


def _plain(dose: DoseOccurrence) -> DoseOccurrence:
    """Without the version, which the stop may have made anew from its own day on."""
    return replace(
        _but_for_usefulness(dose), regimen=replace(dose.regimen, stop=None, amends=None, effective_on=None)
    )


def _stop_instant(plan: Plan, version: Regimen) -> datetime:
    assert version.stop is not None
    at = version.stop.at
    return resolve(at, plan.patient.zone_on(at.date(), version.travel)).at


def _sides(plan: Plan, version: Regimen, dose: DoseOccurrence) -> set[str]:
    """Where ``dose`` is to the stop of ``version``, by the wall and by elapsed time.

    Clocks that change, and a journey across the date line, can put a later instant earlier on the wall. The
    wall decides for clock times, and the instant for elapsed hours.
    """
    assert version.stop is not None
    earlier = (
        dose.wall_due.replace(tzinfo=None) < version.stop.at,
        dose.due_at < _stop_instant(plan, version),
    )
    return {"before" if is_earlier else "after" for is_earlier in earlier}


@law
@given(plans(stopped=False), st.data())
def test_a_stopped_regimen_plans_nothing_from_the_stop_on(plan: Plan, data: st.DataObject) -> None:
    version = data.draw(stops(plan.regimens[0]))
    for dose in _first(_amended(plan, version)):
        assert _sides(plan, version, dose) != {"after"} or dose.administration is not None


@law
@given(plans(stopped=False), st.data())
def test_what_a_stop_leaves_open_is_missed_from_then_on(plan: Plan, data: st.DataObject) -> None:
    version = data.draw(stops(plan.regimens[0]))
    at = _stop_instant(plan, version)
    for dose in _first(_amended(plan, version)):
        if dose.due_at < at:
            assert dose.useful_until is not None
            assert dose.useful_until <= at
