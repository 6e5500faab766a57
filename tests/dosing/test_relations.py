"""Dates that hang on a dose of another regimen."""

from __future__ import annotations

import pytest

from scheduler.planfile.fault import PlanFileError
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, THRICE, daily, given, held, moved, not_given
from tests.support.schedule import dose_dates, dose_named, doses, reasons

BRIDGE = daily("08:00", more='until = { regimen = "lar", dose = 1, plus = "14 d" }\n')
AFTER = daily("08:00", start='{ regimen = "lar", dose = 2, plus = "1 wk" }')


def octreotide(text: str, start: str = "2026-12-01", end: str = "2027-12-01") -> tuple[str, str]:
    dates = dose_dates(plan(text), "octreotide", start, end)
    assert len(dates) == len(set(dates))
    return dates[0], dates[-1]


def test_a_bridge_ends_on_the_fourteenth_day_after_its_depot() -> None:
    assert octreotide(BRIDGE + LAR) == ("2026-12-01", "2026-12-15")


def test_a_bridge_without_plus_ends_on_the_date_of_the_depot() -> None:
    assert octreotide(BRIDGE.replace(', plus = "14 d"', "") + LAR) == ("2026-12-01", "2026-12-01")


def test_a_bridge_follows_a_depot_given_late() -> None:
    assert octreotide(BRIDGE + LAR + given("lar#1", "2026-12-04T10:00:00")) == ("2026-12-01", "2026-12-18")


def test_a_bridge_follows_a_moved_depot() -> None:
    assert octreotide(BRIDGE + LAR + moved("lar#1", "2026-12-08T10:00:00")) == ("2026-12-01", "2026-12-22")


def test_a_bridge_counts_from_the_date_given_and_not_from_the_one_moved_to() -> None:
    text = BRIDGE + LAR + moved("lar#1", "2026-12-08T10:00:00") + given("lar#1", "2026-12-07T10:00:00")
    assert octreotide(text) == ("2026-12-01", "2026-12-21")


def test_a_bridge_follows_a_depot_out_of_a_hold() -> None:
    # The depot is planned for 11 December, so the bridge ends on the 25th.
    assert octreotide(BRIDGE + LAR + held("lar", "2026-12-01", "2026-12-10")) == ("2026-12-01", "2026-12-25")


def test_a_bridge_goes_on_while_its_depot_is_held_without_an_end() -> None:
    assert octreotide(BRIDGE + LAR + held("lar", "2026-12-01")) == ("2026-12-01", "2027-11-30")


def test_a_bridge_to_a_depot_that_was_not_given_counts_from_its_planned_date() -> None:
    assert octreotide(BRIDGE + LAR + not_given("lar#1", "2026-12-03T10:00:00")) == (
        "2026-12-01",
        "2026-12-15",
    )


def test_a_start_may_hang_on_a_dose() -> None:
    # The second depot is due on 29 December, a week later is 5 January.
    assert octreotide(AFTER + LAR)[0] == "2027-01-05"


def test_a_start_follows_its_dose() -> None:
    assert octreotide(AFTER + LAR + given("lar#1", "2026-12-03T10:00:00"))[0] == "2027-01-07"
    assert octreotide(AFTER + LAR + moved("lar#2", "2027-01-01T10:00:00"))[0] == "2027-01-08"
    assert octreotide(AFTER + LAR + held("lar", "2026-12-29", "2027-01-01"))[0] == "2027-01-09"


def test_nothing_starts_on_a_dose_that_is_held_without_an_end() -> None:
    assert (
        dose_dates(plan(AFTER + LAR + held("lar", "2026-12-15")), "octreotide", "2026-12-01", "2030-01-01")
        == []
    )


def test_nothing_starts_on_a_dose_that_is_no_longer_promised() -> None:
    waiting = plan(AFTER + LAR + held("lar", "2026-12-01"))
    assert dose_dates(waiting, "octreotide", "2026-12-01", "2030-01-01") == []


def test_a_phase_that_hangs_on_a_dose_says_so() -> None:
    starting = plan(AFTER + LAR)
    assert reasons(starting, "octreotide@2027-01-05/1") == ["bound"]
    assert dose_named(starting, "octreotide@2027-01-05/1").reasons[0].text == (
        "the phase starts 1 week after dose 2 of lar"
    )
    no_plus = plan(AFTER.replace(', plus = "1 wk"', "") + LAR)
    assert dose_named(no_plus, "octreotide@2026-12-29/1").reasons[0].text == (
        "the phase starts on the date of dose 2 of lar"
    )


