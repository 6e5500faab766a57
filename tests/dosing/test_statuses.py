"""What a dose is at a moment: `dosing.md`, "Windows and statuses". All times New York unless said."""

from __future__ import annotations

import pytest

from scheduler.dosing.status import days_overdue, overdue
from tests.support.plan_text import plan
from tests.support.regimen_text import (
    CABOZANTINIB,
    EVEROLIMUS,
    LAR,
    THRICE,
    daily,
    given,
    held,
    moved,
    not_given,
    travelling,
)
from tests.support.schedule import dose_named, instant, status


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-01T06:59:59-05:00", "upcoming"),
        ("2026-12-01T07:00-05:00", "due"),
        ("2026-12-01T07:59:59-05:00", "due"),
        ("2026-12-01T08:00-05:00", "late"),
        ("2026-12-01T14:59:59-05:00", "late"),
        ("2026-12-01T15:00-05:00", "missed"),
        ("2027-12-01T15:00-05:00", "missed"),
    ],
)
def test_an_injection_of_three_a_day_is_due_for_an_hour_and_missed_at_the_next(
    moment: str, expected: str
) -> None:
    assert status(plan(THRICE), "octreotide@2026-12-01/1", moment) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-02T00:14:59-05:00", "due"),
        ("2026-12-02T00:15-05:00", "late"),
        ("2026-12-02T06:59:59-05:00", "late"),
        ("2026-12-02T07:00-05:00", "missed"),
    ],
)
def test_the_last_injection_of_a_day_is_missed_at_the_first_of_the_next(moment: str, expected: str) -> None:
    thrice = plan(THRICE.replace("23:00", "23:15"))
    assert status(thrice, "octreotide@2026-12-01/3", moment) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-01T07:59:59-05:00", "upcoming"),
        ("2026-12-01T08:00-05:00", "due"),
        ("2026-12-01T13:59:59-05:00", "due"),
        ("2026-12-01T14:00-05:00", "missed"),
    ],
)
def test_everolimus_is_missed_six_hours_after_its_usual_time(moment: str, expected: str) -> None:
    """Within the day it stays due: six hours are over before the date is."""
    assert status(plan(EVEROLIMUS), "everolimus@2026-12-01/1", moment) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-01T23:59:59-05:00", "due"),
        ("2026-12-02T00:00-05:00", "late"),
        ("2026-12-02T03:59:59-05:00", "late"),
        ("2026-12-02T04:00-05:00", "missed"),
    ],
)
def test_everolimus_in_the_evening_is_late_after_midnight(moment: str, expected: str) -> None:
    evening = plan(EVEROLIMUS.replace("08:00", "22:00"))
    assert status(evening, "everolimus@2026-12-01/1", moment) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-01T20:59:59-05:00", "upcoming"),
        ("2026-12-01T21:00-05:00", "due"),
        ("2026-12-01T23:59:59-05:00", "due"),
        ("2026-12-02T00:00-05:00", "late"),
        ("2026-12-02T08:59:59-05:00", "late"),
        ("2026-12-02T09:00-05:00", "missed"),
    ],
)
def test_cabozantinib_is_missed_when_the_next_dose_is_less_than_twelve_hours_away(
    moment: str, expected: str
) -> None:
    assert status(plan(CABOZANTINIB), "cabozantinib@2026-12-01/1", moment) == expected


def test_the_twelve_hours_of_cabozantinib_are_elapsed_hours_also_when_clocks_change() -> None:
    # The next dose is on 1 November at 21:00 winter time; twelve hours before, the clocks show 09:00.
    autumn = plan(CABOZANTINIB.replace("2026-12-01", "2026-10-31"))
    assert status(autumn, "cabozantinib@2026-10-31/1", "2026-11-01T08:59-05:00") == "late"
    assert status(autumn, "cabozantinib@2026-10-31/1", "2026-11-01T09:00-05:00") == "missed"


def test_the_last_cabozantinib_is_useful_as_if_another_followed() -> None:
    last = plan(CABOZANTINIB + "doses = 1\n")
    assert status(last, "cabozantinib@2026-12-01/1", "2026-12-02T08:59-05:00") == "late"
    assert status(last, "cabozantinib@2026-12-01/1", "2026-12-02T09:00-05:00") == "missed"


