"""A regimen changed in mid-course from a date on. 1 December 2026 is a Tuesday."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from scheduler.dosing.plan import Plan
from scheduler.dosing.refusal import DosingError
from tests.support.plan_text import plan
from tests.support.regimen_text import (
    EVEROLIMUS,
    LAR,
    LAR_20_THEN_30,
    THRICE,
    course,
    given,
    held,
    moved,
    not_given,
)
from tests.support.schedule import (
    amended,
    amounts,
    dose_dates,
    dose_named,
    doses,
    instant,
    named,
    reasons,
    status,
)

FORTNIGHTLY = LAR.replace("4 wk", "2 wk")
STRONGER = LAR.replace("20 mg", "30 mg")
TWICE = THRICE.replace('"07:00", "15:00", "23:00"', '"08:00", "20:00"').replace("100 ug", "150 ug")
EVERY_2_DAYS = course('dose = "50 ug"\nevery = "2 d"\ntimes = ["08:00"]\nstart = 2026-12-01')
EVERY_3_DAYS = EVERY_2_DAYS.replace("2 d", "3 d")


def changed(before: str, on: str, after: str, more: str = "") -> Plan:
    return amended(plan(before + more), on, plan(after))


def lar(of: Plan) -> list[str]:
    return dose_dates(of, "lar", "2026-12-01", "2027-02-16")


class TestOnAGrid:
    def test_times_and_amount_change_and_names_and_numbers_run_on(self) -> None:
        # Nine dates of three before the 10th.
        found = doses(changed(THRICE, "2026-12-10", TWICE), "2026-12-09", "2026-12-12")
        assert [f"{d.id} {d.number} {d.wall_due:%H:%M} {d.dose}" for d in found] == [
            "octreotide@2026-12-09/1 25 07:00 100 ug",
            "octreotide@2026-12-09/2 26 15:00 100 ug",
            "octreotide@2026-12-09/3 27 23:00 100 ug",
            "octreotide@2026-12-10/1 28 08:00 150 ug",
            "octreotide@2026-12-10/2 29 20:00 150 ug",
            "octreotide@2026-12-11/1 30 08:00 150 ug",
            "octreotide@2026-12-11/2 31 20:00 150 ug",
        ]

    def test_nothing_before_the_date_changes(self) -> None:
        before, after = plan(THRICE), changed(THRICE, "2026-12-10", TWICE)
        assert doses(after, "2026-12-01", "2026-12-09") == doses(before, "2026-12-01", "2026-12-09")
        assert named(after, "2026-12-09", "2026-12-10") == named(before, "2026-12-09", "2026-12-10")

    def test_the_last_dose_before_it_is_useful_until_the_first_one_after(self) -> None:
        after = changed(THRICE, "2026-12-10", TWICE)
        assert status(after, "octreotide@2026-12-09/3", "2026-12-10T07:59-05:00") == "late"
        assert status(after, "octreotide@2026-12-09/3", "2026-12-10T08:00-05:00") == "missed"

    def test_the_new_rhythm_counts_from_its_own_start(self) -> None:
        # 1, 4, 7, 10, 13, 16 December
        found = changed(EVERY_2_DAYS, "2026-12-08", EVERY_3_DAYS)
        assert [d.local_date.day for d in doses(found, "2026-12-01", "2026-12-17")] == [
            1,
            3,
            5,
            7,
            10,
            13,
            16,
        ]

    def test_the_new_rhythm_may_start_on_the_date_of_the_change(self) -> None:
        anew = EVERY_3_DAYS.replace("2026-12-01", "2026-12-10")
        found = doses(changed(EVERY_2_DAYS, "2026-12-10", anew), "2026-12-01", "2026-12-17")
        assert [(d.local_date.day, d.number) for d in found] == [
            (1, 1),
            (3, 2),
            (5, 3),
            (7, 4),
            (9, 5),
            (10, 6),
            (13, 7),
            (16, 8),
        ]

    def test_alternate_days_stay_alternate_when_only_the_amount_changes(self) -> None:
        less = EVERY_2_DAYS.replace("50 ug", "25 ug")
        assert amounts(changed(EVERY_2_DAYS, "2026-12-06", less), "2026-12-03", "2026-12-10") == [
            "2026-12-03 50 ug",
            "2026-12-05 50 ug",
            "2026-12-07 25 ug",
            "2026-12-09 25 ug",
        ]

    def test_two_changes_one_after_the_other(self) -> None:
        once = changed(EVEROLIMUS, "2026-12-03", EVEROLIMUS.replace("10 mg", "5 mg"))
        twice = amended(once, "2026-12-05", plan(EVEROLIMUS.replace("10 mg", "2.5 mg")))
        assert amounts(twice, "2026-12-01", "2026-12-07") == [
            "2026-12-01 10 mg",
            "2026-12-02 10 mg",
            "2026-12-03 5 mg",
            "2026-12-04 5 mg",
            "2026-12-05 2.5 mg",
            "2026-12-06 2.5 mg",
        ]

    def test_a_regimen_that_was_stopped_goes_on_from_a_later_date(self) -> None:
        stopped = EVEROLIMUS.replace(
            "[[regimen.phase]]", "stop = { at = 2026-12-04T12:00:00 }\n[[regimen.phase]]"
        )
        found = doses(changed(stopped, "2026-12-08", EVEROLIMUS), "2026-12-03", "2026-12-10")
        assert [(d.local_date.day, d.number) for d in found] == [(3, 3), (4, 4), (8, 5), (9, 6)]

    def test_a_moved_dose_of_the_version_before_stays_where_it_went(self) -> None:
        more = moved("everolimus@2026-12-02/1", "2026-12-06T08:00:00")
        found = changed(EVEROLIMUS, "2026-12-05", EVEROLIMUS.replace("10 mg", "5 mg"), more)
        assert str(dose_named(found, "everolimus@2026-12-02/1").dose) == "10 mg"
        assert len(doses(found, "2026-12-06", "2026-12-07")) == 2

    def test_elapsed_hours_run_on_by_number(self) -> None:
        eight = course('dose = "50 ug"\nevery = "8 h"\nstart = 2026-12-01T07:00:00')
        twelve = course('dose = "50 ug"\nevery = "12 h"\nstart = 2026-12-03T06:00:00')
        assert named(changed(eight, "2026-12-03", twelve), "2026-12-02", "2026-12-04") == {
            "a#4": "2026-12-02 07:00",
            "a#5": "2026-12-02 15:00",
            "a#6": "2026-12-02 23:00",
            "a#7": "2026-12-03 06:00",
            "a#8": "2026-12-03 18:00",
        }


class TestADepot:
    def test_from_four_weeks_to_two(self) -> None:
        # 29 December + 2 weeks is 12 January.
        found = changed(LAR, "2027-01-10", FORTNIGHTLY)
        assert named(found, "2026-12-01", "2027-02-10") == {
            "lar#1": "2026-12-01 10:00",
            "lar#2": "2026-12-29 10:00",
            "lar#3": "2027-01-12 10:00",
            "lar#4": "2027-01-26 10:00",
            "lar#5": "2027-02-09 10:00",
        }

    def test_from_two_weeks_to_four(self) -> None:
        # 15 December + 4 weeks is 12 January.
        assert lar(changed(FORTNIGHTLY, "2026-12-20", LAR)) == [
            "2026-12-01",
            "2026-12-15",
            "2027-01-12",
            "2027-02-09",
        ]

    def test_a_shorter_interval_that_is_already_over_is_due_on_the_date_of_the_change(self) -> None:
        late = changed(LAR, "2027-01-20", FORTNIGHTLY)
        assert lar(late) == ["2026-12-01", "2026-12-29", "2027-01-20", "2027-02-03"]
        assert [reason.text for reason in dose_named(late, "lar#3").reasons] == [
            "due from the change of 2027-01-20 on: by its interval it would have been due on 2027-01-12"
        ]
        assert reasons(late, "lar#3") == ["re-anchored"]

    def test_a_change_on_the_date_of_a_dose_is_of_that_dose(self) -> None:
        assert amounts(changed(LAR, "2026-12-29", STRONGER), "2026-12-01", "2027-02-01") == [
            "2026-12-01 20 mg",
            "2026-12-29 30 mg",
            "2027-01-26 30 mg",
        ]

    def test_another_amount_keeps_the_dates(self) -> None:
        assert amounts(changed(LAR, "2027-01-10", STRONGER), "2026-12-01", "2027-03-01") == [
            "2026-12-01 20 mg",
            "2026-12-29 20 mg",
            "2027-01-26 30 mg",
            "2027-02-23 30 mg",
        ]

    def test_nothing_before_the_date_changes(self) -> None:
        more = given("lar#1", "2026-12-03T10:00:00", site="gluteal-right")
        before, after = plan(LAR + more), changed(LAR, "2027-01-10", FORTNIGHTLY, more)
        assert doses(after, "2026-12-01", "2027-01-10") == doses(before, "2026-12-01", "2027-01-10")

    def test_the_new_interval_counts_from_the_last_depot_as_given(self) -> None:
        # Given on 4 January, six days late: + 2 weeks is 18 January.
        found = changed(LAR, "2027-01-10", FORTNIGHTLY, given("lar#2", "2027-01-04T10:00:00"))
        assert lar(found) == ["2026-12-01", "2026-12-29", "2027-01-18", "2027-02-01", "2027-02-15"]

    def test_a_depot_given_early_before_the_change_was_of_the_version_before(self) -> None:
        # Planned for 26 January, given on the 8th; + 2 weeks is 22 January.
        stronger = FORTNIGHTLY.replace("20 mg", "30 mg")
        found = changed(LAR, "2027-01-10", stronger, given("lar#3", "2027-01-08T10:00:00"))
        assert amounts(found, "2027-01-09", "2027-02-10") == [
            "2027-01-22 30 mg",
            "2027-01-26 20 mg",
            "2027-02-05 30 mg",
        ]

    def test_a_depot_given_after_the_change_is_of_the_new_version(self) -> None:
        found = changed(LAR, "2027-01-10", STRONGER, given("lar#3", "2027-01-28T10:00:00"))
        assert amounts(found, "2027-01-10", "2027-03-01") == ["2027-01-26 30 mg", "2027-02-25 30 mg"]

    def test_a_depot_that_nobody_recorded_stays_late(self) -> None:
        found = changed(LAR, "2027-01-10", STRONGER, given("lar#1", "2026-12-01T10:00:00"))
        assert status(found, "lar#2", "2027-01-15T12:00-05:00") == "late"
        assert str(dose_named(found, "lar#2").dose) == "20 mg"

    def test_a_depot_that_was_not_given_keeps_its_number(self) -> None:
        found = changed(LAR, "2027-01-10", STRONGER, not_given("lar#2", "2026-12-29T10:00:00"))
        assert list(named(found, "2026-12-01", "2027-02-01")) == ["lar#1", "lar#2", "lar#3"]

    def test_a_depot_moved_past_the_change_is_of_the_new_version(self) -> None:
        found = changed(LAR, "2027-01-10", STRONGER, moved("lar#2", "2027-01-12T10:00:00"))
        assert amounts(found, "2026-12-01", "2027-02-15") == [
            "2026-12-01 20 mg",
            "2027-01-12 30 mg",
            "2027-02-09 30 mg",
        ]

    def test_doses_of_the_phase_that_were_planned_before_the_change_count(self) -> None:
        """Two of 20 mg become three, the first of them already past."""
        three = LAR_20_THEN_30.replace("doses = 2", "doses = 3")
        assert amounts(changed(LAR_20_THEN_30, "2026-12-10", three), "2026-12-01", "2027-04-01") == [
            "2026-12-01 20 mg",
            "2026-12-29 20 mg",
            "2027-01-26 20 mg",
            "2027-02-23 30 mg",
            "2027-03-23 30 mg",
        ]

    def test_a_phase_whose_doses_are_all_past_is_over(self) -> None:
        one = LAR_20_THEN_30.replace("doses = 2", "doses = 1")
        assert amounts(changed(LAR_20_THEN_30, "2027-01-10", one), "2026-12-29", "2027-02-01") == [
            "2026-12-29 20 mg",
            "2027-01-26 30 mg",
        ]

    def test_a_new_start_after_the_change_keeps_the_numbers(self) -> None:
        anew = STRONGER.replace("2026-12-01", "2027-02-01")
        assert named(changed(LAR, "2027-01-10", anew), "2026-12-01", "2027-03-10") == {
            "lar#1": "2026-12-01 10:00",
            "lar#2": "2026-12-29 10:00",
            "lar#3": "2027-02-01 10:00",
            "lar#4": "2027-03-01 10:00",
        }

    def test_a_hold_covers_the_doses_of_both_versions(self) -> None:
        # The second comes after the hold on 16 January, which is past the change.
        found = changed(LAR, "2027-01-10", STRONGER, held("lar", "2026-12-20", "2027-01-15"))
        assert amounts(found, "2026-12-01", "2027-03-01") == [
            "2026-12-01 20 mg",
            "2027-01-16 30 mg",
            "2027-02-13 30 mg",
        ]

    def test_a_change_in_an_open_hold_promises_nothing(self) -> None:
        found = changed(LAR, "2027-02-01", STRONGER, held("lar", "2026-12-20"))
        assert amounts(found, "2026-12-01", "2040-01-01") == ["2026-12-01 20 mg", "2026-12-29 20 mg"]
        assert status(found, "lar#2", "2027-03-01T12:00-05:00") == "held"

    def test_two_changes_one_after_the_other(self) -> None:
        once = changed(LAR, "2027-01-10", FORTNIGHTLY)
        twice = amended(once, "2027-01-20", plan(FORTNIGHTLY.replace("20 mg", "30 mg")))
        assert amounts(twice, "2026-12-29", "2027-02-10") == [
            "2026-12-29 20 mg",
            "2027-01-12 20 mg",
            "2027-01-26 30 mg",
            "2027-02-09 30 mg",
        ]


def test_a_version_knows_all_before_it() -> None:
    once = changed(LAR, "2027-01-10", FORTNIGHTLY)
    (regimen,) = amended(once, "2027-01-20", plan(STRONGER)).regimens
    assert [version.effective_on for version in regimen.versions] == [
        None,
        date(2027, 1, 10),
        date(2027, 1, 20),
    ]


@pytest.mark.parametrize(
    ("before", "on", "after", "why"),
    [
        (LAR, "2027-01-10", LAR.replace('"octreotide-lar"', '"lanreotide"'), "keeps the product"),
        (LAR, "2027-01-10", LAR.replace('id = "lar"', 'id = "depot"'), "keeps the product"),
        (
            LAR,
            "2027-01-10",
            LAR.replace("[[regimen.phase]]", 'anchor = "scheduled"\n[[regimen.phase]]'),
            "keeps what doses are counted from",
        ),
        (
            EVERY_2_DAYS,
            "2027-01-10",
            course('dose = "50 ug"\nevery = "8 h"\nstart = 2026-12-01T07:00:00'),
            "and the kind of timing",
        ),
    ],
    ids=["another product", "another id", "another anchor", "another kind of timing"],
)
def test_what_would_change_the_names_of_doses_is_refused(before: str, on: str, after: str, why: str) -> None:
    with pytest.raises(DosingError, match=why):
        changed(before, on, after)


@pytest.mark.parametrize("on", ["2027-01-10", "2027-01-09"])
def test_a_version_takes_effect_after_the_one_before_it(on: str) -> None:
    with pytest.raises(DosingError, match="in force from 2027-01-10, which is no earlier"):
        amended(changed(LAR, "2027-01-10", FORTNIGHTLY), on, plan(LAR))


def test_a_version_that_amends_says_from_when() -> None:
    regimen = plan(LAR).regimens[0]
    with pytest.raises(DosingError, match="says from which date"):
        replace(regimen, amends=regimen)
    with pytest.raises(DosingError, match="says from which date"):
        replace(regimen, effective_on=date(2027, 1, 10))


def test_a_stop_that_an_amendment_takes_back_ends_nothing() -> None:
    stopped = EVEROLIMUS.replace(
        "[[regimen.phase]]", "stop = { at = 2026-12-10T09:00:00 }\n[[regimen.phase]]"
    )
    again = changed(stopped, "2026-12-05", EVEROLIMUS)
    assert dose_named(again, "everolimus@2026-12-10/1").useful_until == instant("2026-12-10T14:00-05:00")
    assert status(again, "everolimus@2026-12-11/1", "2026-12-11T08:30-05:00") == "due"
