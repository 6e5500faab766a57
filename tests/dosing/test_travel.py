"""Journeys: `dosing.md`, "Travel"."""

from __future__ import annotations

from collections import Counter

import pytest

from scheduler.dosing.plan_findings import findings
from scheduler.planfile.fault import PlanFileError
from tests.support.plan_text import plan
from tests.support.regimen_text import EVEROLIMUS, LAR, THRICE, course, daily, given, travelling
from tests.support.schedule import dose_named, doses, due, instant, named, reasons
from tests.support.strategies import AROUND

PARIS = travelling("Europe/Paris", "2026-12-10", "2026-12-24")
TOKYO = travelling("Asia/Tokyo", "2026-12-10", "2026-12-24")
HOME = THRICE.replace("[[regimen.phase]]", 'travel = "home"\n[[regimen.phase]]')
NOW = instant("2026-12-01T00:00-05:00")


def test_clock_times_follow_the_traveller_from_the_first_date_to_the_last() -> None:
    there = plan(PARIS + THRICE)
    assert due(there, "2026-12-09", "2026-12-11") == [
        "2026-12-09T07:00-05:00",
        "2026-12-09T15:00-05:00",
        "2026-12-09T23:00-05:00",
        "2026-12-10T07:00+01:00",
        "2026-12-10T15:00+01:00",
        "2026-12-10T23:00+01:00",
    ]
    assert due(there, "2026-12-24", "2026-12-26") == [
        "2026-12-24T07:00+01:00",
        "2026-12-24T15:00+01:00",
        "2026-12-24T23:00+01:00",
        "2026-12-25T07:00-05:00",
        "2026-12-25T15:00-05:00",
        "2026-12-25T23:00-05:00",
    ]


def test_what_stays_on_home_time_does_not_move() -> None:
    assert due(plan(PARIS + HOME), "2026-12-01", "2027-01-01") == due(plan(HOME), "2026-12-01", "2027-01-01")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Asia/Tokyo", "Europe/Paris", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("regimen", [THRICE, HOME])
def test_every_date_and_slot_comes_once(zone: str, regimen: str) -> None:
    away = plan(travelling(zone, "2026-12-10", "2026-12-24") + regimen)
    slots = Counter(str(dose.id) for dose in doses(away, "2026-12-01", "2027-01-01"))
    expected = {f"octreotide@2026-12-{day:02}/{slot}" for day in range(1, 32) for slot in (1, 2, 3)}
    assert slots == Counter(expected)


def test_every_date_keeps_its_three_clock_times_across_the_date_line() -> None:
    away = plan(travelling("Pacific/Kiritimati", "2026-12-10", "2026-12-11") + THRICE)
    found = [f"{dose.wall_due:%d %H:%M}" for dose in doses(away, "2026-12-09", "2026-12-13")]
    expected = [f"{day:02} {time}" for day in range(9, 13) for time in ("07:00", "15:00", "23:00")]
    assert sorted(found) == expected


def test_doses_come_in_order_of_time_and_not_of_the_clock() -> None:
    # 07:00 in Tokyo on the 10th is 17:00 in New York on the 9th, before the dose of 23:00 there.
    assert list(named(plan(TOKYO + THRICE), "2026-12-09", "2026-12-11"))[1:4] == [
        "octreotide@2026-12-09/2",
        "octreotide@2026-12-10/1",
        "octreotide@2026-12-09/3",
    ]


def test_a_period_is_of_local_dates_where_the_dose_is() -> None:
    assert due(plan(TOKYO + EVEROLIMUS), "2026-12-10", "2026-12-11") == ["2026-12-10T08:00+09:00"]


def test_a_depot_on_a_journey_is_at_its_clock_time_there() -> None:
    away = plan(travelling("Asia/Tokyo", "2026-12-29", "2026-12-29") + LAR)
    assert due(away, "2026-12-01", "2027-02-01") == [
        "2026-12-01T10:00-05:00",
        "2026-12-29T10:00+09:00",
        "2027-01-26T10:00-05:00",
    ]


def test_doses_away_from_home_say_so() -> None:
    away = plan(PARIS + THRICE)
    assert [reasons(away, f"octreotide@2026-12-{day}/1") for day in ("09", "10", "24", "25")] == [
        [],
        ["travel"],
        ["travel"],
        [],
    ]
    text = dose_named(away, "octreotide@2026-12-10/1").reasons[0].text
    assert text == "away from home: the clock times follow Europe/Paris"


