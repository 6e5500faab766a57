"""What is given as needed: nothing is planned, what was given is kept and measured."""

from __future__ import annotations

from datetime import date

import pytest

from scheduler.dosing.as_needed import allowance, next_id
from scheduler.dosing.expansion import Layout
from scheduler.dosing.plan import Period
from scheduler.dosing.plan_findings import findings
from tests.support.plan_text import plan
from tests.support.regimen_text import course, given, held, not_given, travelling
from tests.support.schedule import dose_named, doses, instant, named, status

RESCUE = course('dose = "50 ug"\nas_needed = { max_per_day = 4, min_gap = "4 h" }\nstart = 2026-12-01')


def on_the_3rd(*times: str) -> str:
    return "".join(given(f"a@2026-12-03/{n}", f"2026-12-03T{time}:00") for n, time in enumerate(times, 1))


def told(text: str, start: date = date(2026, 12, 1), end: date = date(2026, 12, 31)) -> list[tuple[str, ...]]:
    found = findings(plan(text), Period(start=start, end=end), instant("2026-12-10T12:00-05:00"))
    return [(finding.code, finding.dose or "", finding.text) for finding in found]


def allowed(text: str, moment: str) -> tuple[str, int] | None:
    """From when another dose may be given, in New York, and how many there were that day."""
    of, at = plan(text), instant(moment)
    found = allowance(of, of.regimens[0], Layout(of).spans(of.regimens[0]), at, at.date())
    if found is None:
        return None
    earliest = found.earliest.astimezone(of.patient.zone)
    return earliest.isoformat(timespec="minutes"), found.given_today


def test_nothing_is_planned() -> None:
    assert doses(plan(RESCUE), "2026-12-01", "2040-01-01") == []


def test_what_was_given_is_where_it_was_given() -> None:
    text = RESCUE + on_the_3rd("09:10", "14:40") + given("a@2026-12-05/1", "2026-12-05T03:20:00")
    assert named(plan(text), "2026-12-01", "2027-01-01") == {
        "a@2026-12-03/1": "2026-12-03 09:10",
        "a@2026-12-03/2": "2026-12-03 14:40",
        "a@2026-12-05/1": "2026-12-05 03:20",
    }
    found = doses(plan(text), "2026-12-01", "2027-01-01")
    assert [(dose.number, dose.due_at == dose.given_at) for dose in found] == [
        (1, True),
        (2, True),
        (3, True),
    ]
    assert status(plan(text), "a@2026-12-03/1", "2026-12-03T09:10-05:00") == "given"


def test_a_dose_refused_is_kept_as_not_given() -> None:
    text = RESCUE + not_given("a@2026-12-03/1", "2026-12-03T09:00:00")
    assert status(plan(text), "a@2026-12-03/1", "2026-12-03T10:00-05:00") == "not_given"


def test_a_dose_belongs_to_the_phase_of_its_date() -> None:
    text = course(
        'dose = "50 ug"\nas_needed = { max_per_day = 2 }\nstart = 2026-12-01\nfor = "1 wk"',
        'dose = "100 ug"\nas_needed = { max_per_day = 4 }',
    )
    text += given("a@2026-12-07/1", "2026-12-07T09:00:00") + given("a@2026-12-08/1", "2026-12-08T09:00:00")
    found = doses(plan(text), "2026-12-01", "2027-01-01")
    assert [(dose.local_date.day, dose.phase, str(dose.dose)) for dose in found] == [
        (7, 1, "50 ug"),
        (8, 2, "100 ug"),
    ]


def test_sites_go_round_in_the_order_of_the_doses() -> None:
    sites = RESCUE.replace("\n\n[[regimen.phase]]", '\nsites = ["a", "b", "c"]\n[[regimen.phase]]')
    text = sites + on_the_3rd("01:00", "06:00", "11:00") + given("a@2026-12-04/1", "2026-12-04T09:00:00")
    assert [dose.site for dose in doses(plan(text), "2026-12-01", "2027-01-01")] == ["a", "b", "c", "a"]


def test_four_a_day_four_hours_apart_are_within_the_limits() -> None:
    assert told(RESCUE + on_the_3rd("08:00", "12:00", "16:00", "20:00")) == []


def test_a_fifth_dose_on_a_day_is_told() -> None:
    assert told(RESCUE + on_the_3rd("00:10", "04:10", "08:10", "12:10", "16:10")) == [
        (
            "as-needed-maximum",
            "a@2026-12-03/5",
            "is dose 5 on 2026-12-03; at most 4 a day are ordered.",
        )
    ]


