"""Why a dose is when it is, in one or two plain sentences."""

from __future__ import annotations

import pytest

from scheduler.dosing.explanation import explain
from tests.support.plan_text import plan
from tests.support.regimen_text import (
    CABOZANTINIB,
    EVEROLIMUS,
    LAR,
    THRICE,
    course,
    given,
    held,
    moved,
    not_given,
    travelling,
)
from tests.support.schedule import dose_named, instant

LONG_BEFORE = "2026-11-01T12:00-05:00"


def told(text: str, dose: str, moment: str = LONG_BEFORE) -> str:
    of = plan(text)
    return explain(of, dose_named(of, dose), instant(moment))


def test_a_dose_of_a_grid_is_where_its_phase_has_it() -> None:
    assert told(THRICE, "octreotide@2026-12-03/2") == (
        "octreotide@2026-12-03/2 is Octreotide (short-acting) 100 micrograms, "
        "planned for Thursday 3 December 2026 at 15:00 (America/New_York): "
        "its phase has doses every day at 07:00, 15:00 and 23:00."
    )


def test_the_first_dose_of_a_chain_starts_it() -> None:
    assert told(LAR, "lar#1") == (
        "lar#1 is Octreotide LAR 20 mg, planned for Tuesday 1 December 2026 at 10:00 (America/New_York): "
        "the regimen starts with it and goes on every 4 weeks at 10:00."
    )


def test_a_later_one_counts_from_the_one_before() -> None:
    assert told(LAR, "lar#2").endswith(
        ": 4 weeks are counted from dose 1, which is planned for 1 December 2026."
    )
    late = LAR + given("lar#1", "2026-12-03T11:00:00")
    assert told(late, "lar#2").endswith(
        "planned for Thursday 31 December 2026 at 10:00 (America/New_York): "
        "4 weeks are counted from dose 1, which was given on 3 December 2026."
    )
    assert told(LAR + not_given("lar#1", "2026-12-01T11:00:00"), "lar#2").endswith(
        ": 4 weeks are counted from dose 1, which was not given and was planned for 1 December 2026."
    )


def test_a_move_and_a_journey_are_told_beside_the_rhythm() -> None:
    text = travelling("Europe/Paris", "2026-12-10", "2026-12-24") + EVEROLIMUS
    assert told(text, "everolimus@2026-12-10/1").endswith(
        "(Europe/Paris): its phase has doses every day at 08:00; "
        "away from home: the clock times follow Europe/Paris."
    )
    assert told(
        EVEROLIMUS + moved("everolimus@2026-12-03/1", "2026-12-03T10:00:00"), "everolimus@2026-12-03/1"
    ) == (
        "everolimus@2026-12-03/1 is Everolimus 10 mg, planned for Thursday 3 December 2026 at 10:00 "
        "(America/New_York): its phase has doses every day at 08:00; "
        "moved from 2026-12-03 08:00: nurse on leave."
    )


def test_a_depot_after_a_hold_says_so() -> None:
    assert told(LAR + held("lar", "2026-12-20", "2027-01-03"), "lar#2").endswith(
        "planned for Monday 4 January 2027 at 10:00 (America/New_York): 4 weeks are counted from dose 1, "
        "which is planned for 1 December 2026; "
        "planned for the day after the hold that ends on 2027-01-03: surgery."
    )


def test_a_withheld_dose_says_by_what() -> None:
    dated, open_ended = held("everolimus", "2026-12-02", "2026-12-04"), held("everolimus", "2026-12-02")
    assert told(EVEROLIMUS + dated, "everolimus@2026-12-03/1").endswith(
        ". It is withheld by the hold from 2 December 2026 to 4 December 2026: surgery."
    )
    assert told(EVEROLIMUS + open_ended, "everolimus@2026-12-03/1").endswith(
        ". It is withheld by the hold from 2 December 2026 until further notice: surgery."
    )
    silent = open_ended.replace('reason = "surgery"', 'reason = " "')
    assert told(EVEROLIMUS + silent, "everolimus@2026-12-03/1").endswith("until further notice.")


@pytest.mark.parametrize(
    ("moment", "standing"),
    [
        ("2026-12-02T07:59-05:00", "every day at 08:00."),
        ("2026-12-02T08:00-05:00", " It is due now."),
        ("2026-12-02T14:00-05:00", " It was missed: nothing was recorded while it was of use."),
    ],
)
def test_it_says_how_the_dose_stands(moment: str, standing: str) -> None:
    assert told(EVEROLIMUS, "everolimus@2026-12-02/1", moment).endswith(standing)


def test_a_late_dose_that_soon_is_pointless_is_late_without_days() -> None:
    told_late = told(THRICE, "octreotide@2026-12-02/1", "2026-12-02T09:00-05:00")
    assert told_late.endswith(" It is late: nothing is recorded yet.")


@pytest.mark.parametrize(
    ("moment", "days"), [("2026-12-02T09:00-05:00", "1 day"), ("2026-12-04T09:00-05:00", "3 days")]
)
def test_an_overdue_depot_is_late_by_days(moment: str, days: str) -> None:
    assert told(LAR, "lar#1", moment).endswith(f" It is late by {days}: nothing is recorded yet.")


def test_what_was_recorded_is_told() -> None:
    assert told(LAR + given("lar#1", "2026-12-03T11:05:00", "gluteal-left"), "lar#1").endswith(
        " It was given on Thursday 3 December 2026 at 11:05, gluteal-left."
    )
    assert told(
        CABOZANTINIB + given("cabozantinib@2026-12-01/1", "2026-12-01T22:00:00"), "cabozantinib@2026-12-01/1"
    ).endswith(" It was given on Tuesday 1 December 2026 at 22:00.")
    assert told(LAR + not_given("lar#1", "2026-12-03T11:05:00"), "lar#1").endswith(
        " It was recorded as not given: ill."
    )


def test_what_is_given_as_needed_has_limits_and_no_plan() -> None:
    text = course('dose = "50 ug"\nas_needed = { max_per_day = 2, min_gap = "4 h" }\nstart = 2026-12-01')
    assert told(text + given("a@2026-12-03/1", "2026-12-03T09:10:00"), "a@2026-12-03/1") == (
        "a@2026-12-03/1 is Octreotide (short-acting) 50 micrograms, as needed, at most 2 a day and 4 hours "
        "apart. It was given on Thursday 3 December 2026 at 09:10."
    )


def test_elapsed_hours_are_told_as_such() -> None:
    text = course('dose = "50 ug"\nevery = "8 h"\nstart = 2026-12-01T07:00:00')
    assert ": its phase has doses every 8 hours." in told(text, "a#3")
