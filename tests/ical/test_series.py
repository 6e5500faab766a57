"""How the doses of a plan are cut into series. Each is told in a line: what repeats, from when to when."""

from __future__ import annotations

from datetime import date

import pytest

from scheduler.dosing.plan import Plan
from scheduler.ical.series import Series, series_of
from scheduler.ical.standing import is_open
from scheduler.ical.stride import Stride
from tests.support import schedule
from tests.support.plan_text import plan

TABLETS = """
[[regimen]]
id = "tablets"
product = "custom"
name = "Capecitabine"
route = "oral"
[[regimen.phase]]
dose = "1500 mg"
"""
OCTREOTIDE = '[[regimen]]\nid = "octreotide"\nproduct = "octreotide-sc"\n[[regimen.phase]]\ndose = "100 ug"\n'
DEPOT = '[[regimen]]\nid = "lar"\nproduct = "octreotide-lar"\n[[regimen.phase]]\ndose = "20 mg"\n'


def told(plan: Plan, start: str = "2026-12-01", end: str = "2027-12-01") -> list[str]:
    """The series of the open doses of a period, by the instant of the first dose."""
    doses = [dose for dose in schedule.doses(plan, start, end) if is_open(dose)]
    found = sorted(series_of(doses), key=lambda series: (series.first.due_at, str(series.first.id)))
    assert sorted(str(d.id) for series in found for d in series.doses) == sorted(str(d.id) for d in doses)
    return [line(series) for series in found]


def line(series: Series) -> str:
    first = f"{series.first.wall_due:%a %Y-%m-%d %H:%M}"
    if series.stride is None:
        return first
    every = f"{series.stride.months} mo" if series.stride.months else f"{series.stride.days} d"
    left_out = f" but {', '.join(map(str, series.missing))}" if series.missing else ""
    return f"{first} every {every} to {series.doses[-1].local_date}{left_out}"


def tablets(pattern: str, *, at: str = "08:00", start: str = "2026-12-02", more: str = "") -> Plan:
    return plan(f'{TABLETS}{pattern}\ntimes = ["{at}"]\nstart = {start}\n{more}')


def daily(*, more: str = "", at: str = "07:00", zone: str = "America/New_York") -> Plan:
    return plan(f'{OCTREOTIDE}times = ["{at}"]\nstart = 2026-12-01\n{more}', zone=zone)


def test_three_times_a_day_is_one_series_for_each_time_across_both_changes_of_clocks() -> None:
    thrice = plan(f'{OCTREOTIDE}times = ["07:00", "15:00", "23:00"]\nstart = 2026-12-01')
    assert told(thrice) == [
        "Tue 2026-12-01 07:00 every 1 d to 2027-11-30",
        "Tue 2026-12-01 15:00 every 1 d to 2027-11-30",
        "Tue 2026-12-01 23:00 every 1 d to 2027-11-30",
    ]


def test_a_depot_every_four_weeks_is_one_series() -> None:
    depot = plan(f'{DEPOT}every = "4 wk"\ntimes = ["10:00"]\nstart = 2026-12-01')
    assert told(depot) == ["Tue 2026-12-01 10:00 every 28 d to 2027-11-30"]


def test_a_month_on_a_day_that_every_month_has_is_one_series() -> None:
    monthly = plan(f'{DEPOT}every = "1 mo"\ntimes = ["10:00"]\nstart = 2026-12-28')
    assert told(monthly) == ["Mon 2026-12-28 10:00 every 1 mo to 2027-11-28"]
    quarterly = plan(f'{DEPOT}every = "3 mo"\ntimes = ["10:00"]\nstart = 2026-12-05')
    assert told(quarterly, end="2028-01-01") == ["Sat 2026-12-05 10:00 every 3 mo to 2027-12-05"]


@pytest.mark.parametrize("day", [29, 30, 31])
def test_a_month_on_a_day_that_not_every_month_has_is_told_dose_by_dose(day: int) -> None:
    monthly = plan(f'{DEPOT}every = "1 mo"\ntimes = ["10:00"]\nstart = 2026-12-{day}')
    lines = told(monthly, end="2028-01-01")
    assert len(lines) == 13
    assert not [line for line in lines if "every" in line]


def test_four_weeks_that_happen_to_end_on_the_same_day_of_the_month_are_no_month() -> None:
    """28 days from 5 February is 5 March."""
    depot = plan(f'{DEPOT}every = "4 wk"\ntimes = ["10:00"]\nstart = 2027-02-05')
    assert told(depot, start="2027-02-01", end="2027-08-01") == [
        "Fri 2027-02-05 10:00 every 28 d to 2027-07-23"
    ]