def test_a_second_phase_may_start_with_a_dose_and_ends_the_first() -> None:
    text = THRICE + 'until = { regimen = "lar", dose = 1 }\n'
    text += '[[regimen.phase]]\ndose = "50 ug"\ntimes = ["09:00"]\n'
    text += 'start = { regimen = "lar", dose = 1, plus = "2 d" }\n'
    found = [d for d in doses(plan(text + LAR), "2026-12-01", "2026-12-05") if d.regimen.id == "octreotide"]
    assert [f"{d.wall_due:%d %H:%M}" for d in found] == [
        "01 07:00",
        "01 15:00",
        "01 23:00",
        "03 09:00",
        "04 09:00",
    ]


def test_a_relation_may_name_a_dose_of_a_grid_by_its_number() -> None:
    # Three a day: number 7 is the first of the third date.
    depot = LAR.replace("start = 2026-12-01", 'start = { regimen = "octreotide", dose = 7 }')
    assert dose_dates(plan(THRICE + depot), "lar", "2026-11-01", "2026-12-20") == ["2026-12-03"]


def test_a_relation_to_a_dose_of_a_grid_follows_its_move_and_its_record() -> None:
    depot = LAR.replace("start = 2026-12-01", 'start = { regimen = "octreotide", dose = 7 }')
    name = "octreotide@2026-12-03/1"
    text = THRICE + depot
    assert dose_dates(plan(text + moved(name, "2026-12-06T07:00:00")), "lar", "2026-11-01", "2026-12-20") == [
        "2026-12-06"
    ]
    assert dose_dates(plan(text + given(name, "2026-12-04T00:10:00")), "lar", "2026-11-01", "2026-12-20") == [
        "2026-12-04"
    ]


def test_relations_may_run_through_several_regimens() -> None:
    second = LAR.replace('"lar"', '"second"').replace(
        "2026-12-01", '{ regimen = "lar", dose = 1, plus = "1 wk" }'
    )
    text = daily("08:00", start='{ regimen = "second", dose = 1, plus = "1 mo" }') + second + LAR
    assert octreotide(text)[0] == "2027-01-08"
    assert octreotide(text + given("lar#1", "2026-12-03T10:00:00"))[0] == "2027-01-10"


def test_an_amount_of_calendar_months_is_counted_as_months() -> None:
    assert octreotide(BRIDGE.replace("14 d", "1 mo") + LAR)[1] == "2027-01-01"


@pytest.mark.parametrize("key", ["start", "until"])
def test_a_regimen_that_hangs_on_itself_is_refused(key: str) -> None:
    bound = '{ regimen = "octreotide", dose = 1 }'
    text = daily("08:00", start=bound) if key == "start" else daily("08:00", more=f"until = {bound}\n")
    with pytest.raises(PlanFileError) as refused:
        plan(text)
    assert str(refused.value) == (
        f'test.toml: regimen[0].phase[0].{key}.regimen: "octreotide" runs in a circle: '
        "octreotide hangs on octreotide, which hangs on octreotide"
    )


def test_a_circle_through_three_regimens_is_refused_at_each_of_them() -> None:
    def hanging(name: str, on: str) -> str:
        relation = f'{{ regimen = "{on}", dose = 1 }}'
        return LAR.replace('"lar"', f'"{name}"').replace("2026-12-01", relation)

    with pytest.raises(PlanFileError) as refused:
        plan(hanging("a", "b") + hanging("b", "c") + hanging("c", "a"))
    assert str(refused.value).count("runs in a circle") == 3


def test_a_relation_to_an_unknown_regimen_is_refused_with_those_there_are() -> None:
    with pytest.raises(PlanFileError) as refused:
        plan(BRIDGE.replace('"lar"', '"lat"') + LAR)
    assert str(refused.value) == (
        'test.toml: regimen[0].phase[0].until.regimen: "lat" is no regimen of this plan; '
        'there are: lar, octreotide; did you mean "lar"?'
    )


def test_a_relation_past_the_last_dose_is_refused() -> None:
    with pytest.raises(PlanFileError) as refused:
        plan(BRIDGE.replace("dose = 1", "dose = 3") + LAR + "doses = 2\n")
    assert str(refused.value) == (
        "test.toml: regimen[0].phase[0].until.dose: 3 is past the last dose of lar, which has 2"
    )


def test_a_relation_to_the_very_last_dose_stands() -> None:
    assert octreotide(BRIDGE.replace("dose = 1", "dose = 2") + LAR + "doses = 2\n")[1] == "2027-01-12"
