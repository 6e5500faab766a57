"""From which date on planning reads what was recorded. 1 June 2027 is a Tuesday."""

from __future__ import annotations

from datetime import UTC, date, datetime

from scheduler.reminders.calling_doses import records_wanted_from
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, THRICE

NOON = datetime(2027, 6, 1, 16, 0, tzinfo=UTC)
ON_A_GRID = LAR.replace("[[regimen.phase]]", 'anchor = "scheduled"\n[[regimen.phase]]', 1)


def test_of_doses_by_the_clock_those_of_the_last_days() -> None:
    assert records_wanted_from(plan(THRICE), NOON, ()) == date(2027, 5, 28)


def test_of_a_depot_as_long_as_somebody_may_be_told_of_it() -> None:
    assert records_wanted_from(plan(THRICE + ON_A_GRID), NOON, ()) == date(2027, 4, 29)


def test_a_depot_that_is_counted_from_the_last_one_given_makes_no_difference() -> None:
    assert records_wanted_from(plan(THRICE + LAR), NOON, ()) == date(2027, 5, 28)
    assert records_wanted_from(plan(LAR), NOON, ()) == date(2027, 5, 30)


def test_what_still_waits_to_be_told_however_old_its_dose_is() -> None:
    waits = ("octreotide@2027-01-03/2", "octreotide@2027-05-31/1", "lar#3")
    assert records_wanted_from(plan(THRICE + LAR), NOON, waits) == date(2027, 1, 3)


def test_the_local_date_of_the_patient_counts() -> None:
    before_midnight = datetime(2027, 6, 1, 3, 59, tzinfo=UTC)
    assert records_wanted_from(plan(THRICE), before_midnight, ()) == date(2027, 5, 27)
