"""Doses withheld for a while: `dosing.md`, "Holds"."""

from __future__ import annotations

from scheduler.dosing.plan import Plan
from scheduler.dosing.status import status_at
from tests.support.plan_text import plan
from tests.support.regimen_text import (
    CABOZANTINIB,
    EVEROLIMUS,
    LAR,
    LAR_20_THEN_30,
    THRICE,
    given,
    held,
    moved,
    not_given,
)
from tests.support.schedule import dose_dates, dose_named, doses, instant, named, reasons, status

EARLY = instant("2026-11-30T12:00-05:00")


def held_dates(of: Plan, start: str, end: str) -> list[int]:
    found = doses(of, start, end)
    return [dose.local_date.day for dose in found if status_at(dose, EARLY).value == "held"]


def test_on_a_grid_the_doses_of_a_hold_stay_visible_as_held() -> None:
    found = plan(EVEROLIMUS + held("everolimus", "2026-12-03", "2026-12-05"))
    assert dose_dates(found, "everolimus", "2026-12-01", "2026-12-08") == [
        f"2026-12-0{day}" for day in range(1, 8)
    ]
    assert held_dates(found, "2026-12-01", "2026-12-08") == [3, 4, 5]


def test_on_a_grid_a_hold_changes_neither_names_nor_numbers_nor_times() -> None:
    free = named(plan(THRICE), "2026-12-01", "2027-01-01")
    assert (
        named(plan(THRICE + held("octreotide", "2026-12-03", "2026-12-05")), "2026-12-01", "2027-01-01")
        == free
    )


def test_an_open_ended_hold_on_a_grid_withholds_everything_from_its_first_date() -> None:
    found = plan(EVEROLIMUS + held("everolimus", "2026-12-03"))
    assert held_dates(found, "2026-12-01", "2026-12-06") == [3, 4, 5]
    assert status(found, "everolimus@2030-12-03/1", "2026-12-01T00:00-05:00") == "held"


def test_several_holds_withhold_each_its_own_dates() -> None:
    text = (
        EVEROLIMUS
        + held("everolimus", "2026-12-06", "2026-12-07")
        + held("everolimus", "2026-12-02", "2026-12-02")
    )
    assert held_dates(plan(text), "2026-12-01", "2026-12-10") == [2, 6, 7]


def test_a_hold_of_one_regimen_leaves_the_others() -> None:
    both = plan(EVEROLIMUS + CABOZANTINIB + held("cabozantinib", "2026-12-01", "2026-12-31"))
    found = doses(both, "2026-12-01", "2026-12-03")
    assert [(d.regimen.id, d.hold is not None) for d in found] == [
        ("everolimus", False),
        ("cabozantinib", True),
        ("everolimus", False),
        ("cabozantinib", True),
    ]


def test_a_dose_given_during_a_hold_is_given() -> None:
    text = EVEROLIMUS + held("everolimus", "2026-12-03", "2026-12-05")
    found = plan(text + given("everolimus@2026-12-04/1", "2026-12-04T08:10:00"))
    assert status(found, "everolimus@2026-12-04/1", "2026-12-05T00:00-05:00") == "given"


def test_a_hold_over_the_end_of_a_phase_does_not_make_the_phase_longer() -> None:
    text = EVEROLIMUS + 'doses = 3\n[[regimen.phase]]\ndose = "5 mg"\ntimes = ["08:00"]\n'
    found = doses(plan(text + held("everolimus", "2026-12-02", "2026-12-04")), "2026-12-01", "2026-12-07")
    assert [(d.local_date.day, str(d.dose), d.hold is not None) for d in found] == [
        (1, "10 mg", False),
        (2, "10 mg", True),
        (3, "10 mg", True),
        (4, "5 mg", True),
        (5, "5 mg", False),
        (6, "5 mg", False),
    ]


def test_a_held_depot_is_planned_for_the_day_after_the_hold_at_its_usual_time() -> None:
    found = plan(LAR + held("lar", "2026-12-20", "2027-01-10"))
    assert named(found, "2026-12-01", "2027-03-01") == {
        "lar#1": "2026-12-01 10:00",
        "lar#2": "2027-01-11 10:00",
        "lar#3": "2027-02-08 10:00",
    }


def test_a_depot_after_a_hold_says_so_and_those_after_it_count_from_it() -> None:
    found = plan(LAR + held("lar", "2026-12-20", "2027-01-10"))
    assert [reasons(found, f"lar#{n}") for n in (1, 2, 3)] == [[], ["hold"], ["re-anchored"]]
    assert dose_named(found, "lar#2").reasons[0].text == (
        "planned for the day after the hold that ends on 2027-01-10: surgery"
    )


def test_a_depot_that_falls_on_the_first_and_one_on_the_last_date_of_a_hold_are_in_it() -> None:
    first = plan(LAR + held("lar", "2026-12-29", "2027-01-02"))
    last = plan(LAR + held("lar", "2026-12-20", "2026-12-29"))
    assert named(first, "2026-12-02", "2027-01-20") == {"lar#2": "2027-01-03 10:00"}
    assert named(last, "2026-12-02", "2027-01-20") == {"lar#2": "2026-12-30 10:00"}


