"""Doses a number of elapsed hours apart, on a schedule and counted from the last one given."""

from __future__ import annotations

from scheduler.dosing.plan import Plan
from tests.support.plan_text import plan
from tests.support.regimen_text import course, given, held, moved, travelling
from tests.support.schedule import doses, named

GIVEN = 'anchor = "last-given"'


def every(hours: int, more: str = "", start: str = "2026-12-01T07:00:00", dose: str = "50 ug") -> str:
    return f'dose = "{dose}"\nevery = "{hours} h"\nstart = {start}\n{more}'


def first(of: Plan, count: int) -> dict[str, str]:
    return dict(list(named(of, "2026-12-01", "2026-12-10").items())[:count])


def amounts(of: Plan, start: str, end: str) -> list[str]:
    return [f"{dose.wall_due:%Y-%m-%d %H:%M} {dose.dose}" for dose in doses(of, start, end)]


def test_a_move_carries_the_doses_that_count_from_it() -> None:
    chain = plan(course(every(8), keys=GIVEN) + moved("a#2", "2026-12-01T17:30:00"))
    assert first(chain, 4) == {
        "a#1": "2026-12-01 07:00",
        "a#2": "2026-12-01 17:30",
        "a#3": "2026-12-02 01:30",
        "a#4": "2026-12-02 09:30",
    }


def test_a_move_by_the_clocks_of_where_the_patient_is_counts_from_there() -> None:
    paris = travelling("Europe/Paris", "2026-12-02", "2026-12-20")
    chain = plan(paris + course(every(12), keys=GIVEN) + moved("a#3", "2026-12-02T15:00:00"))
    # 15:00 in Paris is 09:00 in New York, where the third dose had been planned for 07:00.
    found = {str(dose.id): f"{dose.due_at:%d %H:%M}" for dose in doses(chain, "2026-12-01", "2026-12-05")}
    assert (found["a#2"], found["a#3"], found["a#4"]) == ("02 00:00", "02 14:00", "03 02:00")


def test_one_given_late_moves_the_next_and_one_not_recorded_does_not() -> None:
    chain = plan(course(every(8), keys=GIVEN) + given("a#1", "2026-12-01T09:15:00"))
    assert first(chain, 3) == {
        "a#1": "2026-12-01 07:00",
        "a#2": "2026-12-01 17:15",
        "a#3": "2026-12-02 01:15",
    }


def test_a_hold_puts_the_first_dose_on_the_day_after_it_at_its_time() -> None:
    chain = plan(course(every(8), keys=GIVEN) + held("a", "2026-12-02", "2026-12-03"))
    assert list(first(chain, 6).values()) == [
        "2026-12-01 07:00",
        "2026-12-01 15:00",
        "2026-12-01 23:00",
        "2026-12-04 07:00",
        "2026-12-04 15:00",
        "2026-12-04 23:00",
    ]


def test_a_schedule_keeps_its_places_whatever_was_given() -> None:
    of = plan(course(every(8)) + given("a#1", "2026-12-01T09:15:00"))
    assert first(of, 2) == {"a#1": "2026-12-01 07:00", "a#2": "2026-12-01 15:00"}


def test_a_later_phase_of_another_gap_begins_one_gap_of_the_earlier_one_after_its_last_dose() -> None:
    phases = (every(8, "doses = 2"), 'dose = "100 ug"\nevery = "12 h"')
    for keys in ("", GIVEN):
        found = amounts(plan(course(*phases, keys=keys)), "2026-12-01", "2026-12-03")
        assert found == [
            "2026-12-01 07:00 50 ug",
            "2026-12-01 15:00 50 ug",
            "2026-12-01 23:00 100 ug",
            "2026-12-02 11:00 100 ug",
            "2026-12-02 23:00 100 ug",
        ], keys


def test_a_phase_with_a_start_of_its_own_ends_the_one_before_at_that_instant() -> None:
    later = every(12, start="2026-12-02T09:00:00", dose="100 ug")
    found = amounts(plan(course(every(8, "until = 2026-12-01"), later)), "2026-12-01", "2026-12-03")
    assert found == [
        "2026-12-01 07:00 50 ug",
        "2026-12-01 15:00 50 ug",
        "2026-12-01 23:00 50 ug",
        "2026-12-02 09:00 100 ug",
        "2026-12-02 21:00 100 ug",
    ]


def test_a_phase_ends_with_the_last_date_it_is_told() -> None:
    # 07:00 and 17:00 on the 1st, 03:00, 13:00 and 23:00 on the 2nd.
    for end in ("until = 2026-12-02", 'for = "2 d"'):
        for keys in ("", GIVEN):
            found = list(first(plan(course(every(10, end), keys=keys)), 9))
            assert found == ["a#1", "a#2", "a#3", "a#4", "a#5"], (end, keys)


def test_a_stop_is_read_on_the_wall() -> None:
    for keys in ("", GIVEN):
        stopped = plan(course(every(8), keys=f"{keys}\nstop = {{ at = 2026-12-01T15:00:00 }}"))
        assert list(first(stopped, 9)) == ["a#1"], keys


def test_every_hour_is_every_hour_through_midnight() -> None:
    found = list(first(plan(course(every(1, "doses = 3", start="2026-12-01T23:00:00"))), 9).values())
    assert found == ["2026-12-01 23:00", "2026-12-02 00:00", "2026-12-02 01:00"]
