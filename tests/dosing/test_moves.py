"""One dose planned for another time."""

from __future__ import annotations

import pytest

from scheduler.dosing.expansion import find
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.planfile.fault import PlanFileError
from tests.support.plan_text import plan
from tests.support.regimen_text import CABOZANTINIB, LAR, THRICE, held, moved, travelling
from tests.support.schedule import dose_named, doses, due, named, reasons, status


def test_a_moved_dose_of_a_grid_moves_alone() -> None:
    found = named(
        plan(THRICE + moved("octreotide@2026-12-01/2", "2026-12-01T16:30:00")), "2026-12-01", "2026-12-02"
    )
    assert found == {
        "octreotide@2026-12-01/1": "2026-12-01 07:00",
        "octreotide@2026-12-01/2": "2026-12-01 16:30",
        "octreotide@2026-12-01/3": "2026-12-01 23:00",
    }


def test_a_moved_dose_keeps_its_name_its_number_and_its_amount() -> None:
    before = dose_named(plan(THRICE), "octreotide@2026-12-03/2")
    after = dose_named(plan(THRICE + moved("octreotide@2026-12-03/2", "2026-12-09T12:00:00")), str(before.id))
    assert (after.number, after.phase, after.dose, after.site) == (
        before.number,
        before.phase,
        before.dose,
        before.site,
    )


def test_a_moved_dose_says_from_where_and_why() -> None:
    dose = dose_named(plan(LAR + moved("lar#3", "2027-02-01T11:00:00", "snow")), "lar#3")
    assert [(r.code.value, r.text) for r in dose.reasons] == [("moved", "moved from 2027-01-26 10:00: snow")]


def test_a_move_without_a_reason_ends_without_a_colon() -> None:
    dose = dose_named(plan(LAR + moved("lar#3", "2027-02-01T11:00:00", "  ")), "lar#3")
    assert dose.reasons[0].text == "moved from 2027-01-26 10:00"


def test_a_dose_moved_past_its_neighbour_is_listed_after_it() -> None:
    past = plan(THRICE + moved("octreotide@2026-12-01/1", "2026-12-01T16:00:00"))
    assert list(named(past, "2026-12-01", "2026-12-02")) == [
        "octreotide@2026-12-01/2",
        "octreotide@2026-12-01/1",
        "octreotide@2026-12-01/3",
    ]


def test_a_dose_moved_out_of_a_period_is_not_in_it() -> None:
    out = plan(THRICE + moved("octreotide@2026-12-05/2", "2026-12-20T15:30:00"))
    assert "octreotide@2026-12-05/2" not in named(out, "2026-12-05", "2026-12-06")
    assert len(doses(out, "2026-12-05", "2026-12-06")) == 2


def test_a_dose_moved_into_a_period_from_far_away_is_in_it() -> None:
    later = plan(THRICE + moved("octreotide@2026-12-05/2", "2027-03-20T15:30:00"))
    earlier = plan(THRICE + moved("octreotide@2027-03-20/2", "2026-12-05T15:30:00"))
    assert named(later, "2027-03-20", "2027-03-21")["octreotide@2026-12-05/2"] == "2027-03-20 15:30"
    assert named(earlier, "2026-12-05", "2026-12-06")["octreotide@2027-03-20/2"] == "2026-12-05 15:30"


def test_a_dose_moved_within_reach_of_a_period_is_there_once() -> None:
    near = plan(THRICE + moved("octreotide@2026-12-05/2", "2026-12-06T15:30:00"))
    ids = [str(dose.id) for dose in doses(near, "2026-12-04", "2026-12-08")]
    assert ids.count("octreotide@2026-12-05/2") == 1
    assert len(ids) == 12


def test_a_dose_may_move_to_a_date_before_the_regimen_began() -> None:
    early = plan(THRICE + moved("octreotide@2026-12-01/1", "2026-11-20T07:00:00"))
    assert named(early, "2026-11-01", "2026-12-01") == {"octreotide@2026-12-01/1": "2026-11-20 07:00"}


def test_a_dose_moved_to_a_date_on_a_journey_follows_the_clocks_there() -> None:
    away = travelling("Europe/Paris", "2026-12-10", "2026-12-24")
    there = plan(away + THRICE + moved("octreotide@2026-12-05/1", "2026-12-11T08:00:00"))
    assert dose_named(there, "octreotide@2026-12-05/1").wall_due.isoformat() == "2026-12-11T08:00:00+01:00"


def test_a_moved_depot_carries_the_later_ones_with_it() -> None:
    found = named(plan(LAR + moved("lar#2", "2026-12-31T15:00:00")), "2026-12-01", "2027-03-01")
    # The day moves; the usual time, 10:00, comes back.
    assert found == {
        "lar#1": "2026-12-01 10:00",
        "lar#2": "2026-12-31 15:00",
        "lar#3": "2027-01-28 10:00",
        "lar#4": "2027-02-25 10:00",
    }


def test_a_depot_moved_forward_carries_the_later_ones_with_it() -> None:
    found = named(plan(LAR + moved("lar#2", "2026-12-22T10:00:00")), "2026-12-22", "2027-02-01")
    assert found == {"lar#2": "2026-12-22 10:00", "lar#3": "2027-01-19 10:00"}


def test_a_depot_moved_on_its_own_date_leaves_the_later_ones() -> None:
    same_day = plan(LAR + moved("lar#2", "2026-12-29T15:00:00"))
    assert due(same_day, "2027-01-01", "2027-02-01") == ["2027-01-26T10:00-05:00"]
    assert reasons(same_day, "lar#3") == []


