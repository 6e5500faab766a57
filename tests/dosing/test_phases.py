"""How phases follow each other: `dosing.md`, "Phases"."""

from __future__ import annotations

from datetime import date

import pytest

from scheduler.dosing.plan import Plan
from scheduler.planfile.fault import PlanFileError
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, LAR_20_THEN_30, THRICE, daily, given, moved
from tests.support.schedule import dose_dates, doses, named

THEN = """
  [[regimen.phase]]
  dose = "50 ug"
  times = ["09:00"]
"""


def amounts(of: Plan, start: str, end: str) -> list[tuple[str, int, str]]:
    return [(f"{d.wall_due:%m-%d %H:%M}", d.phase, str(d.dose)) for d in doses(of, start, end)]


def test_for_counts_local_dates_from_the_first() -> None:
    found = amounts(plan(daily("08:00", more='for = "3 d"' + THEN)), "2026-12-01", "2026-12-06")
    assert found == [
        ("12-01 08:00", 1, "100 ug"),
        ("12-02 08:00", 1, "100 ug"),
        ("12-03 08:00", 1, "100 ug"),
        ("12-04 09:00", 2, "50 ug"),
        ("12-05 09:00", 2, "50 ug"),
    ]


def test_until_is_the_last_date_of_a_phase() -> None:
    found = amounts(plan(daily("08:00", more="until = 2026-12-02" + THEN)), "2026-12-01", "2026-12-04")
    assert found == [("12-01 08:00", 1, "100 ug"), ("12-02 08:00", 1, "100 ug"), ("12-03 09:00", 2, "50 ug")]


def test_until_the_first_date_is_one_date() -> None:
    found = plan(daily("08:00", "20:00", more="until = 2026-12-01"))
    assert dose_dates(found, "octreotide", "2026-11-01", "2027-02-01") == ["2026-12-01", "2026-12-01"]


def test_doses_counts_doses() -> None:
    found = plan(daily("08:00", more="doses = 2" + THEN))
    assert amounts(found, "2026-12-01", "2026-12-04") == [
        ("12-01 08:00", 1, "100 ug"),
        ("12-02 08:00", 1, "100 ug"),
        ("12-03 09:00", 2, "50 ug"),
    ]


def test_four_doses_three_times_a_day_end_in_the_morning_of_the_second_day() -> None:
    found = plan(THRICE + "doses = 4\n")
    assert list(named(found, "2026-11-01", "2027-11-01").values()) == [
        "2026-12-01 07:00",
        "2026-12-01 15:00",
        "2026-12-01 23:00",
        "2026-12-02 07:00",
    ]


def test_after_a_phase_that_ends_in_the_morning_the_next_one_begins_the_next_date() -> None:
    found = amounts(plan(THRICE + "doses = 4\n" + THEN), "2026-12-02", "2026-12-04")
    assert found == [("12-02 07:00", 1, "100 ug"), ("12-03 09:00", 2, "50 ug")]


def test_the_numbers_of_doses_run_on_through_the_phases() -> None:
    found = doses(plan(THRICE + "doses = 4\n" + THEN), "2026-12-02", "2026-12-05")
    assert [dose.number for dose in found] == [4, 5, 6]


def test_the_numbers_are_the_same_however_late_the_query_begins() -> None:
    taper = plan(daily("08:00", "20:00", more='for = "10 d"' + THEN))
    # 20 doses in 10 dates; 11 December is number 21, so 11 January, 31 dates later, is number 52.
    assert [dose.number for dose in doses(taper, "2027-01-11", "2027-01-12")] == [52]


def test_a_last_phase_without_an_end_goes_on() -> None:
    assert dose_dates(plan(daily("08:00")), "octreotide", "2036-02-29", "2036-03-01") == ["2036-02-29"]


def test_a_regimen_ends_with_its_last_phase() -> None:
    assert doses(plan(daily("08:00", more='for = "1 wk"')), "2026-12-08", "2030-01-01") == []


def test_nothing_is_planned_before_the_start() -> None:
    assert doses(plan(THRICE + LAR), "2020-01-01", "2026-12-01") == []