def test_doses_on_home_time_have_nothing_to_explain() -> None:
    assert reasons(plan(PARIS + HOME), "octreotide@2026-12-10/1") == []


@pytest.mark.parametrize("regimen", [THRICE, HOME])
def test_the_time_given_is_read_where_the_patient_was(regimen: str) -> None:
    away = plan(PARIS + regimen + given("octreotide@2026-12-10/2", "2026-12-10T15:20:00"))
    given_at = dose_named(away, "octreotide@2026-12-10/2").given_at
    assert given_at is not None
    assert given_at.isoformat() == "2026-12-10T14:20:00+00:00"


def test_two_journeys_one_after_the_other() -> None:
    both = PARIS + travelling("Asia/Tokyo", "2026-12-25", "2026-12-26")
    assert due(plan(both + EVEROLIMUS), "2026-12-24", "2026-12-28") == [
        "2026-12-24T08:00+01:00",
        "2026-12-25T08:00+09:00",
        "2026-12-26T08:00+09:00",
        "2026-12-27T08:00-05:00",
    ]


def test_journeys_that_overlap_are_refused() -> None:
    both = PARIS + travelling("Asia/Tokyo", "2026-12-24", "2026-12-26")
    with pytest.raises(PlanFileError, match="2026-12-24 begins before the one from 2026-12-10 has ended"):
        plan(both + EVEROLIMUS)


def test_a_journey_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(PlanFileError, match="ends on 2026-12-09, before it begins on 2026-12-10"):
        plan(travelling("Asia/Tokyo", "2026-12-10", "2026-12-09") + EVEROLIMUS)


def gaps(text: str, at: str = "2026-12-01T00:00-05:00") -> list[tuple[str | None, str]]:
    found = findings(plan(text), AROUND, instant(at))
    return [(finding.dose, finding.text) for finding in found if finding.code == "travel-gap"]


def test_a_change_of_zone_that_brings_doses_too_close_or_too_far_apart_is_told() -> None:
    # East: 23:00 in New York is 05:00 in Paris, two hours before 07:00. West: 23:00 in Paris is 17:00 in
    # New York, fourteen hours before 07:00.
    there, back = gaps(PARIS + THRICE)
    usual = "after the one before, where 8 hours are usual. Ask the team how to change over."
    assert there == (
        "octreotide@2026-12-10/1",
        f"the first dose by the clocks of Europe/Paris, on 2026-12-10, comes 2 hours {usual}",
    )
    assert back == (
        "octreotide@2026-12-25/1",
        f"the first dose by the clocks of America/New_York, on 2026-12-25, comes 14 hours {usual}",
    )


def test_a_first_dose_that_comes_before_the_last_one_is_told() -> None:
    assert "comes before the one before it" in gaps(TOKYO + THRICE)[0][1]


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Paris", 0),  # 6 hours: 24 becomes 18 and 30
        ("Asia/Jerusalem", 0),  # 7 hours: 17 and 31
        ("Europe/Moscow", 0),  # 8 hours: 16 and 32 are the limits themselves
        ("Asia/Dubai", 2),  # 9 hours: 15 and 33
    ],
)
def test_once_a_day_bears_a_change_of_up_to_eight_hours(zone: str, told: int) -> None:
    assert len(gaps(travelling(zone, "2026-12-10", "2026-12-24") + EVEROLIMUS)) == told


def test_a_change_of_zone_that_is_past_is_not_told() -> None:
    assert [dose for dose, _ in gaps(PARIS + THRICE, "2026-12-15T00:00+01:00")] == ["octreotide@2026-12-25/1"]
    assert gaps(PARIS + THRICE, "2026-12-26T00:00-05:00") == []


def test_home_time_and_depots_have_no_gap_to_tell() -> None:
    assert gaps(TOKYO + HOME + LAR) == []


def test_a_gap_is_of_doses_that_follow_each_other() -> None:
    """A course that begins on the journey has no dose before it."""
    assert gaps(TOKYO + daily("07:00", "15:00", "23:00", start="2026-12-12", more='for = "2 d"\n')) == []


def test_elapsed_hours_have_the_date_of_where_they_are_taken_on_the_way_back() -> None:
    tokyo = travelling("Asia/Tokyo", "2026-12-10", "2026-12-20")
    every_6_hours = course('dose = "50 ug"\nevery = "6 h"\nstart = 2026-12-19T08:00:00')
    found = doses(plan(tokyo + every_6_hours), "2026-12-20", "2026-12-21")
    assert {str(dose.local_date) for dose in found} == {"2026-12-20"}
    assert len({dose.id for dose in found}) == len(found)