def test_two_doses_too_close_together_are_told() -> None:
    close = ("as-needed-gap", "a@2026-12-03/2")
    text = "was given 3.5 hours after the one before; at least 4 hours are ordered."
    assert told(RESCUE + on_the_3rd("09:00", "12:30")) == [(*close, text)]


def test_two_doses_too_close_together_over_midnight_are_told_on_the_second_date() -> None:
    text = RESCUE + on_the_3rd("23:00") + given("a@2026-12-04/1", "2026-12-04T01:00:00")
    assert [finding[:2] for finding in told(text)] == [("as-needed-gap", "a@2026-12-04/1")]
    assert told(text, end=date(2026, 12, 4)) == []
    assert len(told(text, start=date(2026, 12, 4))) == 1


@pytest.mark.parametrize(
    ("day", "first", "second", "count"),
    [
        ("2026-11-01", "00:30", "03:30", 0),  # an hour twice: 4 hours
        ("2027-03-14", "00:30", "04:30", 1),  # an hour skipped: 3 hours
    ],
)
def test_the_time_between_two_doses_is_elapsed_time(day: str, first: str, second: str, count: int) -> None:
    text = RESCUE.replace("2026-12-01", "2026-11-01") + given(f"a@{day}/1", f"{day}T{first}:00")
    text += given(f"a@{day}/2", f"{day}T{second}:00")
    assert len(told(text, date(2026, 11, 1), date(2027, 4, 1))) == count


def test_a_dose_that_was_not_given_counts_for_nothing() -> None:
    text = RESCUE + on_the_3rd("09:00") + not_given("a@2026-12-03/2", "2026-12-03T10:00:00")
    assert told(text) == []
    assert allowed(text, "2026-12-03T14:00-05:00") == ("2026-12-03T14:00-05:00", 1)


def test_doses_recorded_out_of_order_are_measured_in_order_of_time() -> None:
    text = RESCUE + on_the_3rd("15:00", "09:00", "12:00")
    assert [finding[:2] for finding in told(text)] == [
        ("as-needed-gap", "a@2026-12-03/3"),
        ("as-needed-gap", "a@2026-12-03/1"),
    ]