def test_the_last_injection_is_useful_until_the_next_would_have_been() -> None:
    last = plan(THRICE + "doses = 4\n")
    assert status(last, "octreotide@2026-12-02/1", "2026-12-02T14:59-05:00") == "late"
    assert status(last, "octreotide@2026-12-02/1", "2026-12-02T15:00-05:00") == "missed"
    whole_days = plan(THRICE + "doses = 3\n")
    assert status(whole_days, "octreotide@2026-12-01/3", "2026-12-02T06:59-05:00") == "late"
    assert status(whole_days, "octreotide@2026-12-01/3", "2026-12-02T07:00-05:00") == "missed"


@pytest.mark.parametrize("product", ["everolimus", "cabozantinib"])
def test_the_rule_of_one_market_is_not_used_for_another(product: str) -> None:
    """The European rules are not verified, so a dose is missed at the next one."""
    text = EVEROLIMUS.replace('product = "everolimus"', f'product = "{product}"')
    european = plan(text, market="eu", zone="Europe/Berlin")
    dose = dose_named(european, "everolimus@2026-12-01/1")
    assert dose.window.latest is None
    assert status(european, "everolimus@2026-12-01/1", "2026-12-02T07:59+01:00") == "late"
    assert status(european, "everolimus@2026-12-01/1", "2026-12-02T08:00+01:00") == "missed"


def test_a_window_holds_only_what_a_label_states() -> None:
    text = EVEROLIMUS + CABOZANTINIB + THRICE + LAR
    ids = ["everolimus@2026-12-01/1", "cabozantinib@2026-12-01/1", "octreotide@2026-12-01/1", "lar#1"]
    windows = [dose_named(plan(text), name).window for name in ids]
    assert [window.latest and window.latest.isoformat() for window in windows] == [
        "2026-12-01T19:00:00+00:00",
        "2026-12-02T14:00:00+00:00",
        None,
        None,
    ]
    assert {window.earliest for window in windows} == {None}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-01T09:59:59-05:00", "upcoming"),
        ("2026-12-01T10:00-05:00", "due"),
        ("2026-12-01T23:59:59-05:00", "due"),
        ("2026-12-02T00:00-05:00", "late"),
        ("2026-12-29T10:00-05:00", "late"),
        ("2036-12-01T10:00-05:00", "late"),
    ],
)
def test_a_depot_is_due_all_day_then_late_and_never_missed(moment: str, expected: str) -> None:
    assert status(plan(LAR), "lar#1", moment) == expected


def test_a_depot_on_a_grid_is_never_missed_either() -> None:
    on_grid = plan(LAR.replace("[[regimen.phase]]", 'anchor = "scheduled"\n[[regimen.phase]]'))
    assert status(on_grid, "lar@2026-12-01/1", "2027-12-01T10:00-05:00") == "late"


def test_the_day_of_a_depot_ends_at_midnight_where_the_patient_is() -> None:
    # Clocks go back on 1 November: the date lasts 25 hours.
    autumn = plan(LAR.replace("2026-12-01", "2026-11-01"))
    assert status(autumn, "lar#1", "2026-11-02T04:59:59+00:00") == "due"
    assert status(autumn, "lar#1", "2026-11-02T05:00:00+00:00") == "late"


def test_once_a_day_is_due_until_the_end_of_the_day() -> None:
    once = plan(daily("08:00"))
    assert status(once, "octreotide@2026-12-01/1", "2026-12-01T23:59-05:00") == "due"
    assert status(once, "octreotide@2026-12-01/1", "2026-12-02T00:00-05:00") == "late"
    assert status(once, "octreotide@2026-12-01/1", "2026-12-02T08:00-05:00") == "missed"


@pytest.mark.parametrize(
    "moment", ["2026-11-01T00:00-04:00", "2026-12-01T07:30-05:00", "2027-12-01T00:00-05:00"]
)
def test_what_was_recorded_wins_over_the_clock(moment: str) -> None:
    yes = plan(THRICE + given("octreotide@2026-12-01/1", "2026-12-01T07:05:00"))
    no = plan(THRICE + not_given("octreotide@2026-12-01/1", "2026-12-01T07:05:00"))
    assert status(yes, "octreotide@2026-12-01/1", moment) == "given"
    assert status(no, "octreotide@2026-12-01/1", moment) == "not_given"


