"""What the next dose counts from: `dosing.md`, "Anchors"."""

from __future__ import annotations

import pytest

from tests.support.plan_text import plan
from tests.support.regimen_text import EVEROLIMUS, LAR, THRICE, given, moved, not_given
from tests.support.schedule import dose_dates, dose_named, due, named, reasons, status

PLANNED = ["2026-12-01", "2026-12-29", "2027-01-26", "2027-02-23", "2027-03-23"]


def depots(more: str = "") -> list[str]:
    return dose_dates(plan(LAR + more), "lar", "2026-12-01", "2027-04-01")


def test_depots_given_as_planned_keep_their_dates() -> None:
    assert depots() == PLANNED
    assert depots(given("lar#1", "2026-12-01T10:40:00") + given("lar#2", "2026-12-29T09:00:00")) == PLANNED


def test_a_depot_given_a_day_late_moves_all_later_ones_by_a_day() -> None:
    assert depots(given("lar#1", "2026-12-02T10:00:00")) == [
        "2026-12-01",
        "2026-12-30",
        "2027-01-27",
        "2027-02-24",
        "2027-03-24",
    ]


def test_a_depot_given_two_days_early_moves_all_later_ones_by_two_days() -> None:
    assert depots(given("lar#2", "2026-12-27T10:00:00")) == [
        "2026-12-01",
        "2026-12-29",
        "2027-01-24",
        "2027-02-21",
        "2027-03-21",
    ]


def test_the_usual_time_comes_back_after_a_depot_given_at_another() -> None:
    late = plan(LAR + given("lar#1", "2026-12-02T16:45:00"))
    assert due(late, "2026-12-02", "2027-02-01") == ["2026-12-30T10:00-05:00", "2027-01-27T10:00-05:00"]


def test_a_depot_given_late_stays_where_it_was_planned_with_the_time_it_was_given() -> None:
    dose = dose_named(plan(LAR + given("lar#1", "2026-12-02T16:45:00")), "lar#1")
    assert dose.wall_due.isoformat() == "2026-12-01T10:00:00-05:00"
    assert dose.given_at is not None
    assert dose.given_at.isoformat() == "2026-12-02T21:45:00+00:00"


def test_the_latest_administration_counts() -> None:
    both = given("lar#1", "2026-12-03T10:00:00") + given("lar#2", "2026-12-30T10:00:00")
    # Number 2 was planned for 31 December and given on the 30th: 28 days on is 27 January.
    assert depots(both) == ["2026-12-01", "2026-12-31", "2027-01-27", "2027-02-24", "2027-03-24"]


def test_the_order_in_which_doses_were_recorded_does_not_matter() -> None:
    one, two = given("lar#1", "2026-12-03T10:00:00"), given("lar#2", "2026-12-30T10:00:00")
    assert plan(LAR + one + two).regimens == plan(LAR + two + one).regimens
    assert depots(one + two) == depots(two + one)


def test_recording_the_second_depot_first_counts_from_the_second() -> None:
    only_second = given("lar#2", "2026-12-31T10:00:00")
    assert depots(only_second) == ["2026-12-01", "2026-12-29", "2027-01-28", "2027-02-25", "2027-03-25"]


def test_back_filling_the_first_depot_changes_nothing_after_the_second() -> None:
    second = given("lar#2", "2026-12-31T10:00:00")
    filled = second + given("lar#1", "2026-12-04T10:00:00")
    assert depots(filled) == ["2026-12-01", "2027-01-01", "2027-01-28", "2027-02-25", "2027-03-25"]


def test_a_depot_recorded_as_not_given_keeps_its_number_and_the_next_keeps_its_date() -> None:
    skipped = plan(LAR + not_given("lar#2", "2026-12-29T11:00:00"))
    assert dose_dates(skipped, "lar", "2026-12-01", "2027-04-01") == PLANNED
    assert status(skipped, "lar#2", "2027-01-05T12:00-05:00") == "not_given"
    assert dose_named(skipped, "lar#2").given_at is None
    assert dose_named(skipped, "lar#3").number == 3