def test_a_hold_between_two_depots_changes_nothing() -> None:
    found = plan(LAR + held("lar", "2026-12-02", "2026-12-28"))
    assert named(found, "2026-12-01", "2027-03-01") == named(plan(LAR), "2026-12-01", "2027-03-01")


def test_a_depot_in_an_open_ended_hold_is_held_and_nothing_after_it_is_promised() -> None:
    found = plan(LAR + held("lar", "2026-12-20"))
    assert named(found, "2026-12-01", "2036-01-01") == {
        "lar#1": "2026-12-01 10:00",
        "lar#2": "2026-12-29 10:00",
    }
    assert status(found, "lar#2", "2027-06-01T00:00-04:00") == "held"


def test_the_day_after_one_hold_may_be_in_the_next() -> None:
    text = LAR + held("lar", "2027-01-03", "2027-01-05") + held("lar", "2026-12-29", "2027-01-02")
    assert named(plan(text), "2026-12-02", "2027-01-20") == {"lar#2": "2027-01-06 10:00"}


def test_two_holds_apart_move_the_depots_twice() -> None:
    text = LAR + held("lar", "2026-12-29", "2026-12-31") + held("lar", "2027-01-29", "2027-02-04")
    # 1 January, and four weeks later 29 January, which is held until 4 February.
    assert named(plan(text), "2026-12-02", "2027-03-01") == {
        "lar#2": "2027-01-01 10:00",
        "lar#3": "2027-02-05 10:00",
    }


def test_an_open_ended_hold_after_a_closed_one_ends_the_promises() -> None:
    text = LAR + held("lar", "2026-12-29", "2026-12-31") + held("lar", "2027-01-20")
    found = plan(text)
    assert named(found, "2026-12-02", "2030-01-01") == {
        "lar#2": "2027-01-01 10:00",
        "lar#3": "2027-01-29 10:00",
    }
    assert status(found, "lar#3", "2026-12-01T00:00-05:00") == "held"


def test_a_held_depot_keeps_its_phase_and_the_phase_its_number_of_doses() -> None:
    found = doses(plan(LAR_20_THEN_30 + held("lar", "2026-12-20", "2027-01-10")), "2026-12-01", "2027-04-01")
    assert [(str(d.local_date), str(d.dose)) for d in found] == [
        ("2026-12-01", "20 mg"),
        ("2027-01-11", "20 mg"),
        ("2027-02-08", "30 mg"),
        ("2027-03-08", "30 mg"),
    ]


def test_a_depot_given_on_its_date_before_a_hold_was_entered_over_it_stays() -> None:
    """The hold came later, or the team decided otherwise: what was given, was given."""
    text = LAR + held("lar", "2026-12-20", "2027-01-10") + given("lar#2", "2026-12-29T10:00:00")
    assert named(plan(text), "2026-12-02", "2027-02-01") == {
        "lar#2": "2026-12-29 10:00",
        "lar#3": "2027-01-26 10:00",
    }


def test_a_depot_given_before_a_hold_that_covers_its_date_counts_from_the_date_given() -> None:
    text = LAR + held("lar", "2026-12-20", "2027-01-10") + given("lar#2", "2026-12-18T10:00:00")
    found = plan(text)
    assert status(found, "lar#2", "2026-12-19T00:00-05:00") == "given"
    # 18 December + 4 weeks
    assert named(found, "2027-01-01", "2027-02-01") == {"lar#3": "2027-01-15 10:00"}


def test_a_depot_given_in_an_open_ended_hold_lets_the_next_one_be_seen_as_held() -> None:
    found = plan(LAR + held("lar", "2026-12-20") + given("lar#2", "2026-12-29T10:00:00"))
    assert list(named(found, "2026-12-02", "2030-01-01")) == ["lar#2", "lar#3"]
    assert status(found, "lar#3", "2026-12-30T00:00-05:00") == "held"


def test_a_depot_given_after_the_hold_counts_from_the_date_given() -> None:
    text = LAR + held("lar", "2026-12-20", "2027-01-10") + given("lar#2", "2027-01-12T10:00:00")
    assert named(plan(text), "2026-12-02", "2027-03-01") == {
        "lar#2": "2027-01-11 10:00",
        "lar#3": "2027-02-09 10:00",
    }


def test_a_depot_moved_into_a_hold_is_planned_for_the_day_after_it() -> None:
    text = LAR + held("lar", "2027-01-04", "2027-01-10") + moved("lar#2", "2027-01-05T15:00:00")
    found = plan(text)
    assert named(found, "2026-12-02", "2027-01-20") == {"lar#2": "2027-01-11 10:00"}
    assert reasons(found, "lar#2") == ["moved", "hold"]


def test_a_depot_moved_out_of_a_hold_is_where_it_was_moved_to() -> None:
    text = LAR + held("lar", "2026-12-20", "2027-01-10") + moved("lar#2", "2026-12-18T15:00:00")
    assert named(plan(text), "2026-12-02", "2027-01-01") == {"lar#2": "2026-12-18 15:00"}


def test_a_held_dose_recorded_as_not_given_is_not_given() -> None:
    text = (
        EVEROLIMUS
        + held("everolimus", "2026-12-03")
        + not_given("everolimus@2026-12-03/1", "2026-12-03T09:00:00")
    )
    assert status(plan(text), "everolimus@2026-12-03/1", "2026-12-04T00:00-05:00") == "not_given"
