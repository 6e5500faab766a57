"""From when a regimen is stopped, and what stands all the same. 1 December 2026 is a Tuesday."""

from __future__ import annotations

import pytest

from scheduler.dosing.consistency import inconsistencies
from scheduler.planfile.fault import PlanFileError
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, THRICE, course, given, not_given
from tests.support.schedule import amended, dose_dates, doses, due, each_day, named, status

EIGHT_HOURLY = course('dose = "100 ug"\nevery = "8 h"\nstart = 2026-12-01T07:00:00')
CYCLE = 'cycle = { length = "28 d", on = ["1-14"] }\ntimes = ["08:00"]\n'


def stopped(text: str, at: str) -> str:
    return text.replace("[[regimen.phase]]", f"stop = {{ at = {at} }}\n[[regimen.phase]]", 1)


def names(text: str) -> list[str]:
    return [str(dose.id) for dose in doses(plan(text), "2026-12-03", "2030-01-01")]


def test_a_stop_at_the_time_of_a_dose_leaves_it_out() -> None:
    text = stopped(THRICE, "2026-12-03T15:00:00")
    assert due(plan(text), "2026-12-03", "2027-12-01") == ["2026-12-03T07:00-05:00"]


def test_a_stop_a_minute_later_leaves_it_in() -> None:
    text = stopped(THRICE, "2026-12-03T15:01:00")
    assert due(plan(text), "2026-12-03", "2027-12-01") == [
        "2026-12-03T07:00-05:00",
        "2026-12-03T15:00-05:00",
    ]


def test_a_stop_ends_what_is_still_open() -> None:
    of = plan(stopped(THRICE, "2026-12-03T16:30:00"))
    assert status(of, "octreotide@2026-12-03/2", "2026-12-03T16:29-05:00") == "late"
    assert status(of, "octreotide@2026-12-03/2", "2026-12-03T16:30-05:00") == "missed"
    assert status(of, "octreotide@2026-12-02/2", "2026-12-02T22:59-05:00") == "late"


def test_a_stop_in_the_morning_of_a_depot_leaves_it_out() -> None:
    assert dose_dates(plan(stopped(LAR, "2026-12-29T09:00:00")), "lar", "2026-12-01", "2030-01-01") == [
        "2026-12-01"
    ]


def test_a_depot_given_after_the_stop_was_given() -> None:
    text = stopped(LAR, "2026-12-28T09:00:00") + given("lar#2", "2026-12-29T10:00:00")
    assert dose_dates(plan(text), "lar", "2026-12-01", "2030-01-01") == ["2026-12-01", "2026-12-29"]


def test_a_stop_of_elapsed_hours() -> None:
    text = stopped(EIGHT_HOURLY, "2026-12-01T20:00:00")
    assert named(plan(text), "2026-12-01", "2030-01-01") == {
        "a#1": "2026-12-01 07:00",
        "a#2": "2026-12-01 15:00",
    }


def test_a_stop_in_the_days_off_of_a_cycle_leaves_the_cycle_whole() -> None:
    text = stopped(course(f'dose = "1500 mg"\n{CYCLE}start = 2026-12-07'), "2026-12-24T12:00:00")
    assert dose_dates(plan(text), "a", "2026-12-01", "2030-01-01") == each_day("2026-12-07", "2026-12-20")


class TestWhatWasRecordedStands:
    def test_a_dose_given_a_little_early_before_the_stop(self) -> None:
        text = stopped(THRICE, "2026-12-03T06:50:00") + given(
            "octreotide@2026-12-03/1", "2026-12-03T06:45:00"
        )
        assert names(text) == ["octreotide@2026-12-03/1"]
        assert status(plan(text), "octreotide@2026-12-03/1", "2026-12-03T06:55-05:00") == "given"

    def test_a_dose_that_was_called_off_beforehand(self) -> None:
        called_off = not_given("octreotide@2026-12-03/3", "2026-12-03T16:00:00")
        assert names(stopped(THRICE, "2026-12-03T16:30:00") + called_off) == [
            "octreotide@2026-12-03/1",
            "octreotide@2026-12-03/2",
            "octreotide@2026-12-03/3",
        ]

    def test_the_doses_of_the_next_date_given_before_midnight(self) -> None:
        text = stopped(THRICE, "2026-12-02T23:55:00") + given(
            "octreotide@2026-12-03/1", "2026-12-02T23:50:00"
        )
        assert names(text) == ["octreotide@2026-12-03/1"]

    def test_an_eight_hourly_dose_given_early(self) -> None:
        text = stopped(EIGHT_HOURLY, "2026-12-03T06:50:00") + given("a#7", "2026-12-03T06:45:00")
        assert names(text) == ["a#7"]

    def test_only_as_far_as_they_follow_one_another(self) -> None:
        far = given("octreotide@2026-12-03/2", "2026-12-03T06:45:00")
        with pytest.raises(PlanFileError, match="is no planned dose"):
            plan(stopped(THRICE, "2026-12-03T06:50:00") + far)

    def test_a_depot_given_early_or_called_off_beforehand(self) -> None:
        for record in (given("lar#2", "2026-12-28T08:00:00"), not_given("lar#2", "2026-12-28T08:00:00")):
            text = stopped(LAR, "2026-12-28T09:00:00") + record
            assert dose_dates(plan(text), "lar", "2026-12-01", "2030-01-01") == ["2026-12-01", "2026-12-29"]

    def test_a_later_version_goes_on_with_the_next_number(self) -> None:
        text = stopped(THRICE, "2026-12-03T06:50:00") + given(
            "octreotide@2026-12-03/1", "2026-12-03T06:45:00"
        )
        again = amended(plan(text), "2026-12-05", plan(THRICE))
        found = doses(again, "2026-12-03", "2026-12-06")
        assert [f"{dose.id} {dose.number}" for dose in found] == [
            "octreotide@2026-12-03/1 7",
            "octreotide@2026-12-05/1 8",
            "octreotide@2026-12-05/2 9",
            "octreotide@2026-12-05/3 10",
        ]
        assert not list(inconsistencies(again))