def test_a_not_given_depot_recorded_days_later_does_not_move_the_next() -> None:
    assert depots(not_given("lar#2", "2027-01-04T11:00:00")) == PLANNED


def test_an_overdue_depot_never_becomes_the_next_one() -> None:
    """Nothing was recorded for months: the doses after it stay where its planned date puts them."""
    overdue = plan(LAR)
    assert status(overdue, "lar#1", "2027-03-01T12:00-05:00") == "late"
    assert list(named(overdue, "2026-12-01", "2027-01-27")) == ["lar#1", "lar#2", "lar#3"]


def test_a_grid_stays_whatever_was_given_when() -> None:
    late = given("octreotide@2026-12-01/1", "2026-12-01T14:00:00")
    assert due(plan(THRICE + late), "2026-12-01", "2027-01-15") == due(
        plan(THRICE), "2026-12-01", "2027-01-15"
    )


def test_a_depot_anchored_to_its_schedule_keeps_its_grid() -> None:
    on_grid = LAR.replace("[[regimen.phase]]", 'anchor = "scheduled"\n[[regimen.phase]]')
    found = named(
        plan(on_grid + given("lar@2026-12-01/1", "2026-12-05T10:00:00")), "2026-12-01", "2027-02-01"
    )
    assert found == {
        "lar@2026-12-01/1": "2026-12-01 10:00",
        "lar@2026-12-29/1": "2026-12-29 10:00",
        "lar@2027-01-26/1": "2027-01-26 10:00",
    }


def test_a_pill_anchored_to_the_last_one_given_is_counted_by_number() -> None:
    counted = EVEROLIMUS.replace("[[regimen.phase]]", 'anchor = "last-given"\n[[regimen.phase]]')
    found = named(plan(counted + given("everolimus#2", "2026-12-03T09:00:00")), "2026-12-01", "2026-12-06")
    assert found == {
        "everolimus#1": "2026-12-01 08:00",
        "everolimus#2": "2026-12-02 08:00",
        "everolimus#3": "2026-12-04 08:00",
        "everolimus#4": "2026-12-05 08:00",
    }


def test_depots_after_a_late_one_say_so_and_those_before_do_not() -> None:
    late = plan(LAR + given("lar#2", "2026-12-30T10:00:00"))
    assert [reasons(late, f"lar#{n}") for n in (1, 2, 3, 4)] == [[], [], ["re-anchored"], ["re-anchored"]]
    texts = [reason.text for reason in dose_named(late, "lar#4").reasons]
    assert texts == ["counted from dose 2, given on 2026-12-30"]


def test_a_late_depot_made_up_by_an_early_one_leaves_nothing_to_explain() -> None:
    back = plan(LAR + given("lar#1", "2026-12-02T10:00:00") + given("lar#2", "2026-12-29T10:00:00"))
    assert reasons(back, "lar#2") == ["re-anchored"]
    assert reasons(back, "lar#3") == []


@pytest.mark.parametrize("given_on", ["2026-12-02", "2026-12-08", "2026-12-28", "2026-12-29", "2027-01-30"])
def test_the_time_between_two_depots_never_shrinks_after_a_late_one(given_on: str) -> None:
    late = plan(LAR + given("lar#1", f"{given_on}T10:00:00"))
    first = dose_named(late, "lar#1").given_at
    assert first is not None
    assert (dose_named(late, "lar#2").due_at - first).days == 28


def test_a_moved_depot_not_yet_given_carries_the_later_ones_with_it() -> None:
    found = depots(moved("lar#2", "2027-01-02T10:00:00"))
    assert found == ["2026-12-01", "2027-01-02", "2027-01-30", "2027-02-27", "2027-03-27"]


def test_a_moved_depot_given_on_another_date_counts_from_the_date_given() -> None:
    found = depots(moved("lar#2", "2027-01-02T10:00:00") + given("lar#2", "2027-01-05T10:00:00"))
    assert found == ["2026-12-01", "2027-01-02", "2027-02-02", "2027-03-02", "2027-03-30"]
