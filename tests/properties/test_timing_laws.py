"""When doses come: on the wall, in elapsed hours, in step, and after one that was late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.consistency import inconsistencies
from scheduler.dosing.date_pattern import CycleDays, DatePattern, Weekday, Weekdays
from scheduler.dosing.expansion import expand, find
from scheduler.dosing.occurrence import DoseOccurrence, ReasonCode
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import OpenEnded, Phase, Regimen, TravelRule, Until
from scheduler.dosing.timing import ClockTimes, ElapsedHours
from tests.support.law import law
from tests.support.regimen_strategies import (
    BY_HOURS,
    BY_THE_CLOCK,
    CHAINS,
    GRIDS,
    Kind,
    amounts,
    date_patterns,
    goes_on,
    regimens,
)
from tests.support.strategies import AROUND, patients, plans


def _phase(dose: DoseOccurrence) -> Phase:
    return dose.regimen.phases[dose.phase - 1]


def _clock_times(dose: DoseOccurrence) -> ClockTimes:
    timing = _phase(dose).timing
    assert isinstance(timing, ClockTimes)
    return timing


def _in_a_gap(dose: DoseOccurrence) -> bool:
    return any(reason.code is ReasonCode.DST_GAP for reason in dose.reasons)


@law
@given(plans(kinds=BY_THE_CLOCK))
def test_wall_times_survive_changes_of_clocks_except_in_a_gap(plan: Plan) -> None:
    moved = {move.dose for move in plan.moves}
    for dose in expand(plan, AROUND):
        if dose.id not in moved and not _in_a_gap(dose):
            assert dose.wall_due.time() in _clock_times(dose).wall_times


@law
@given(plans(kinds=(Kind.GRID,), recorded=False))
def test_every_date_and_slot_of_a_grid_comes_once(plan: Plan) -> None:
    for dose in expand(plan, AROUND):
        assert isinstance(dose.id, GridId)
        if not _in_a_gap(dose):
            assert dose.local_date == dose.id.on
            assert dose.wall_due.time() == _clock_times(dose).wall_times[dose.id.slot - 1]


@law
@given(plans(kinds=BY_HOURS, recorded=False, amended=False, stopped=False))
def test_elapsed_hours_are_exactly_so_far_apart(plan: Plan) -> None:
    """Where no hold puts a dose off. A phase with a start of its own begins when that says."""
    for regimen in plan.regimens:
        own = [dose for dose in expand(plan, AROUND) if dose.regimen.id == regimen.id]
        for before, after in pairwise(sorted(own, key=lambda dose: dose.number)):
            timing = _phase(before).timing
            assert isinstance(timing, ElapsedHours)
            assert after.number == before.number + 1
            put_off = {ReasonCode.HOLD} & {reason.code for reason in after.reasons}
            entered = after.regimen.phases[before.phase : after.phase]
            if all(phase.start is None for phase in entered) and not put_off:
                assert after.due_at - before.due_at == timing.gap


@law
@given(plans(kinds=GRIDS, recorded=False))
def test_a_phase_with_a_last_date_ends_on_it(plan: Plan) -> None:
    for dose in expand(plan, AROUND):
        own, before = _phase(dose), dose.regimen.phases[: dose.phase - 1]
        if isinstance(own.end, Until) and isinstance(own.end.last, date):
            assert dose.local_date <= own.end.last
        if own.start is None and isinstance(before[-1].end, Until) and isinstance(before[-1].end.last, date):
            assert dose.local_date > before[-1].end.last


@st.composite
def one_pattern(draw: st.DrawFn) -> Regimen:
    """A grid of several phases that share a pattern of dates, none but the first with a start of its own."""
    regimen = draw(regimens("first", kinds=(Kind.GRID,)))
    pattern = draw(date_patterns)
    first, *later = [
        replace(phase, timing=replace(phase.timing, dates=pattern))
        for phase in regimen.phases
        if isinstance(phase.timing, ClockTimes)
    ]
    return replace(regimen, phases=(first, *(goes_on(phase) for phase in later)))


@law
@given(patients(), one_pattern())
def test_a_later_phase_of_the_same_pattern_keeps_step(patient: Patient, regimen: Regimen) -> None:
    first = regimen.phases[0]
    assert isinstance(first.start, date)
    assert isinstance(first.timing, ClockTimes)
    for dose in expand(Plan(patient=patient, regimens=(regimen,)), AROUND):
        assert isinstance(dose.id, GridId)
        assert _is_in_step(dose.id.on, first.timing.dates, first.start)


def _is_in_step(on: date, pattern: DatePattern, start: date) -> bool:
    """By walking or by remainders, not by the arithmetic under test."""
    days = (on - start).days
    match pattern:
        case CycleDays(length=length, on=with_doses):
            return days % length + 1 in with_doses
        case Weekdays(weeks=weeks, days=with_doses):
            monday = start - timedelta(days=start.weekday())
            return Weekday.of(on) in with_doses and (on - monday).days // 7 % weeks == 0
        case CalendarInterval(days=None, count=count):
            months = (on.year - start.year) * 12 + on.month - start.month
            is_last_of_month = (on + timedelta(days=1)).day == 1
            return months % count == 0 and (on.day == start.day or (is_last_of_month and on.day < start.day))
        case CalendarInterval():
            return days % (pattern.days or 0) == 0


@law
@given(patients(), one_pattern(), st.data())
def test_another_amount_from_some_day_on_keeps_step(
    patient: Patient, regimen: Regimen, data: st.DataObject
) -> None:
    on = AROUND.start + timedelta(days=data.draw(st.integers(30, 300)))
    dose = data.draw(amounts)
    changed = replace(
        regimen,
        phases=tuple(replace(phase, dose=dose) for phase in regimen.phases),
        amends=regimen,
        effective_on=on,
    )
    before = expand(Plan(patient=patient, regimens=(regimen,)), AROUND)
    after = expand(Plan(patient=patient, regimens=(changed,)), AROUND)
    assert [(d.id, d.due_at, d.number, d.phase, d.site) for d in after] == [
        (d.id, d.due_at, d.number, d.phase, d.site) for d in before
    ]
    assert all(d.dose == dose for d in after if isinstance(d.id, GridId) and d.id.on >= on)


@law
@given(patients(), regimens("first", kinds=(Kind.HOURS,)), st.sampled_from(TravelRule), st.data())
def test_another_amount_or_rule_of_travel_neither_drops_nor_doubles_an_hour(
    patient: Patient, regimen: Regimen, travel: TravelRule, data: st.DataObject
) -> None:
    """Where the clocks of home are those of the start, and so both versions start at one instant."""
    first = regimen.phases[0]
    assert isinstance(first.start, date)
    assume(patient.whereabouts(first.start) == patient.zone)
    endless = replace(regimen, phases=(replace(first, end=OpenEnded()),))
    on = first.start + timedelta(days=data.draw(st.integers(0, 60)))
    phases = (replace(endless.phases[0], dose=data.draw(amounts)),)
    changed = replace(endless, phases=phases, travel=travel, amends=endless, effective_on=on)
    period = Period(start=first.start, end=first.start + timedelta(days=100))
    around = Period(start=period.start, end=period.end + timedelta(days=2))
    before = expand(Plan(patient=patient, regimens=(endless,)), period)
    after = expand(Plan(patient=patient, regimens=(changed,)), around)
    assert [(d.number, d.due_at) for d in after][: len(before)] == [(d.number, d.due_at) for d in before]


def _longest_days(phase: Phase) -> int | None:
    timing = phase.timing
    if isinstance(timing, ClockTimes) and isinstance(timing.dates, CalendarInterval):
        return timing.dates.days
    return 0


def _has_no_months(plan: Plan) -> bool:
    return all(_longest_days(phase) is not None for r in plan.regimens for phase in r.phases)


@law
@given(
    plans(kinds=CHAINS, related=False, recorded=False, amended=False, stopped=False).filter(_has_no_months),
    st.integers(1, 6),
    st.integers(0, 90),
)
def test_recording_a_dose_late_never_shortens_the_gap_to_the_next(plan: Plan, number: int, days: int) -> None:
    """In days or hours; calendar months have no length of their own.

    A hold may have made the planned gap longer than the interval, and be over when a late dose counts on. A
    phase that begins before the one before it is over is refused in a file: which of the two comes next then
    hangs on how late the dose was.
    """
    assume(not list(inconsistencies(plan)))
    regimen = plan.regimens[0]
    doses = [dose for dose in expand(plan, AROUND) if dose.regimen.id == regimen.id]
    doses.sort(key=lambda dose: dose.number)
    assume(len(doses) > number)
    late, following = doses[number - 1], doses[number]
    assume(late.hold is None)
    assume(not _in_a_gap(late))
    assume(not _in_a_gap(following))
    at = _late(late, days)
    entry = Administration(dose=late.id, status=AdministrationStatus.GIVEN, at=at, site=None, reason="")
    recorded = replace(plan, administrations=(entry,))
    given_late, after = find(recorded, late.id), find(recorded, following.id)
    assume(after is not None)  # a phase with a last date may be over before the dose comes
    assert after is not None
    assert given_late is not None
    assert given_late.given_at is not None
    timing = _phase(late).timing
    if isinstance(timing, ElapsedHours):
        planned = following.due_at - late.due_at
        assert after.due_at - given_late.given_at >= min(planned, timing.gap)
    else:
        days_planned = (following.local_date - late.local_date).days
        assert (after.local_date - at.date()).days >= min(days_planned, _longest_days(_phase(late)) or 0)


def _late(dose: DoseOccurrence, days: int) -> datetime:
    if isinstance(_phase(dose).timing, ElapsedHours):
        return (dose.wall_due + timedelta(days=days, hours=days)).replace(tzinfo=None, fold=0)
    return datetime.combine(dose.local_date + timedelta(days=days), time(12))


@law
@given(plans(kinds=CHAINS))
def test_in_a_chain_nothing_is_promised_after_an_open_hold(plan: Plan) -> None:
    """And only an open hold withholds a dose of a chain: another one puts it off."""
    for regimen in plan.regimens:
        own = [dose for dose in expand(plan, AROUND) if dose.regimen.id == regimen.id]
        for dose in own:
            if dose.hold is not None and not _was_given(dose):
                assert dose.hold.last is None
                assert dose.number == max(other.number for other in own)


def _was_given(dose: DoseOccurrence) -> bool:
    return dose.administration is not None and dose.administration.is_given