class TestTheNextOne:
    @pytest.mark.parametrize(
        ("times", "moment", "expected"),
        [
            ((), "2026-12-03T14:00-05:00", ("2026-12-03T14:00-05:00", 0)),
            (("09:00",), "2026-12-03T10:00-05:00", ("2026-12-03T13:00-05:00", 1)),
            (("09:00",), "2026-12-03T13:00-05:00", ("2026-12-03T13:00-05:00", 1)),
            (("09:00",), "2026-12-03T15:30-05:00", ("2026-12-03T15:30-05:00", 1)),
            # The fourth of the day: from midnight, or four hours after it.
            (("06:00", "10:00", "14:00", "18:00"), "2026-12-03T19:00-05:00", ("2026-12-04T00:00-05:00", 4)),
            (("09:00", "13:00", "17:00", "21:00"), "2026-12-03T21:30-05:00", ("2026-12-04T01:00-05:00", 4)),
            (("09:00", "13:00", "17:00", "21:00"), "2026-12-04T00:30-05:00", ("2026-12-04T01:00-05:00", 0)),
        ],
    )
    def test_it_may_be_given_from_when_both_limits_are_kept(
        self, times: tuple[str, ...], moment: str, expected: tuple[str, int]
    ) -> None:
        assert allowed(RESCUE + on_the_3rd(*times), moment) == expected

    def test_without_a_gap_only_the_day_counts(self) -> None:
        no_gap = RESCUE.replace(', min_gap = "4 h"', "").replace("max_per_day = 4", "max_per_day = 2")
        text = no_gap + on_the_3rd("09:00")
        assert allowed(text, "2026-12-03T09:05-05:00") == ("2026-12-03T09:05-05:00", 1)
        assert allowed(no_gap + on_the_3rd("09:00", "09:30"), "2026-12-03T10:00-05:00") == (
            "2026-12-04T00:00-05:00",
            2,
        )

    def test_the_gap_is_elapsed_time_through_a_change_of_clocks(self) -> None:
        text = RESCUE.replace("2026-12-01", "2026-11-01") + given("a@2026-11-01/1", "2026-11-01T00:30:00")
        assert allowed(text, "2026-11-01T00:45-04:00") == ("2026-11-01T03:30-05:00", 1)

    def test_none_may_be_given_before_the_start_or_after_the_end(self) -> None:
        ended = RESCUE + "until = 2026-12-20\n"
        assert allowed(ended, "2026-11-30T12:00-05:00") is None
        assert allowed(ended, "2026-12-20T12:00-05:00") is not None
        assert allowed(ended, "2026-12-21T12:00-05:00") is None

    def test_none_may_be_given_in_a_hold(self) -> None:
        text = RESCUE + held("a", "2026-12-03", "2026-12-04")
        assert allowed(text, "2026-12-03T12:00-05:00") is None
        assert allowed(text, "2026-12-05T12:00-05:00") is not None

    def test_none_may_be_given_after_the_date_of_a_stop(self) -> None:
        stopped = RESCUE.replace(
            "[[regimen.phase]]", "stop = { at = 2026-12-03T12:00:00 }\n[[regimen.phase]]"
        )
        assert allowed(stopped, "2026-12-03T11:00-05:00") is not None
        assert allowed(stopped, "2026-12-04T00:00-05:00") is None

    def test_on_a_journey_the_times_given_are_of_the_place(self) -> None:
        # 23:00 in New York on the 9th is 05:00 in Paris on the 10th; four hours later it is 09:00 there.
        away = travelling("Europe/Paris", "2026-12-10", "2026-12-24") + RESCUE
        text = away + given("a@2026-12-09/1", "2026-12-09T23:00:00")
        assert allowed(text, "2026-12-10T06:00+01:00") == ("2026-12-10T03:00-05:00", 0)

    @pytest.mark.parametrize(("times", "name"), [((), "/1"), (("09:00",), "/2"), (("09:00", "08:00"), "/3")])
    def test_it_has_the_next_place_on_its_date(self, times: tuple[str, ...], name: str) -> None:
        of = plan(RESCUE + on_the_3rd(*times))
        assert str(next_id(of, of.regimens[0], date(2026, 12, 3))) == f"a@2026-12-03{name}"
        assert str(next_id(of, of.regimens[0], date(2026, 12, 4))) == "a@2026-12-04/1"

    def test_its_place_is_never_one_that_was_used(self) -> None:
        of = plan(RESCUE + given("a@2026-12-03/3", "2026-12-03T09:00:00"))
        assert str(next_id(of, of.regimens[0], date(2026, 12, 3))) == "a@2026-12-03/4"


def test_a_dose_given_in_a_hold_was_given() -> None:
    text = RESCUE + held("a", "2026-12-03") + on_the_3rd("09:00")
    assert status(plan(text), "a@2026-12-03/1", "2026-12-03T10:00-05:00") == "given"


def test_a_dose_as_needed_has_no_window() -> None:
    dose = dose_named(plan(RESCUE + on_the_3rd("09:00")), "a@2026-12-03/1")
    assert (dose.window.earliest, dose.window.latest, dose.window.stated_by) == (None, None, None)


@pytest.mark.parametrize("ends", ["until = 2026-12-03\n", 'for = "3 d"\n'])
def test_nothing_more_is_allowed_where_the_regimen_is_over_before_the_next_dose_may_be_given(
    ends: str,
) -> None:
    once = course(f'dose = "50 ug"\nas_needed = {{ max_per_day = 1 }}\nstart = 2026-12-01\n{ends}')
    assert allowed(once + on_the_3rd("09:00"), "2026-12-03T13:00-05:00") is None


def test_nothing_more_is_allowed_after_a_stop_or_in_a_hold_that_begins_tomorrow() -> None:
    once = 'dose = "50 ug"\nas_needed = { max_per_day = 1 }\nstart = 2026-12-01'
    stopped = course(once, keys="stop = { at = 2026-12-03T12:00:00 }")
    assert allowed(stopped + on_the_3rd("09:00"), "2026-12-03T13:00-05:00") is None
    assert (
        allowed(course(once) + held("a", "2026-12-04") + on_the_3rd("09:00"), "2026-12-03T13:00-05:00")
        is None
    )


def test_it_was_given_by_the_clocks_of_where_the_patient_was_whatever_the_regimen_follows() -> None:
    paris = travelling("Europe/Paris", "2026-12-10", "2026-12-24")
    home = RESCUE.replace("[[regimen.phase]]", 'travel = "home"\n[[regimen.phase]]')
    found = dose_named(plan(paris + home + given("a@2026-12-10/1", "2026-12-10T10:00:00")), "a@2026-12-10/1")
    assert found.due_at == found.given_at == instant("2026-12-10T10:00+01:00")
