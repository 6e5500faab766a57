"""Until when a dose of the newer timings is due and of use, and who says so. All times New York."""

from __future__ import annotations

import pytest

from scheduler.dosing.usefulness import needs_next
from tests.support.plan_text import plan
from tests.support.regimen_text import CABOZANTINIB, EVEROLIMUS, LAR, THRICE, course, moved
from tests.support.schedule import dose_named, instant, status

HOURS = course('dose = "50 ug"\nevery = "8 h"\nstart = 2026-12-01T07:00:00')
WEEKDAYS = course('dose = "90 ug"\nweekdays = ["mon", "thu"]\ntimes = ["08:00"]\nstart = 2026-12-07')
CYCLE = course(
    'dose = "90 ug"\ncycle = { length = "28 d", on = ["1-14"] }\ntimes = ["08:00"]\nstart = 2026-12-07'
)
RESCUE = course('dose = "50 ug"\nas_needed = { max_per_day = 4 }\nstart = 2026-12-01')


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-01T06:59-05:00", "upcoming"),
        ("2026-12-01T07:59-05:00", "due"),
        ("2026-12-01T08:00-05:00", "late"),
        ("2026-12-01T14:59-05:00", "late"),
        ("2026-12-01T15:00-05:00", "missed"),
    ],
)
def test_a_dose_of_elapsed_hours_is_due_for_an_hour_and_missed_at_the_next(
    moment: str, expected: str
) -> None:
    assert status(plan(HOURS), "a#1", moment) == expected


def test_the_last_dose_of_hours_is_useful_until_the_next_one_would_come() -> None:
    last = plan(HOURS + "doses = 1\n")
    assert status(last, "a#1", "2026-12-01T14:59-05:00") == "late"
    assert status(last, "a#1", "2026-12-01T15:00-05:00") == "missed"


def test_a_dose_of_hours_counted_from_the_last_one_given_stays_late() -> None:
    counted = plan(HOURS.replace("\n\n[[regimen.phase]]", '\nanchor = "last-given"\n[[regimen.phase]]'))
    assert status(counted, "a#1", "2027-12-01T07:00-05:00") == "late"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-10T23:59-05:00", "due"),
        ("2026-12-11T00:00-05:00", "late"),
        ("2026-12-14T07:59-05:00", "late"),
        ("2026-12-14T08:00-05:00", "missed"),
    ],
)
def test_a_dose_on_thursday_is_due_all_day_and_missed_at_the_one_on_monday(
    moment: str, expected: str
) -> None:
    assert status(plan(WEEKDAYS), "a@2026-12-10/1", moment) == expected


@pytest.mark.parametrize(
    ("moment", "expected"), [("2027-01-04T07:59-05:00", "late"), ("2027-01-04T08:00-05:00", "missed")]
)
def test_the_last_dose_of_a_cycle_is_missed_at_the_first_of_the_next(moment: str, expected: str) -> None:
    assert status(plan(CYCLE), "a@2026-12-20/1", moment) == expected


def test_everolimus_every_so_many_hours_keeps_the_six_hours_of_its_label() -> None:
    text = HOURS.replace("octreotide-sc", "everolimus").replace("8 h", "24 h")
    window = dose_named(plan(text), "a#1").window
    assert (window.latest, window.stated_by) == (instant("2026-12-01T13:00-05:00"), "label")
    assert status(plan(text), "a#1", "2026-12-01T13:00-05:00") == "missed"


def test_cabozantinib_on_weekdays_keeps_the_twelve_hours_of_its_label() -> None:
    # The next one is on Monday 14 December at 08:00.
    window = dose_named(plan(WEEKDAYS.replace("octreotide-sc", "cabozantinib")), "a@2026-12-10/1").window
    assert (window.latest, window.stated_by) == (instant("2026-12-13T20:00-05:00"), "label")


def test_where_no_label_states_a_limit_the_window_is_empty() -> None:
    for text, name in ((HOURS, "a#1"), (WEEKDAYS, "a@2026-12-10/1"), (CYCLE, "a@2026-12-07/1")):
        window = dose_named(plan(text), name).window
        assert (window.earliest, window.latest, window.stated_by) == (None, None, None)


def test_a_dose_of_hours_moved_past_the_next_is_useful_until_the_one_after_that() -> None:
    past = plan(HOURS + moved("a#1", "2026-12-01T16:00:00"))
    assert status(past, "a#1", "2026-12-01T22:59-05:00") == "late"
    assert status(past, "a#1", "2026-12-01T23:00-05:00") == "missed"


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (THRICE, True),
        (HOURS, True),
        (WEEKDAYS, True),
        (CYCLE, True),
        (CABOZANTINIB, True),  # twelve hours before the next one
        (EVEROLIMUS, False),  # six hours after its own time
        (LAR, False),
        (RESCUE, False),
    ],
)
def test_only_a_grid_without_a_rule_of_its_own_asks_for_the_next_dose(text: str, needed: bool) -> None:
    assert needs_next(plan(text).regimens[0]) is needed