def test_monday_wednesday_and_friday_are_a_weekly_series_each() -> None:
    lines = told(tablets('every = "1 wk"\nweekdays = ["mon", "wed", "fri"]'))
    assert lines == [
        "Wed 2026-12-02 08:00 every 7 d to 2027-11-24",
        "Fri 2026-12-04 08:00 every 7 d to 2027-11-26",
        "Mon 2026-12-07 08:00 every 7 d to 2027-11-29",
    ]


def test_weekdays_of_every_other_week_are_a_series_each() -> None:
    assert told(tablets('every = "2 wk"\nweekdays = ["mon", "thu"]')) == [
        "Thu 2026-12-03 08:00 every 14 d to 2027-11-18",
        "Mon 2026-12-14 08:00 every 14 d to 2027-11-29",
    ]


@pytest.mark.parametrize("start", ["2026-12-02", "2026-12-05"])
def test_three_weeks_on_and_one_off_are_a_run_for_each_cycle(start: str) -> None:
    cycled = tablets('cycle = { length = "28 d", on = ["1-21"] }')
    assert told(cycled, start=start, end="2027-02-28") == [
        f"{'Wed' if start == '2026-12-02' else 'Sat'} {start} 08:00 every 1 d to 2026-12-22",
        "Wed 2026-12-30 08:00 every 1 d to 2027-01-19",
        "Wed 2027-01-27 08:00 every 1 d to 2027-02-16",
        "Wed 2027-02-24 08:00 every 1 d to 2027-02-27",
    ]


def test_a_cycle_that_has_begun_leaves_its_last_days_and_whole_runs_after_them() -> None:
    cycled = tablets('cycle = { length = "28 d", on = ["1-21"] }')
    lines = told(cycled, start="2026-12-21", end="2027-12-21")
    assert lines[:3] == [
        "Mon 2026-12-21 08:00",
        "Tue 2026-12-22 08:00",
        "Wed 2026-12-30 08:00 every 1 d to 2027-01-19",
    ]
    assert len(lines) == 15


def test_a_few_days_of_a_short_cycle_are_a_series_each() -> None:
    assert told(tablets('cycle = { length = "5 d", on = ["1", "2"] }')) == [
        "Wed 2026-12-02 08:00 every 5 d to 2027-11-27",
        "Thu 2026-12-03 08:00 every 5 d to 2027-11-28",
    ]


def test_a_day_off_now_and_then_is_left_out_of_one_series() -> None:
    (only,) = told(tablets('cycle = { length = "28 d", on = ["1-27"] }'))
    assert only.startswith("Wed 2026-12-02 08:00 every 1 d to 2027-11-29 but 2026-12-29, 2027-01-26, ")


def test_a_hold_ends_a_series_and_the_resumption_begins_one() -> None:
    held = daily(more='[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-20\nuntil = 2026-12-31')
    assert told(held) == [
        "Tue 2026-12-01 07:00 every 1 d to 2026-12-19",
        "Fri 2027-01-01 07:00 every 1 d to 2027-11-30",
    ]


@pytest.mark.parametrize(("last", "count"), [("2026-12-22", 1), ("2026-12-23", 2)])
def test_up_to_three_doses_held_are_left_out_of_the_series(last: str, count: int) -> None:
    held = daily(more=f'[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-20\nuntil = {last}')
    assert len(told(held)) == count


def test_an_open_hold_ends_the_series_for_good() -> None:
    held = daily(more='[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-20')
    assert told(held) == ["Tue 2026-12-01 07:00 every 1 d to 2026-12-19"]


def test_a_dose_skipped_or_given_ahead_is_left_out() -> None:
    skipped = '[[administration]]\ndose = "octreotide@2026-12-08/1"\nstatus = "not-given"\nreason = "fever"\n'
    given = '[[administration]]\ndose = "octreotide@2026-12-05/1"\nat = 2026-12-04T20:00:00\n'
    assert told(daily(more=skipped + "at = 2026-12-08T07:00:00\n" + given)) == [
        "Tue 2026-12-01 07:00 every 1 d to 2027-11-30 but 2026-12-05, 2026-12-08"
    ]


def test_a_moved_dose_is_left_out_and_stands_alone() -> None:
    moved = daily(more='[[move]]\ndose = "octreotide@2026-12-10/1"\nto = 2026-12-10T18:30:00')
    assert told(moved) == [
        "Tue 2026-12-01 07:00 every 1 d to 2027-11-30 but 2026-12-10",
        "Thu 2026-12-10 18:30",
    ]