def test_a_later_start_leaves_a_gap_after_the_phase_before() -> None:
    found = amounts(
        plan(daily("08:00", more='for = "2 d"' + THEN + "start = 2026-12-05\n")), "2026-12-01", "2026-12-07"
    )
    assert found == [
        ("12-01 08:00", 1, "100 ug"),
        ("12-02 08:00", 1, "100 ug"),
        ("12-05 09:00", 2, "50 ug"),
        ("12-06 09:00", 2, "50 ug"),
    ]


def test_a_phase_that_starts_on_a_date_before_the_one_before_is_over_is_refused() -> None:
    with pytest.raises(PlanFileError) as refused:
        plan(daily("08:00", more='for = "2 wk"' + THEN + "start = 2026-12-10\n"))
    assert str(refused.value) == (
        "test.toml: regimen[0].phase[1].start: 2026-12-10 begins before phase 1 is over, on 2026-12-15"
    )


def test_a_phase_may_start_on_the_very_date_on_which_the_one_before_is_over() -> None:
    found = plan(daily("08:00", more='for = "2 wk"' + THEN + "start = 2026-12-15\n"))
    assert amounts(found, "2026-12-14", "2026-12-16") == [
        ("12-14 08:00", 1, "100 ug"),
        ("12-15 09:00", 2, "50 ug"),
    ]


def test_a_phase_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(PlanFileError, match=r"phase\[0\].until: 2026-11-30 is before the phase begins"):
        plan(daily("08:00", more="until = 2026-11-30"))


def test_a_phase_that_ends_before_the_one_before_it_is_refused() -> None:
    with pytest.raises(PlanFileError, match=r"phase\[1\].until: 2026-12-10 is before .* on 2026-12-15"):
        plan(daily("08:00", more='for = "2 wk"' + THEN + "until = 2026-12-10\n"))


def test_each_depot_is_followed_by_the_interval_of_its_own_phase() -> None:
    rhythms = LAR + 'doses = 2\n[[regimen.phase]]\ndose = "20 mg"\nevery = "2 wk"\ntimes = ["11:00"]\n'
    found = amounts(plan(rhythms), "2026-12-01", "2027-03-01")
    # The second dose of the first phase, 29 December, is still followed by four weeks.
    assert found == [
        ("12-01 10:00", 1, "20 mg"),
        ("12-29 10:00", 1, "20 mg"),
        ("01-26 11:00", 2, "20 mg"),
        ("02-09 11:00", 2, "20 mg"),
        ("02-23 11:00", 2, "20 mg"),
    ]


def test_the_first_30_mg_is_due_one_20_mg_interval_after_the_last_20_mg_as_given() -> None:
    rhythms = LAR_20_THEN_30.replace('"30 mg"\n  every = "4 wk"', '"30 mg"\n  every = "6 wk"')
    late = plan(rhythms + given("lar#2", "2027-01-02T10:00:00"))
    # 2 January + 4 weeks is 30 January; from there 6 weeks to 13 March.
    assert amounts(late, "2026-12-29", "2027-04-01") == [
        ("12-29 10:00", 1, "20 mg"),
        ("01-30 10:00", 2, "30 mg"),
        ("03-13 10:00", 2, "30 mg"),
    ]


def test_a_depot_phase_of_two_doses_has_two_however_late_they_were_given() -> None:
    late = plan(
        LAR_20_THEN_30 + given("lar#1", "2026-12-20T10:00:00") + given("lar#2", "2027-02-01T10:00:00")
    )
    found = doses(late, "2026-12-01", "2027-05-01")
    assert [str(dose.dose) for dose in found] == ["20 mg", "20 mg", "30 mg", "30 mg", "30 mg"]


def test_a_depot_phase_with_a_length_counts_from_its_own_first_date() -> None:
    eight_weeks = LAR + 'for = "8 wk"\n[[regimen.phase]]\ndose = "30 mg"\nevery = "4 wk"\ntimes = ["10:00"]\n'
    assert amounts(plan(eight_weeks), "2026-12-01", "2027-03-01") == [
        ("12-01 10:00", 1, "20 mg"),
        ("12-29 10:00", 1, "20 mg"),
        ("01-26 10:00", 2, "30 mg"),
        ("02-23 10:00", 2, "30 mg"),
    ]