def test_depots_after_a_moved_one_say_so() -> None:
    later = plan(LAR + moved("lar#2", "2026-12-31T15:00:00"))
    assert [reasons(later, f"lar#{n}") for n in (1, 2, 3)] == [[], ["moved"], ["re-anchored"]]
    assert dose_named(later, "lar#3").reasons[0].text == "counted from dose 2, planned for 2026-12-31"


def test_a_dose_moved_into_a_hold_is_held_and_one_moved_out_of_it_is_not() -> None:
    hold = held("octreotide", "2026-12-05", "2026-12-06")
    into = plan(THRICE + hold + moved("octreotide@2026-12-04/1", "2026-12-05T09:00:00"))
    out_of = plan(THRICE + hold + moved("octreotide@2026-12-05/1", "2026-12-04T09:00:00"))
    assert status(into, "octreotide@2026-12-04/1", "2026-12-01T00:00-05:00") == "held"
    assert status(out_of, "octreotide@2026-12-05/1", "2026-12-01T00:00-05:00") == "upcoming"


def test_a_dose_moved_past_its_neighbour_stays_useful_until_the_dose_after_it() -> None:
    """Moved from 07:00 to 16:00, past the dose of 15:00: the next one is at 23:00, not an hour ago."""
    past = plan(THRICE + moved("octreotide@2026-12-01/1", "2026-12-01T16:00:00"))
    assert status(past, "octreotide@2026-12-01/1", "2026-12-01T16:00-05:00") == "due"
    assert status(past, "octreotide@2026-12-01/1", "2026-12-01T22:59-05:00") == "late"
    assert status(past, "octreotide@2026-12-01/1", "2026-12-01T23:00-05:00") == "missed"


def test_a_dose_before_one_that_was_moved_away_is_useful_until_the_one_after_that() -> None:
    away = plan(THRICE + moved("octreotide@2026-12-01/2", "2026-12-09T12:00:00"))
    assert status(away, "octreotide@2026-12-01/1", "2026-12-01T22:59-05:00") == "late"
    assert status(away, "octreotide@2026-12-01/1", "2026-12-01T23:00-05:00") == "missed"


def test_a_dose_is_useful_only_until_one_that_was_moved_in_front_of_its_next() -> None:
    nearer = plan(THRICE + moved("octreotide@2026-12-01/3", "2026-12-01T10:00:00"))
    assert status(nearer, "octreotide@2026-12-01/1", "2026-12-01T09:59-05:00") == "late"
    assert status(nearer, "octreotide@2026-12-01/1", "2026-12-01T10:00-05:00") == "missed"


def test_the_twelve_hours_of_cabozantinib_count_to_the_next_dose_as_moved() -> None:
    # The next dose moves from 21:00 to 18:00, so the last moment is 06:00 and not 09:00.
    earlier = plan(CABOZANTINIB + moved("cabozantinib@2026-12-02/1", "2026-12-02T18:00:00"))
    assert status(earlier, "cabozantinib@2026-12-01/1", "2026-12-02T05:59-05:00") == "late"
    assert status(earlier, "cabozantinib@2026-12-01/1", "2026-12-02T06:00-05:00") == "missed"


def test_a_moved_dose_is_found_by_its_name_wherever_it_went() -> None:
    gone = plan(THRICE + LAR + moved("octreotide@2026-12-05/2", "2029-01-01T15:30:00"))
    found = find(gone, parse_occurrence_id("octreotide@2026-12-05/2"))
    assert found is not None
    assert f"{found.wall_due:%Y-%m-%d %H:%M}" == "2029-01-01 15:30"


@pytest.mark.parametrize("name", ["lar@2026-12-01/1", "octreotide#1", "octreotide@2026-12-01/4"])
def test_a_name_that_no_dose_has_finds_nothing(name: str) -> None:
    with pytest.raises(PlanFileError, match=r"move\[0\].dose"):
        plan(THRICE + LAR + moved(name, "2026-12-01T10:00:00"))


def test_no_regimen_no_dose() -> None:
    assert find(plan(LAR), parse_occurrence_id("other#1")) is None


def test_a_dose_moved_closer_to_the_next_than_the_label_allows_can_still_be_given() -> None:
    """The team planned it so: it is due, then late until the next one, and no label states that limit."""
    close = plan(CABOZANTINIB + moved("cabozantinib@2026-12-01/1", "2026-12-02T10:00:00"))
    assert dose_named(close, "cabozantinib@2026-12-01/1").window.latest is None
    assert status(close, "cabozantinib@2026-12-01/1", "2026-12-02T10:00-05:00") == "due"
    assert status(close, "cabozantinib@2026-12-01/1", "2026-12-02T20:59-05:00") == "due"
    assert status(close, "cabozantinib@2026-12-01/1", "2026-12-02T21:00-05:00") == "missed"


def test_the_last_dose_moved_to_an_earlier_time_is_not_missed_at_its_own() -> None:
    earlier = plan(THRICE + "doses = 1\n" + moved("octreotide@2026-12-01/1", "2026-12-01T06:00:00"))
    assert status(earlier, "octreotide@2026-12-01/1", "2026-12-01T07:00-05:00") == "late"
    assert status(earlier, "octreotide@2026-12-01/1", "2026-12-01T15:00-05:00") == "missed"
