"""What is easily got wrong by one: names that are no doses, equal instants, numbers in later phases, stops.

1 December 2026 is a Tuesday.
"""

from __future__ import annotations

import pytest

from scheduler.dosing.expansion import find
from scheduler.dosing.finding import Severity
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.plan_findings import findings
from scheduler.planfile.fault import PlanFileError
from tests.support.plan_text import plan
from tests.support.regimen_text import (
    EVEROLIMUS,
    LAR,
    THRICE,
    course,
    daily,
    given,
    moved,
    not_given,
    travelling,
)
from tests.support.schedule import amended, dose_dates, dose_named, doses, instant, named

DECEMBER = Period(
    start=instant("2026-12-01T00:00-05:00").date(), end=instant("2026-12-31T00:00-05:00").date()
)


def stopped(text: str, at: str) -> str:
    return text.replace("[[regimen.phase]]", f"stop = {{ at = {at} }}\n[[regimen.phase]]", 1)


class TestNames:
    @pytest.mark.parametrize("dose", ["octreotide@2026-12-03/4", "octreotide@2026-11-30/1", "octreotide#1"])
    def test_what_a_grid_does_not_plan_is_not_found(self, dose: str) -> None:
        assert find(plan(THRICE), parse_occurrence_id(dose)) is None

    def test_a_date_between_two_of_every_other_day_is_not_found(self) -> None:
        every_other = plan(daily("08:00", "20:00", every="2 d"))
        assert find(every_other, parse_occurrence_id("octreotide@2026-12-02/1")) is None
        assert find(every_other, parse_occurrence_id("octreotide@2026-12-03/2")) is not None

    def test_of_two_doses_at_one_time_the_name_decides(self) -> None:
        once = 'dose = "10 mg"\ntimes = ["08:00"]\nstart = 2026-12-01\ndoses = 1'
        second = course(once, product="everolimus")
        first = second.replace('id = "a"', 'id = "b"')
        assert list(named(plan(first + second), "2026-12-01", "2027-01-01")) == [
            "a@2026-12-01/1",
            "b@2026-12-01/1",
        ]


class TestNumbers:
    def test_a_relation_finds_a_dose_of_a_later_phase(self) -> None:
        grid = THRICE + '  doses = 4\n  [[regimen.phase]]\n  dose = "50 ug"\n  times = ["09:00"]\n'
        hanging = course(
            'dose = "10 mg"\ntimes = ["08:00"]\nstart = { regimen = "octreotide", dose = 6 }',
            product="everolimus",
        )
        # Three on the 1st and one on the 2nd; the phase of one a day begins on the 3rd with the fifth.
        assert dose_dates(plan(grid + hanging), "a", "2026-12-01", "2026-12-07")[0] == "2026-12-04"

    def test_what_is_given_as_needed_takes_turns_with_the_sites(self) -> None:
        needed = 'dose = "50 ug"\nas_needed = { max_per_day = 4, min_gap = "1 h" }\nstart = 2026-12-01'
        records = given("a@2026-12-01/1", "2026-12-01T08:00:00", "thigh-left") + given(
            "a@2026-12-02/1", "2026-12-02T08:00:00"
        )
        assert dose_named(plan(course(needed) + records), "a@2026-12-02/1").site == "thigh-right"

    def test_a_dose_that_was_not_given_used_no_site(self) -> None:
        skipped = not_given("octreotide@2026-12-01/1", "2026-12-01T08:00:00") + 'site = "thigh-right"\n'
        assert dose_named(plan(THRICE + skipped), "octreotide@2026-12-01/2").site == "abdomen-left"


class TestStops:
    MOVED_ON = moved("octreotide@2026-12-03/1", "2026-12-05T07:00:00")

    def called(self, text: str) -> list[str]:
        return [str(dose.id) for dose in doses(plan(text), "2026-12-04", "2027-01-01")]

    def test_a_dose_moved_to_after_the_stop_is_called_off(self) -> None:
        assert "octreotide@2026-12-03/1" not in self.called(
            stopped(THRICE, "2026-12-04T12:00:00") + self.MOVED_ON
        )
        assert "octreotide@2026-12-03/1" not in self.called(
            stopped(THRICE, "2026-12-05T07:00:00") + self.MOVED_ON
        )

    def test_a_dose_moved_to_before_the_stop_is_not(self) -> None:
        assert "octreotide@2026-12-03/1" in self.called(
            stopped(THRICE, "2026-12-05T07:01:00") + self.MOVED_ON
        )

    def test_nor_is_one_that_was_given(self) -> None:
        record = given("octreotide@2026-12-03/1", "2026-12-04T11:00:00")
        assert self.called(stopped(THRICE, "2026-12-04T12:00:00") + self.MOVED_ON + record) == [
            "octreotide@2026-12-04/1",
            "octreotide@2026-12-03/1",
        ]

    def test_a_stop_far_ahead_leaves_the_label_its_hours(self) -> None:
        dose = dose_named(plan(stopped(EVEROLIMUS, "2027-06-01T12:00:00")), "everolimus@2026-12-03/1")
        assert dose.useful_until == instant("2026-12-03T14:00-05:00")

    def test_one_that_an_amendment_of_its_own_date_takes_back_ends_nothing(self) -> None:
        again = amended(plan(stopped(EVEROLIMUS, "2026-12-10T09:00:00")), "2026-12-10", plan(EVEROLIMUS))
        assert dose_named(again, "everolimus@2026-12-10/1").useful_until == instant("2026-12-10T14:00-05:00")


class TestFindings:
    def noticed(self, of: Plan) -> dict[str, str]:
        found = findings(of, DECEMBER, instant("2026-12-01T00:00-05:00"))
        return {finding.code: finding.text for finding in found}

    def test_a_depot_by_calendar_months(self) -> None:
        assert self.noticed(plan(LAR.replace("4 wk", "1 mo"))) == {
            "monthly-vs-28": "ordered by calendar months, 12 doses a year; 4 weeks are 13 doses a year. "
            "Ask the team which was meant."
        }

    def test_a_depot_by_hours_is_not_one_by_months(self) -> None:
        by_hours = LAR.replace(
            'every = "4 wk"\n  times = ["10:00"]\n  start = 2026-12-01',
            'every = "672 h"\n  start = 2026-12-01T10:00:00',
        )
        assert self.noticed(plan(by_hours)) == {}

    def test_a_journey_names_the_regimen_whose_doses_come_too_close(self) -> None:
        of = plan(travelling("Asia/Tokyo", "2026-12-10", "2026-12-20") + THRICE)
        found = findings(of, DECEMBER, instant("2026-12-01T00:00-05:00"))
        assert {(finding.regimen, finding.severity) for finding in found} == {
            ("octreotide", Severity.WARNING)
        }


def test_a_circle_of_relations_elsewhere_is_told_and_does_not_hang() -> None:
    def hanging(regimen: str, on: str) -> str:
        phase = f'dose = "50 ug"\ntimes = ["08:00"]\nstart = {{ regimen = "{on}", dose = 1 }}'
        return course(phase).replace('id = "a"', f'id = "{regimen}"')

    with pytest.raises(PlanFileError) as caught:
        plan(hanging("a", "b") + hanging("b", "c") + hanging("c", "b"))
    told = str(caught.value).splitlines()
    assert len(told) == 2
    assert "b hangs on c, which hangs on b" in told[0]
    assert "c hangs on b, which hangs on c" in told[1]