def test_a_depot_phase_with_a_last_date_is_over_when_the_next_dose_would_fall_after_it() -> None:
    until = LAR + "until = 2026-12-29\n" + LAR_20_THEN_30.split("doses = 2\n")[1]
    in_time = plan(until)
    late = plan(until + given("lar#1", "2026-12-02T10:00:00"))
    assert [d.phase for d in doses(in_time, "2026-12-01", "2027-02-01")] == [1, 1, 2]
    assert [d.phase for d in doses(late, "2026-12-01", "2027-02-01")] == [1, 2, 2]


def test_a_start_of_its_own_takes_the_second_depot_phase_out_of_the_chain() -> None:
    pause = LAR_20_THEN_30 + "start = 2027-02-15\n"
    assert dose_dates(plan(pause), "lar", "2026-12-01", "2027-04-01") == [
        "2026-12-01",
        "2026-12-29",
        "2027-02-15",
        "2027-03-15",
    ]


def test_a_start_that_the_chain_has_overtaken_never_brings_two_depots_close_together() -> None:
    late = plan(LAR_20_THEN_30 + "start = 2027-02-15\n" + given("lar#2", "2027-02-20T10:00:00"))
    # 20 February + 4 weeks, and not 15 February, before the dose it follows.
    assert dose_dates(late, "lar", "2027-01-01", "2027-04-01") == ["2027-03-20"]


def test_a_phase_that_hangs_on_a_dose_cuts_all_phases_it_overtakes() -> None:
    """No date has the doses of two phases, and the numbers run on."""
    regimen = daily("08:00", more='for = "20 d"' + THEN + 'for = "10 d"\n' + THEN.replace("50", "25"))
    text = regimen + 'start = { regimen = "lar", dose = 1 }\n' + LAR
    overtaken = plan(text + moved("lar#1", "2026-12-05T10:00:00"))
    found = [d for d in doses(overtaken, "2026-12-01", "2026-12-20") if d.regimen.id == "octreotide"]
    assert [(d.local_date.day, d.phase, d.number) for d in found] == [
        *((day, 1, day) for day in range(1, 5)),
        *((day, 3, day) for day in range(5, 20)),
    ]


def test_a_phase_that_begins_after_the_end_of_the_query_is_not_seen() -> None:
    found = plan(daily("08:00", more='for = "2 d"' + THEN + "start = 2026-12-05\n"))
    assert doses(found, "2026-12-03", "2026-12-05") == []
    assert doses(found, "2026-12-05", "2026-12-06")[0].local_date == date(2026, 12, 5)


@pytest.mark.parametrize(
    ("given_on", "next_on"),
    [
        ("2026-12-29", "2027-02-15"),  # as planned: the start that was ordered, 48 days later
        ("2027-01-18", "2027-02-15"),  # 28 days before the start
        ("2027-01-19", "2027-02-16"),  # from here on the four weeks of the first phase win
        ("2027-02-10", "2027-03-10"),
    ],
)
def test_a_late_depot_never_comes_closer_to_the_start_of_the_next_phase_than_its_interval(
    given_on: str, next_on: str
) -> None:
    late = plan(LAR_20_THEN_30 + "start = 2027-02-15\n" + given("lar#2", f"{given_on}T10:00:00"))
    assert dose_dates(late, "lar", "2026-12-30", "2027-03-12") == [next_on]


def test_a_start_ordered_closer_than_the_interval_keeps_its_distance_from_a_late_depot() -> None:
    # The second phase is ordered two weeks before its turn, 26 January, 28 days after 29 December.
    closer = LAR_20_THEN_30.replace("doses = 2", "until = 2027-01-01") + "start = 2027-01-12\n"
    assert dose_dates(plan(closer), "lar", "2026-12-01", "2027-02-01") == [
        "2026-12-01",
        "2026-12-29",
        "2027-01-12",
    ]
    late = plan(closer + given("lar#2", "2026-12-31T10:00:00"))
    assert dose_dates(late, "lar", "2026-12-30", "2027-02-01") == ["2027-01-14"]