def test_a_dose_moved_onto_the_place_of_another_one_leaves_both() -> None:
    moved = daily(more='[[move]]\ndose = "octreotide@2026-12-10/1"\nto = 2026-12-12T07:00:00')
    assert told(moved) == [
        "Tue 2026-12-01 07:00 every 1 d to 2027-11-30 but 2026-12-10",
        "Sat 2026-12-12 07:00",
    ]


def test_doses_moved_to_one_time_of_day_stand_alone_each() -> None:
    moves = (
        f'[[move]]\ndose = "octreotide@2026-12-{d}/1"\nto = 2026-12-{d}T18:30:00\n' for d in (10, 11, 12)
    )
    assert told(daily(more="".join(moves)), end="2026-12-20") == [
        "Tue 2026-12-01 07:00 every 1 d to 2026-12-19 but 2026-12-10, 2026-12-11, 2026-12-12",
        "Thu 2026-12-10 18:30",
        "Fri 2026-12-11 18:30",
        "Sat 2026-12-12 18:30",
    ]


def test_two_doses_at_one_moment_are_both_there() -> None:
    planned = schedule.doses(daily(), "2026-12-01", "2026-12-11")
    found = series_of([*planned, planned[4]])
    assert [len(series.doses) for series in found] == [1, 10]


def test_depots_after_a_late_one_are_a_series_of_their_own() -> None:
    body = f'{DEPOT}every = "4 wk"\ntimes = ["10:00"]\nstart = 2026-12-01\n'
    given = '[[administration]]\ndose = "lar#2"\nat = 2027-01-02T09:00:00'
    assert told(plan(body + given)) == [
        "Tue 2026-12-01 10:00",
        "Sat 2027-01-30 10:00 every 28 d to 2027-11-06",
    ]


def test_each_dose_level_has_a_series() -> None:
    titrated = plan(
        f"{OCTREOTIDE}times = ['07:00']\nstart = 2026-12-01\ndoses = 14\n"
        '[[regimen.phase]]\ndose = "200 ug"\ntimes = ["07:00"]'
    )
    assert told(titrated) == [
        "Tue 2026-12-01 07:00 every 1 d to 2026-12-14",
        "Tue 2026-12-15 07:00 every 1 d to 2027-11-30",
    ]


def test_an_amended_dose_has_a_series_from_its_date_on() -> None:
    before = daily()
    after = plan(OCTREOTIDE.replace("100", "50") + 'times = ["07:00"]\nstart = 2026-12-01')
    amended = schedule.amended(before, "2027-01-01", after)
    assert told(amended) == [
        "Tue 2026-12-01 07:00 every 1 d to 2026-12-31",
        "Fri 2027-01-01 07:00 every 1 d to 2027-11-30",
    ]


def test_a_journey_has_series_by_the_clocks_of_the_place() -> None:
    abroad = '[[patient.travel]]\nzone = "Europe/Paris"\nfrom = 2026-12-10\nuntil = 2026-12-24\n'
    travelled = plan(f'{abroad}{OCTREOTIDE}times = ["07:00"]\nstart = 2026-12-01')
    assert told(travelled) == [
        "Tue 2026-12-01 07:00 every 1 d to 2026-12-09",
        "Thu 2026-12-10 07:00 every 1 d to 2026-12-24",
        "Fri 2026-12-25 07:00 every 1 d to 2027-11-30",
    ]


def test_what_counts_elapsed_hours_has_a_series_for_each_reading_of_the_clock() -> None:
    hourly = plan(TABLETS + 'every = "36 h"\nstart = 2026-12-03T07:30:00')
    assert told(hourly) == [
        "Thu 2026-12-03 07:30 every 3 d to 2027-03-12",
        "Fri 2026-12-04 19:30 every 3 d to 2027-03-13",
        "Mon 2027-03-15 08:30 every 3 d to 2027-11-04",
        "Tue 2027-03-16 20:30 every 3 d to 2027-11-05",
        "Sun 2027-11-07 07:30 every 3 d to 2027-11-28",
        "Mon 2027-11-08 19:30 every 3 d to 2027-11-29",
    ]


@pytest.mark.parametrize(
    ("at", "alone"), [("00:45", False), ("01:00", True), ("03:45", True), ("04:00", False)]
)
def test_times_at_which_clocks_are_set_are_told_dose_by_dose_all_year(at: str, alone: bool) -> None:
    assert len(told(daily(at=at, zone="Asia/Kolkata"), end="2026-12-31")) == (30 if alone else 1)