@pytest.mark.parametrize(
    "moment", ["2026-11-01T00:00-04:00", "2026-12-01T07:30-05:00", "2027-12-01T00:00-05:00"]
)
def test_a_hold_wins_over_the_clock(moment: str) -> None:
    withheld = plan(THRICE + held("octreotide", "2026-12-01", "2026-12-01"))
    assert status(withheld, "octreotide@2026-12-01/1", moment) == "held"


def test_what_was_recorded_wins_over_a_hold() -> None:
    text = THRICE + held("octreotide", "2026-12-01") + given("octreotide@2026-12-01/1", "2026-12-01T07:05:00")
    assert status(plan(text), "octreotide@2026-12-01/1", "2026-12-01T07:30-05:00") == "given"


def test_a_dose_before_a_journey_east_is_useful_until_the_first_one_there() -> None:
    """23:00 in New York is 13:00 in Tokyo: the dose of 07:00 there was nine hours before, 15:00 is next."""
    away = plan(travelling("Asia/Tokyo", "2026-12-10", "2026-12-24") + THRICE)
    assert status(away, "octreotide@2026-12-09/3", "2026-12-09T23:00-05:00") == "due"
    assert status(away, "octreotide@2026-12-09/3", "2026-12-10T14:59+09:00") == "late"
    assert status(away, "octreotide@2026-12-09/3", "2026-12-10T15:00+09:00") == "missed"


def test_overdue_depots_are_listed_with_their_days_until_something_is_recorded() -> None:
    moment = instant("2027-01-05T08:00-05:00")
    found = overdue(plan(LAR), moment)
    assert [(str(dose.id), days_overdue(dose, moment)) for dose in found] == [("lar#1", 35), ("lar#2", 7)]


def test_a_depot_that_was_given_or_not_given_is_not_overdue() -> None:
    text = LAR + given("lar#1", "2026-12-01T10:00:00") + not_given("lar#2", "2026-12-29T10:00:00")
    assert overdue(plan(text), instant("2027-01-05T08:00-05:00")) == []


def test_a_depot_is_not_overdue_on_its_own_date() -> None:
    assert overdue(plan(LAR), instant("2026-12-01T23:59-05:00")) == []
    assert [str(dose.id) for dose in overdue(plan(LAR), instant("2026-12-02T00:00-05:00"))] == ["lar#1"]


def test_a_depot_moved_to_a_later_date_is_not_overdue_before_it() -> None:
    later = plan(LAR + moved("lar#1", "2026-12-10T10:00:00"))
    assert overdue(later, instant("2026-12-05T00:00-05:00")) == []


def test_a_held_depot_is_not_overdue() -> None:
    assert overdue(plan(LAR + held("lar", "2026-12-01")), instant("2027-06-01T00:00-04:00")) == []


def test_a_missed_injection_is_missed_and_not_overdue() -> None:
    assert overdue(plan(THRICE), instant("2027-06-01T00:00-04:00")) == []


def test_a_depot_is_overdue_as_soon_as_its_date_is_over_where_the_patient_is() -> None:
    """On a journey to Auckland the 10th ends 18 hours before it does in New York."""
    away = plan(travelling("Pacific/Auckland", "2026-12-05", "2026-12-24") + LAR.replace("12-01", "12-10"))
    assert overdue(away, instant("2026-12-10T23:59+13:00")) == []
    found = overdue(away, instant("2026-12-11T00:00+13:00"))
    assert [str(dose.id) for dose in found] == ["lar#1"]


def test_overdue_doses_come_in_order_of_time() -> None:
    text = LAR.replace("2026-12-01", "2026-12-02") + LAR.replace('"lar"', '"second"')
    found = overdue(plan(text), instant("2026-12-10T00:00-05:00"))
    assert [str(dose.id) for dose in found] == ["second#1", "lar#1"]
