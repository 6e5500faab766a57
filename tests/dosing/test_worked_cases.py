"""Whole courses with their dates worked out by hand on a calendar.

1 December 2026 is a Tuesday, 1 January 2027 a Friday, 1 February and 1 March 2027 are Mondays. Clocks change
in Berlin on 25 October 2026 and 28 March 2027, in New York on 1 November 2026 and 14 March 2027.
"""

from __future__ import annotations

import pytest

from scheduler.dosing.status import status_at
from tests.support.plan_text import plan
from tests.support.regimen_text import (
    EVEROLIMUS,
    LAR,
    LAR_20_THEN_30,
    THRICE,
    course,
    daily,
    given,
    held,
    moved,
    travelling,
)
from tests.support.schedule import (
    amounts,
    dose_dates,
    dose_named,
    doses,
    due,
    each_day,
    instant,
    named,
    reasons,
    status,
)

BRIDGE = THRICE + 'until = { regimen = "lar", dose = 1, plus = "14 d" }\n'
BRIDGED = BRIDGE + LAR_20_THEN_30.replace("2026-12-01", "2026-12-15")

# A dose of capecitabine on days 1 to 14 of 28 from Monday 7 December 2026: 7 to 20 December, 4 to 17 January,
# 1 to 14 February, 1 to 14 March.
CYCLE = 'cycle = { length = "28 d", on = ["1-14"] }\ntimes = ["08:00"]\n'
TWO_CYCLES = [*each_day("2026-12-07", "2026-12-20"), *each_day("2027-01-04", "2027-01-17")]


def octreotide(text: str, start: str, end: str) -> list[str]:
    return dose_dates(plan(text), "octreotide", start, end)


def a_dates(text: str, start: str = "2026-12-01", end: str = "2027-03-01") -> list[str]:
    return dose_dates(plan(text), "a", start, end)


def held_on(text: str, start: str, end: str) -> list[str]:
    moment = instant("2026-11-01T00:00-05:00")
    found = doses(plan(text), start, end)
    return [f"{dose.local_date} {dose.dose}" for dose in found if status_at(dose, moment).value == "held"]


class TestBridging:
    def test_short_acting_doses_go_on_for_14_days_after_the_first_depot(self) -> None:
        # 15 December + 14 days is 29 December: 29 dates of three.
        found = octreotide(BRIDGED, "2026-12-01", "2027-06-01")
        assert sorted(set(found)) == each_day("2026-12-01", "2026-12-29")
        assert len(found) == 87

    def test_a_first_depot_three_days_late_keeps_the_bridge_three_days_longer(self) -> None:
        # Given on 18 December: + 14 days is 1 January, + 28 days is 15 January.
        late = BRIDGED + given("lar#1", "2026-12-18T11:00:00")
        found = octreotide(late, "2026-12-01", "2027-06-01")
        assert sorted(set(found)) == each_day("2026-12-01", "2027-01-01")
        assert len(found) == 96
        assert amounts(plan(late), "2026-12-01", "2027-04-01", "lar") == [
            "2026-12-15 20 mg",
            "2027-01-15 20 mg",
            "2027-02-12 30 mg",
            "2027-03-12 30 mg",
        ]

    def test_a_bridge_ends_as_planned_while_nobody_recorded_the_depot(self) -> None:
        overdue = plan(BRIDGED)
        assert status(overdue, "lar#1", "2026-12-18T09:00-05:00") == "late"
        assert set(dose_dates(overdue, "octreotide", "2026-12-29", "2027-06-01")) == {"2026-12-29"}


class TestThirtyAfterTwiceTwenty:
    def test_as_planned(self) -> None:
        assert amounts(plan(LAR_20_THEN_30), "2026-12-01", "2027-04-01") == [
            "2026-12-01 20 mg",
            "2026-12-29 20 mg",
            "2027-01-26 30 mg",
            "2027-02-23 30 mg",
            "2027-03-23 30 mg",
        ]

    def test_the_first_three_days_late(self) -> None:
        late = plan(LAR_20_THEN_30 + given("lar#1", "2026-12-04T10:00:00"))
        assert amounts(late, "2026-12-01", "2027-03-01") == [
            "2026-12-01 20 mg",
            "2027-01-01 20 mg",
            "2027-01-29 30 mg",
            "2027-02-26 30 mg",
        ]

    def test_the_second_four_days_late(self) -> None:
        late = plan(LAR_20_THEN_30 + given("lar#2", "2027-01-02T10:00:00"))
        assert amounts(late, "2026-12-01", "2027-03-01") == [
            "2026-12-01 20 mg",
            "2026-12-29 20 mg",
            "2027-01-30 30 mg",
            "2027-02-27 30 mg",
        ]


