"""The laws at the end of `dosing.md`, for plans of every kind."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from time import tzset

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.expansion import expand, find
from scheduler.dosing.finding import findings
from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence import DoseOccurrence, ReasonCode
from scheduler.dosing.occurrence_id import GridId, OccurrenceId, parse_occurrence_id
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.status import DoseStatus, status_at
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.document import PatientDocument, RegimenDocument
from scheduler.planfile.json_contract import plan_json
from tests.support.strategies import (
    ALWAYS,
    AROUND,
    dates,
    holds,
    occurrence_ids,
    patients,
    periods,
    plans,
    regimens,
)

law = settings(
    max_examples=100,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
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
@given(plans(counted=True, related=False, open_holds=False))
def test_a_phase_of_n_doses_gives_n(plan: Plan) -> None:
    found = Counter((dose.regimen.id, dose.phase) for dose in expand(plan, ALWAYS))
    for regimen in plan.regimens:
        for number, phase in enumerate(regimen.phases, 1):
            assert found[regimen.id, number] == getattr(phase.end, "count", None)


@law
@given(plans(counted=True, related=False, open_holds=False))
def test_doses_are_numbered_from_one_without_gaps(plan: Plan) -> None:
    for regimen in plan.regimens:
        numbers = sorted(dose.number for dose in expand(plan, ALWAYS) if dose.regimen.id == regimen.id)
        assert numbers == list(range(1, len(numbers) + 1))


@law
@given(plans(chained=False, related=False), holds("first"))
def test_a_hold_on_a_grid_only_withholds(plan: Plan, hold: Hold) -> None:
    with_hold = replace(plan, holds=(*plan.holds, hold))
    before, after = expand(plan, AROUND), expand(with_hold, AROUND)
    assert [replace(dose, hold=None) for dose in after] == [replace(dose, hold=None) for dose in before]
    for old, new in zip(before, after, strict=True):
        assert new.hold is not None or old.hold is None
        assert new.hold == old.hold or new.regimen.id == "first"


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
def test_wall_times_survive_changes_of_clocks_except_in_a_gap(plan: Plan) -> None:
    moved = {move.dose for move in plan.moves}
    for dose in expand(plan, AROUND):
        codes = {reason.code for reason in dose.reasons}
        if dose.id not in moved and ReasonCode.DST_GAP not in codes:
            assert dose.wall_due.time() in dose.regimen.phases[dose.phase - 1].timing.wall_times


@law
@given(plans(recorded=False))
def test_every_date_and_slot_of_a_grid_comes_once(plan: Plan) -> None:
    for dose in expand(plan, AROUND):
        if isinstance(dose.id, GridId) and not any(r.code is ReasonCode.DST_GAP for r in dose.reasons):
            timing = dose.regimen.phases[dose.phase - 1].timing
            assert dose.local_date == dose.id.on
            assert dose.wall_due.time() == timing.wall_times[dose.id.slot - 1]


@law
@given(occurrence_ids)
def test_ids_round_trip_through_text(occurrence_id: OccurrenceId) -> None:
    assert parse_occurrence_id(str(occurrence_id)) == occurrence_id


@law
@given(plans())
def test_the_ids_of_planned_doses_round_trip_through_text(plan: Plan) -> None:
    for dose in expand(plan, AROUND):
        assert parse_occurrence_id(str(dose.id)) == dose.id


@law
@given(st.data())
def test_documents_round_trip_through_json(data: st.DataObject) -> None:
    patient = data.draw(patients())
    text = PatientDocument.of(patient).model_dump_json()
    assert PatientDocument.model_validate_json(text).value() == patient
    for regimen in data.draw(plans(recorded=False)).regimens:
        assert _read_back(regimen) == regimen


def _read_back(regimen: Regimen) -> Regimen:
    document = RegimenDocument.model_validate_json(RegimenDocument.of(regimen).model_dump_json())
    return document.value(document.find_product(load_formulary(), Market.US))


def _has_no_months(plan: Plan) -> bool:
    return all(p.timing.interval.days is not None for regimen in plan.regimens for p in regimen.phases)


@law
@given(
    plans(chained=True, related=False, recorded=False).filter(_has_no_months),
    st.integers(1, 6),
    st.integers(0, 90),
)
def test_recording_a_dose_late_never_shortens_the_gap_to_the_next(plan: Plan, number: int, days: int) -> None:
    """In days, for intervals of days and weeks: calendar months have no length of their own.

    A hold may have made the planned gap longer than the interval, and be over when a late dose counts on.
    """
    regimen = plan.regimens[0]
    doses = [dose for dose in expand(plan, ALWAYS) if dose.regimen.id == regimen.id]
    assume(len(doses) > number)
    late, following = doses[number - 1], doses[number]
    interval = regimen.phases[late.phase - 1].timing.interval
    assume(late.hold is None)
    assume(not any(r.code is ReasonCode.DST_GAP for r in late.reasons + following.reasons))
    given_on = late.local_date + timedelta(days=days)
    recorded = replace(plan, administrations=(_given(late, given_on),))
    after = find(recorded, following.id)
    assume(after is not None)  # a phase with a last date may be over before the dose comes
    assert after is not None
    planned = (following.local_date - late.local_date).days
    assert (after.local_date - given_on).days >= min(planned, interval.days or 0)


def _given(dose: DoseOccurrence, on: date) -> Administration:
    at = datetime.combine(on, time(12))
    given_status = AdministrationStatus.GIVEN
    return Administration(dose=dose.id, status=given_status, at=at, site=None, reason="")


@law
@given(plans())
def test_the_order_of_the_tables_does_not_matter(plan: Plan) -> None:
    shuffled = replace(
        plan,
        holds=tuple(reversed(plan.holds)),
        moves=tuple(reversed(plan.moves)),
        administrations=tuple(reversed(plan.administrations)),
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
            texts.add(json.dumps(plan_json(plan, period, moment.astimezone())))
    assert len(texts) == 1


@law
@given(plans(), moments)
def test_findings_name_doses_and_regimens_of_the_plan(plan: Plan, moment: datetime) -> None:
    for finding in findings(plan, moment):
        assert finding.regimen in plan.regimens_by_id
        if finding.dose is not None:
            assert find(plan, parse_occurrence_id(finding.dose)) is not None


@law
@given(regimens("first"), patients(), periods())
def test_a_far_query_agrees_with_counting_up_to_it(
    regimen: Regimen, patient: Patient, period: Period
) -> None:
    plan = Plan(patient=patient, regimens=(regimen,))
    near = {dose.id: dose for dose in expand(plan, ALWAYS) if dose.local_date in period}
    assert {dose.id: dose for dose in expand(plan, period)} == near