def test_no_rule_passes_a_date_on_which_clocks_skip_its_time() -> None:
    """In Santiago they go from 00:00 to 01:00 on 5 September 2027."""
    assert told(daily(at="00:15", zone="America/Santiago")) == [
        "Tue 2026-12-01 00:15 every 1 d to 2027-09-04",
        "Sun 2027-09-05 01:15",
        "Mon 2027-09-06 00:15 every 1 d to 2027-11-30",
    ]


def test_no_rule_passes_a_date_on_which_clocks_skip_the_end_of_an_event() -> None:
    assert told(daily(at="23:50", zone="America/Santiago"), start="2027-08-01") == [
        "Sun 2027-08-01 23:50 every 1 d to 2027-09-03",
        "Sat 2027-09-04 23:50",
        "Sun 2027-09-05 23:50 every 1 d to 2027-11-30",
    ]


def test_a_dose_at_a_time_that_clocks_show_twice_stands_alone() -> None:
    """In Santiago they go from 00:00 back to 23:00 at the end of 3 April 2027."""
    assert told(daily(at="23:30", zone="America/Santiago"), end="2027-05-01") == [
        "Tue 2026-12-01 23:30 every 1 d to 2027-04-02",
        "Sat 2027-04-03 23:30",
        "Sun 2027-04-04 23:30 every 1 d to 2027-04-30",
    ]


@pytest.mark.parametrize(("doses", "count"), [(2, 2), (3, 1)])
def test_fewer_than_three_doses_are_not_worth_a_rule(doses: int, count: int) -> None:
    assert len(told(tablets('every = "2 d"', more=f"doses = {doses}"))) == count


def test_regimens_are_never_mixed() -> None:
    two = plan(
        OCTREOTIDE.replace("octreotide-sc", "everolimus").replace("100 ug", "10 mg")
        + 'times = ["07:00"]\nstart = 2026-12-01\n'
        + TABLETS
        + 'times = ["07:00"]\nevery = "1 d"\nstart = 2026-12-01'
    )
    assert told(two, end="2026-12-11") == 2 * ["Tue 2026-12-01 07:00 every 1 d to 2026-12-10"]


@pytest.mark.parametrize("end", ["2027-12-01", "2036-12-01"])
def test_six_days_of_every_week_are_six_series_and_none_leaves_out_a_date(end: str) -> None:
    crowded = tablets('every = "1 wk"\nweekdays = ["mon", "tue", "wed", "thu", "fri", "sat"]')
    lines = told(crowded, end=end)
    assert len(lines) == 6
    assert not [line for line in lines if "but" in line]


def test_four_weeks_without_sundays_are_one_series() -> None:
    crowded = tablets('every = "1 wk"\nweekdays = ["mon", "tue", "wed", "thu", "fri", "sat"]')
    assert told(crowded, end="2026-12-30") == [
        "Wed 2026-12-02 08:00 every 1 d to 2026-12-29 but 2026-12-06, 2026-12-13, 2026-12-20, 2026-12-27"
    ]


def test_a_series_that_would_leave_out_too_much_ends() -> None:
    days = ", ".join(f'"{day}"' for day in (1, 2, 5, 6, 9, 11, 12, 15, 18, 19, 22, 24, 28))
    lines = told(tablets(f'cycle = {{ length = "28 d", on = [{days}] }}'), end="2026-12-30")
    assert lines[0] == "Wed 2026-12-02 08:00 every 1 d to 2026-12-07 but 2026-12-04, 2026-12-05"
    assert len(lines) > 2


def test_no_doses_make_no_series() -> None:
    assert series_of([]) == []


@pytest.mark.parametrize(
    ("stride", "first"),
    [
        (Stride(days=1), date(2027, 12, 30)),
        (Stride(days=28), date(2028, 2, 1)),
        (Stride(months=1), date(2027, 11, 28)),
        (Stride(months=5), date(2027, 2, 3)),
    ],
)
def test_the_number_of_a_place_is_the_inverse_of_the_place(stride: Stride, first: date) -> None:
    places = [stride.place(first, number) for number in range(40)]
    assert [stride.number(first, place) for place in places] == list(range(40))
    assert places == sorted(set(places))


def test_a_date_off_the_stride_has_no_number() -> None:
    assert Stride(days=2).number(date(2027, 1, 1), date(2027, 1, 4)) is None
    assert Stride(months=2).number(date(2027, 1, 1), date(2027, 2, 1)) is None
    assert Stride(months=2).number(date(2027, 1, 1), date(2027, 3, 2)) is None