EVERY_TWO_WEEKS = [
    ("10-12", "+02:00", "-04:00"),
    ("10-26", "+01:00", "-04:00"),
    ("11-09", "+01:00", "-05:00"),
    ("11-23", "+01:00", "-05:00"),
    ("12-07", "+01:00", "-05:00"),
    ("12-21", "+01:00", "-05:00"),
    ("01-04", "+01:00", "-05:00"),
    ("01-18", "+01:00", "-05:00"),
    ("02-01", "+01:00", "-05:00"),
    ("02-15", "+01:00", "-05:00"),
    ("03-01", "+01:00", "-05:00"),
    ("03-15", "+01:00", "-04:00"),
    ("03-29", "+02:00", "-04:00"),
    ("04-12", "+02:00", "-04:00"),
]


@pytest.mark.parametrize("anchor", ["last-given", "scheduled"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_every_two_weeks_through_both_changes_of_clocks(zone: str, anchor: str) -> None:
    text = LAR.replace("4 wk", "2 wk").replace("2026-12-01", "2026-10-12")
    text = text.replace("[[regimen.phase]]", f'anchor = "{anchor}"\n[[regimen.phase]]')
    expected = [
        f"{2026 if day > '10' else 2027}-{day}T10:00{berlin if zone == 'Europe/Berlin' else new_york}"
        for day, berlin, new_york in EVERY_TWO_WEEKS
    ]
    assert due(plan(text, zone=zone), "2026-10-01", "2027-04-20") == expected


def every_hours(
    hours: int, start: str, zone: str = "America/New_York", keys: str = "", more: str = ""
) -> str:
    return course(f'dose = "50 ug"\nevery = "{hours} h"\nstart = {start}\n{more}', keys=keys)


class TestElapsedHours:
    @pytest.mark.parametrize(
        ("zone", "start", "expected"),
        [
            (
                "America/New_York",
                "2026-10-31T07:00:00",
                ["31T07:00-04:00", "31T15:00-04:00", "31T23:00-04:00", "01T06:00-05:00", "01T14:00-05:00"],
            ),
            (
                "America/New_York",
                "2027-03-13T07:00:00",
                ["13T07:00-05:00", "13T15:00-05:00", "13T23:00-05:00", "14T08:00-04:00", "14T16:00-04:00"],
            ),
            (
                "Europe/Berlin",
                "2026-10-24T07:00:00",
                ["24T07:00+02:00", "24T15:00+02:00", "24T23:00+02:00", "25T06:00+01:00", "25T14:00+01:00"],
            ),
            (
                "Europe/Berlin",
                "2027-03-27T07:00:00",
                ["27T07:00+01:00", "27T15:00+01:00", "27T23:00+01:00", "28T08:00+02:00", "28T16:00+02:00"],
            ),
            (  # clocks go forward by half an hour at 02:00 on 4 October
                "Australia/Lord_Howe",
                "2026-10-03T19:00:00",
                ["03T19:00+10:30", "04T03:30+11:00", "04T11:30+11:00", "04T19:30+11:00", "05T03:30+11:00"],
            ),
            (  # and back by half an hour at 02:00 on 4 April
                "Australia/Lord_Howe",
                "2027-04-03T19:00:00",
                ["03T19:00+11:00", "04T02:30+10:30", "04T10:30+10:30", "04T18:30+10:30", "05T02:30+10:30"],
            ),
            (  # midnight of 6 September is skipped
                "America/Santiago",
                "2026-09-05T16:00:00",
                ["05T16:00-04:00", "06T01:00-03:00", "06T09:00-03:00", "06T17:00-03:00", "07T01:00-03:00"],
            ),
        ],
    )
    @pytest.mark.parametrize("anchor", ["scheduled", "last-given"])
    def test_eight_hours_stay_eight_hours_when_clocks_change(
        self, zone: str, start: str, expected: list[str], anchor: str
    ) -> None:
        text = every_hours(8, start, keys=f'anchor = "{anchor}"', more="doses = 5")
        found = due(plan(text, zone=zone), "2026-09-01", "2027-05-01")
        assert [at.split("-", 2)[2] for at in found] == expected

    def test_an_hour_that_clocks_show_twice_has_two_doses_and_one_they_skip_has_none(self) -> None:
        autumn = plan(every_hours(1, "2026-11-01T00:30:00", more="doses = 4"))
        spring = plan(every_hours(1, "2027-03-14T00:30:00", more="doses = 4"))
        assert due(autumn, "2026-11-01", "2026-11-02") == [
            "2026-11-01T00:30-04:00",
            "2026-11-01T01:30-04:00",
            "2026-11-01T01:30-05:00",
            "2026-11-01T02:30-05:00",
        ]
        assert due(spring, "2027-03-14", "2027-03-15") == [
            "2027-03-14T00:30-05:00",
            "2027-03-14T01:30-05:00",
            "2027-03-14T03:30-04:00",
            "2027-03-14T04:30-04:00",
        ]
        assert [reasons(autumn, f"a#{n}") for n in (1, 2, 3, 4)] == [[], [], [], []]

    def test_a_start_that_clocks_show_twice_is_the_first(self) -> None:
        found = due(plan(every_hours(8, "2026-11-01T01:30:00", more="doses = 2")), "2026-11-01", "2026-11-02")
        assert found == ["2026-11-01T01:30-04:00", "2026-11-01T08:30-05:00"]

    def test_they_are_named_by_their_number_however_late_the_query_begins(self) -> None:
        # 31 dates of three from 1 December: 1 January begins with number 94.
        found = named(plan(every_hours(8, "2026-12-01T07:00:00")), "2027-01-01", "2027-01-02")
        assert found == {
            "a#94": "2027-01-01 07:00",
            "a#95": "2027-01-01 15:00",
            "a#96": "2027-01-01 23:00",
        }

    def test_a_day_that_samoa_skipped_takes_no_hours(self) -> None:
        found = due(
            plan(every_hours(12, "2011-12-29T08:00:00"), zone="Pacific/Apia"), "2011-12-29", "2012-01-01"
        )
        assert found == [
            "2011-12-29T08:00-10:00",
            "2011-12-29T20:00-10:00",
            "2011-12-31T08:00+14:00",
            "2011-12-31T20:00+14:00",
        ]

    def test_another_number_of_hours_goes_on_from_where_the_phase_before_ends(self) -> None:
        text = course(
            'dose = "100 ug"\nevery = "8 h"\nstart = 2026-12-01T07:00:00\ndoses = 4',
            'dose = "50 ug"\nevery = "12 h"',
        )
        # The fourth, at 07:00 on the 2nd, is followed by the 8 hours of its own phase.
        assert named(plan(text), "2026-12-02", "2026-12-04") == {
            "a#4": "2026-12-02 07:00",
            "a#5": "2026-12-02 15:00",
            "a#6": "2026-12-03 03:00",
            "a#7": "2026-12-03 15:00",
        }

    def test_a_phase_of_hours_may_begin_at_a_time_of_its_own_on_the_date_of_a_dose(self) -> None:
        start = '{ regimen = "lar", dose = 1, plus = "1 d", at = "06:30" }'
        hanging = every_hours(8, start) + LAR
        assert due(plan(hanging), "2026-12-02", "2026-12-03", "a") == [
            "2026-12-02T06:30-05:00",
            "2026-12-02T14:30-05:00",
            "2026-12-02T22:30-05:00",
        ]
        late = plan(hanging + given("lar#1", "2026-12-04T10:00:00"))
        assert due(late, "2026-12-01", "2026-12-06", "a")[0] == "2026-12-05T06:30-05:00"

    def test_counted_from_the_last_one_given_the_next_comes_so_many_hours_after_it(self) -> None:
        text = every_hours(8, "2026-12-01T07:00:00", keys='anchor = "last-given"')
        late = plan(text + given("a#2", "2026-12-01T16:20:00"))
        assert named(late, "2026-12-01", "2026-12-03") == {
            "a#1": "2026-12-01 07:00",
            "a#2": "2026-12-01 15:00",
            "a#3": "2026-12-02 00:20",
            "a#4": "2026-12-02 08:20",
            "a#5": "2026-12-02 16:20",
        }

    def test_a_hold_of_hours_withholds_those_of_its_dates(self) -> None:
        text = every_hours(8, "2026-12-01T07:00:00") + held("a", "2026-12-02", "2026-12-02")
        assert held_on(text, "2026-12-01", "2026-12-05") == ["2026-12-02 50 ug"] * 3

    def test_a_moved_dose_of_hours_moves_alone(self) -> None:
        text = every_hours(8, "2026-12-01T07:00:00") + moved("a#2", "2026-12-01T17:00:00")
        assert named(plan(text), "2026-12-01", "2026-12-02") == {
            "a#1": "2026-12-01 07:00",
            "a#2": "2026-12-01 17:00",
            "a#3": "2026-12-01 23:00",
        }

    def test_on_a_journey_the_hours_stay_and_the_clock_is_that_of_the_place(self) -> None:
        # 12 hours after 08:00 in New York on the 9th is 01:00 UTC on the 10th, 02:00 in Paris.
        away = travelling("Europe/Paris", "2026-12-10", "2026-12-24") + every_hours(12, "2026-12-08T08:00:00")
        assert due(plan(away), "2026-12-08", "2026-12-11") == [
            "2026-12-08T08:00-05:00",
            "2026-12-08T20:00-05:00",
            "2026-12-09T08:00-05:00",
            "2026-12-10T02:00+01:00",
            "2026-12-10T14:00+01:00",
        ]


class TestHolds:
    def test_a_hold_over_the_end_of_a_phase_of_pills(self) -> None:
        text = EVEROLIMUS + 'for = "5 d"\n[[regimen.phase]]\ndose = "5 mg"\ntimes = ["08:00"]\n'
        text += held("everolimus", "2026-12-04", "2026-12-08")
        assert amounts(plan(text), "2026-12-03", "2026-12-11") == [
            "2026-12-03 10 mg",
            "2026-12-04 10 mg",
            "2026-12-05 10 mg",
            "2026-12-06 5 mg",
            "2026-12-07 5 mg",
            "2026-12-08 5 mg",
            "2026-12-09 5 mg",
            "2026-12-10 5 mg",
        ]
        assert held_on(text, "2026-12-01", "2026-12-20") == [
            "2026-12-04 10 mg",
            "2026-12-05 10 mg",
            "2026-12-06 5 mg",
            "2026-12-07 5 mg",
            "2026-12-08 5 mg",
        ]

    def test_a_hold_over_the_first_depot_of_a_phase(self) -> None:
        # The first 30 mg, 26 January, comes after the hold on 11 February; + 28 days is 11 March.
        text = LAR_20_THEN_30 + held("lar", "2027-01-20", "2027-02-10")
        assert amounts(plan(text), "2026-12-01", "2027-04-01") == [
            "2026-12-01 20 mg",
            "2026-12-29 20 mg",
            "2027-02-11 30 mg",
            "2027-03-11 30 mg",
        ]

    def test_a_hold_over_the_last_depot_of_a_phase_and_the_date_of_the_next(self) -> None:
        # The second 20 mg is still the second 20 mg, on 31 January; 30 mg follow on 28 February.
        text = LAR_20_THEN_30 + held("lar", "2026-12-20", "2027-01-30")
        assert amounts(plan(text), "2026-12-01", "2027-04-01") == [
            "2026-12-01 20 mg",
            "2027-01-31 20 mg",
            "2027-02-28 30 mg",
            "2027-03-28 30 mg",
        ]

    def test_an_open_hold_on_a_depot_promises_nothing(self) -> None:
        text = LAR_20_THEN_30 + held("lar", "2027-01-10")
        assert amounts(plan(text), "2026-12-01", "2040-01-01") == [
            "2026-12-01 20 mg",
            "2026-12-29 20 mg",
            "2027-01-26 30 mg",
        ]
        assert held_on(text, "2026-12-01", "2040-01-01") == ["2027-01-26 30 mg"]

    def test_the_same_hold_once_its_end_is_known(self) -> None:
        text = LAR_20_THEN_30 + held("lar", "2027-01-10", "2027-03-31")
        assert amounts(plan(text), "2027-01-01", "2027-05-01") == ["2027-04-01 30 mg", "2027-04-29 30 mg"]


def test_there_and_back_again() -> None:
    away = plan(travelling("Asia/Tokyo", "2026-12-10", "2026-12-12") + EVEROLIMUS)
    assert due(away, "2026-12-08", "2026-12-15") == [
        "2026-12-08T08:00-05:00",
        "2026-12-09T08:00-05:00",
        "2026-12-10T08:00+09:00",
        "2026-12-11T08:00+09:00",
        "2026-12-12T08:00+09:00",
        "2026-12-13T08:00-05:00",
        "2026-12-14T08:00-05:00",
    ]


class TestMonths:
    def test_the_31st_of_every_month(self) -> None:
        monthly = daily("08:00", start="2026-10-31", every="1 mo")
        assert octreotide(monthly, "2026-10-01", "2027-06-01") == [
            "2026-10-31",
            "2026-11-30",
            "2026-12-31",
            "2027-01-31",
            "2027-02-28",
            "2027-03-31",
            "2027-04-30",
            "2027-05-31",
        ]

    def test_the_31st_comes_back_after_a_change_of_dose_in_a_short_month(self) -> None:
        text = daily("08:00", start="2026-10-31", every="1 mo", more="doses = 5\n")
        text += '[[regimen.phase]]\ndose = "50 ug"\nevery = "1 mo"\ntimes = ["09:00"]\n'
        assert amounts(plan(text), "2027-01-01", "2027-06-01") == [
            "2027-01-31 100 ug",
            "2027-02-28 100 ug",
            "2027-03-31 50 ug",
            "2027-04-30 50 ug",
            "2027-05-31 50 ug",
        ]


class TestCycles:
    def test_days_1_to_14_of_28_over_the_end_of_a_year(self) -> None:
        text = course(f'dose = "1500 mg"\n{CYCLE}start = 2026-12-07')
        assert a_dates(text, "2026-12-01", "2027-02-01") == TWO_CYCLES
        assert a_dates(text, "2027-02-01", "2027-03-01") == each_day("2027-02-01", "2027-02-14")

    def test_the_first_dose_of_a_later_cycle_has_its_number_and_its_name(self) -> None:
        dose = dose_named(plan(course(f'dose = "1500 mg"\n{CYCLE}start = 2026-12-07')), "a@2027-02-01/1")
        assert dose.number == 29

    @pytest.mark.parametrize(
        ("end", "last_old", "first_new"),
        [
            ("until = 2027-01-08", "2027-01-08", "2027-01-09"),
            ('for = "33 d"', "2027-01-08", "2027-01-09"),
            ("doses = 19", "2027-01-08", "2027-01-09"),
            ("until = 2026-12-27", "2026-12-20", "2027-01-04"),
            ("doses = 14", "2026-12-20", "2027-01-04"),
            ('for = "4 wk"', "2026-12-20", "2027-01-04"),
        ],
    )
    def test_a_change_of_dose_in_mid_cycle_keeps_the_cycle(
        self, end: str, last_old: str, first_new: str
    ) -> None:
        text = course(f'dose = "1500 mg"\n{CYCLE}start = 2026-12-07\n{end}', f'dose = "1000 mg"\n{CYCLE}')
        assert a_dates(text, "2026-12-01", "2027-02-10") == [
            *TWO_CYCLES,
            *each_day("2027-02-01", "2027-02-09"),
        ]
        found = amounts(plan(text), "2026-12-01", "2027-03-01")
        assert [day for day in found if "1500" in day][-1] == f"{last_old} 1500 mg"
        assert next(day for day in found if "1000" in day) == f"{first_new} 1000 mg"

    def test_a_start_of_its_own_begins_a_new_cycle(self) -> None:
        text = course(
            f'dose = "1500 mg"\n{CYCLE}start = 2026-12-07\nuntil = 2026-12-27',
            f'dose = "1000 mg"\n{CYCLE}start = 2026-12-30',
        )
        assert a_dates(text, "2026-12-21", "2027-01-28") == [
            *each_day("2026-12-30", "2027-01-12"),
            "2027-01-27",
        ]

    def test_another_cycle_begins_where_the_one_before_ends(self) -> None:
        other = 'cycle = { length = "21 d", on = ["1", "8"] }\ntimes = ["08:00"]\n'
        text = course(
            f'dose = "1500 mg"\n{CYCLE}start = 2026-12-07\nuntil = 2027-01-10', f'dose = "1000 mg"\n{other}'
        )
        assert a_dates(text, "2027-01-10", "2027-02-10") == [
            "2027-01-10",
            "2027-01-11",
            "2027-01-18",
            "2027-02-01",
            "2027-02-08",
        ]

    def test_a_hold_does_not_shift_the_cycle(self) -> None:
        text = course(f'dose = "1500 mg"\n{CYCLE}start = 2026-12-07') + held("a", "2026-12-18", "2027-01-05")
        assert a_dates(text, "2026-12-01", "2027-02-01") == TWO_CYCLES
        assert held_on(text, "2026-12-01", "2027-02-01") == [
            "2026-12-18 1500 mg",
            "2026-12-19 1500 mg",
            "2026-12-20 1500 mg",
            "2027-01-04 1500 mg",
            "2027-01-05 1500 mg",
        ]


class TestAlternateDays:
    TWO_PHASES = (
        'dose = "100 ug"\nevery = "2 d"\ntimes = ["08:00"]\nstart = 2026-12-01\n',
        'dose = "50 ug"\nevery = "2 d"\ntimes = ["20:00"]\n',
    )

    @pytest.mark.parametrize("end", ['for = "5 d"', "until = 2026-12-05", "doses = 3", 'for = "6 d"'])
    def test_a_phase_of_odd_length_does_not_shift_them(self, end: str) -> None:
        first, second = self.TWO_PHASES
        assert amounts(plan(course(first + end, second)), "2026-12-01", "2026-12-12") == [
            "2026-12-01 100 ug",
            "2026-12-03 100 ug",
            "2026-12-05 100 ug",
            "2026-12-07 50 ug",
            "2026-12-09 50 ug",
            "2026-12-11 50 ug",
        ]

    def test_the_numbers_run_on_and_the_names_are_of_the_dates(self) -> None:
        first, second = self.TWO_PHASES
        found = doses(plan(course(first + 'for = "5 d"', second)), "2026-12-05", "2026-12-10")
        assert [(str(dose.id), dose.number) for dose in found] == [
            ("a@2026-12-05/1", 3),
            ("a@2026-12-07/1", 4),
            ("a@2026-12-09/1", 5),
        ]

    def test_over_the_end_of_a_year(self) -> None:
        assert a_dates(course(self.TWO_PHASES[0]), "2026-12-27", "2027-01-05") == [
            "2026-12-27",
            "2026-12-29",
            "2026-12-31",
            "2027-01-02",
            "2027-01-04",
        ]

    def test_over_a_leap_day(self) -> None:
        text = course(self.TWO_PHASES[0].replace("2026-12-01", "2028-02-26"))
        assert a_dates(text, "2028-02-26", "2028-03-06") == [
            "2028-02-26",
            "2028-02-28",
            "2028-03-01",
            "2028-03-03",
            "2028-03-05",
        ]

    def test_over_a_hold(self) -> None:
        text = course(self.TWO_PHASES[0]) + held("a", "2026-12-10", "2026-12-14")
        assert a_dates(text, "2026-12-07", "2026-12-18") == [
            "2026-12-07",
            "2026-12-09",
            "2026-12-11",
            "2026-12-13",
            "2026-12-15",
            "2026-12-17",
        ]
        assert held_on(text, "2026-12-01", "2027-01-01") == ["2026-12-11 100 ug", "2026-12-13 100 ug"]

    def test_a_start_of_its_own_begins_anew(self) -> None:
        first, second = self.TWO_PHASES
        text = course(f'{first}for = "5 d"', f"{second}start = 2026-12-06")
        assert a_dates(text, "2026-12-05", "2026-12-11") == [
            "2026-12-05",
            "2026-12-06",
            "2026-12-08",
            "2026-12-10",
        ]

    def test_over_the_day_that_samoa_skipped(self) -> None:
        text = course(self.TWO_PHASES[0].replace("2026-12-01", "2011-12-28"))
        assert due(plan(text, zone="Pacific/Apia"), "2011-12-28", "2012-01-04") == [
            "2011-12-28T08:00-10:00",
            "2011-12-31T00:00+14:00",
            "2012-01-01T08:00+14:00",
            "2012-01-03T08:00+14:00",
        ]


class TestWeekdays:
    def test_every_second_week_counts_from_the_week_of_the_first_date(self) -> None:
        # Wednesday 9 December lies in the week of Monday the 7th, of which only Thursday is left.
        text = course(
            'dose = "90 ug"\nevery = "2 wk"\nweekdays = ["mon", "thu"]\ntimes = ["08:00"]\nstart = 2026-12-09'
        )
        assert a_dates(text, "2026-12-01", "2027-02-05") == [
            "2026-12-10",
            "2026-12-21",
            "2026-12-24",
            "2027-01-04",
            "2027-01-07",
            "2027-01-18",
            "2027-01-21",
            "2027-02-01",
            "2027-02-04",
        ]

    def test_three_days_a_week_over_the_end_of_a_year(self) -> None:
        text = course(
            'dose = "90 ug"\nweekdays = ["mon", "wed", "fri"]\ntimes = ["08:00"]\nstart = 2026-12-25'
        )
        assert a_dates(text, "2026-12-01", "2027-01-07") == [
            "2026-12-25",
            "2026-12-28",
            "2026-12-30",
            "2027-01-01",
            "2027-01-04",
            "2027-01-06",
        ]

    def test_a_change_of_dose_in_the_week_off_keeps_the_weeks(self) -> None:
        monday = 'every = "2 wk"\nweekdays = ["mon"]\ntimes = ["08:00"]\n'
        text = course(
            f'dose = "90 ug"\n{monday}start = 2026-12-07\nuntil = 2026-12-28', f'dose = "60 ug"\n{monday}'
        )
        assert amounts(plan(text), "2026-12-01", "2027-01-20") == [
            "2026-12-07 90 ug",
            "2026-12-21 90 ug",
            "2027-01-04 60 ug",
            "2027-01-18 60 ug",
        ]

    def test_a_number_of_doses_ends_in_mid_week(self) -> None:
        week = 'weekdays = ["mon", "wed", "fri"]\ntimes = ["08:00", "20:00"]\n'
        text = course(f'dose = "90 ug"\n{week}start = 2026-12-07\ndoses = 5', f'dose = "60 ug"\n{week}')
        # Two on Monday, two on Wednesday, one on Friday morning; the new dose begins on the Monday after.
        assert amounts(plan(text), "2026-12-09", "2026-12-16") == [
            "2026-12-09 90 ug",
            "2026-12-09 90 ug",
            "2026-12-11 90 ug",
            "2026-12-14 60 ug",
            "2026-12-14 60 ug",
        ]


class TestChangesOfClocks:
    def test_every_four_weeks_on_lord_howe_island(self) -> None:
        depot = LAR.replace("2026-12-01", "2026-09-27").replace("4 wk", "2 wk")
        assert due(plan(depot, zone="Australia/Lord_Howe"), "2026-09-20", "2026-10-20") == [
            "2026-09-27T10:00+10:30",
            "2026-10-11T10:00+11:00",
        ]

    @pytest.mark.parametrize(
        ("zone", "before", "day", "after", "old", "new"),
        [
            ("America/Santiago", "2026-09-05", "2026-09-06", "2026-09-07", "-04:00", "-03:00"),
            ("Africa/Cairo", "2027-04-29", "2027-04-30", "2027-05-01", "+02:00", "+03:00"),
        ],
    )
    def test_a_midnight_that_clocks_skip(
        self, zone: str, before: str, day: str, after: str, old: str, new: str
    ) -> None:
        found = plan(daily("00:00", "00:30", start=before, more="doses = 6\n"), zone=zone)
        assert due(found, before, "2027-05-10") == [
            f"{before}T00:00{old}",
            f"{before}T00:30{old}",
            f"{day}T01:00{new}",
            f"{day}T01:30{new}",
            f"{after}T00:00{new}",
            f"{after}T00:30{new}",
        ]
        assert reasons(found, f"octreotide@{day}/1") == ["dst-gap"]

    def test_the_date_that_samoa_skipped(self) -> None:
        text = EVEROLIMUS.replace("2026-12-01", "2011-12-29")
        samoa = plan(text, zone="Pacific/Apia")
        assert due(samoa, "2011-12-29", "2012-01-02") == [
            "2011-12-29T08:00-10:00",
            "2011-12-31T00:00+14:00",
            "2011-12-31T08:00+14:00",
            "2012-01-01T08:00+14:00",
        ]
        assert dose_named(samoa, "everolimus@2011-12-30/1").number == 2
