"""A month to a page: what stands in the cell of a day."""

from __future__ import annotations

from datetime import date

import pytest

from scheduler.paper.sheet import CalendarDay, CalendarMonth, Sheet
from tests.paper.conftest import ZOE, ReadPlan, ToSheet


def month(sheet: Sheet, number: int = 0) -> CalendarMonth:
    assert sheet.calendar is not None
    return sheet.calendar.months[number]


def day(sheet: Sheet, number: int) -> CalendarDay:
    return next(d for week in month(sheet).weeks for d in week if d is not None and d.number == str(number))


def test_every_dose_has_its_time_and_site_under_its_medicine_and_amount(
    read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    (group,) = day(to_sheet(read_plan(ZOE)), 1).groups
    assert (group.name, group.amount, group.depot) == ("Octreotide (short-acting)", "100 micrograms", False)
    assert [(dose.time, dose.site, dose.box) for dose in group.doses] == [
        ("08:00", "abdomen left", True),
        ("20:00", "abdomen right", True),
    ]


def test_a_depot_stands_in_a_frame_before_what_is_given_daily(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    groups = day(to_sheet(read_plan(ZOE)), 15).groups
    assert [(group.name, group.depot) for group in groups] == [
        ("Octreotide LAR", True),
        ("Octreotide (short-acting)", False),
    ]


def test_a_depot_on_fixed_dates_stands_in_a_frame_too(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    fixed = ZOE.replace('setting = "nurse-visit"', 'setting = "nurse-visit"\nanchor = "scheduled"')
    assert day(to_sheet(read_plan(fixed)), 15).groups[0].depot


def test_the_first_day_of_another_amount_says_so(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    sheet = to_sheet(read_plan(ZOE))
    changed = {number: day(sheet, number).groups[0].changed for number in (9, 10, 11)}
    assert changed == {9: "", 10: "NEW DOSE", 11: ""}


def test_what_is_withheld_is_struck_out_and_has_no_box(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    held = f'{ZOE}\n[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-20\nuntil = 2026-12-21\nreason = "x"\n'
    sheet = to_sheet(read_plan(held))
    (dose,) = day(sheet, 20).groups[0].doses
    assert (dose.struck, dose.box, dose.state) == (True, False, "PAUSED")
    assert [day(sheet, number).held for number in (19, 20, 21, 22)] == [False, True, True, False]


def test_a_day_is_not_hatched_where_something_is_still_given(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    held = f'{ZOE}\n[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-15\nuntil = 2026-12-15\nreason = "x"\n'
    assert not day(to_sheet(read_plan(held)), 15).held


def test_what_was_recorded_stands_as_it_happened(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    recorded = f"""{ZOE}
[[administration]]
dose = "octreotide@2026-12-01/1"
status = "given"
at = 2026-12-01T08:20:00

[[administration]]
dose = "octreotide@2026-12-01/2"
status = "not-given"
at = 2026-12-01T20:00:00
reason = "ill"
"""
    (group,) = day(to_sheet(read_plan(recorded), now="2026-12-02T06:00-05:00"), 1).groups
    assert [(dose.state, dose.box, dose.struck) for dose in group.doses] == [
        ("given 08:20", False, False),
        ("not given", False, True),
    ]


def test_where_a_dose_was_given_stands_in_its_cell(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    elsewhere = (
        '[[administration]]\ndose = "octreotide@2026-12-01/1"\nstatus = "given"\n'
        'at = 2026-12-01T08:20:00\nsite = "thigh-right"\n'
    )
    (group,) = day(to_sheet(read_plan(ZOE + elsewhere), now="2026-12-02T06:00-05:00"), 1).groups
    assert group.doses[0].site == "thigh right"


def test_on_a_journey_the_day_says_whose_clocks_its_times_are(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    away = ZOE.replace(
        'zone = "America/New_York"',
        'zone = "America/New_York"\n\n[[patient.travel]]\nzone = "Asia/Tokyo"\n'
        "from = 2026-12-05\nuntil = 2026-12-06",
    )
    sheet = to_sheet(read_plan(away))
    assert [day(sheet, number).notes for number in (4, 5, 6, 7)] == [
        (),
        ("Clocks of Tokyo",),
        ("Clocks of Tokyo",),
        (),
    ]


def test_the_day_of_an_operation_says_so_and_not_what_it_is_for(
    read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    sheet = to_sheet(read_plan(f"{ZOE}\n[[surgery]]\non = 2026-12-22\n"))
    assert day(sheet, 22).notes == ("Operation",)


def test_the_days_off_of_a_cycle_are_told(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    cycle = """
version = 1

[patient]
name = "Zoe Marsh"
zone = "America/New_York"

[[regimen]]
id = "capecitabine"
product = "capecitabine"
setting = "home"

  [[regimen.phase]]
  dose = "1500 mg"
  times = ["08:00", "20:00"]
  start = 2026-12-01
  cycle = { length = "21 d", on = ["1-14"] }
"""
    sheet = to_sheet(read_plan(cycle))
    off = [number for number in range(1, 32) if day(sheet, number).notes]
    assert off == list(range(15, 22))
    assert day(sheet, 15).notes == ("Capecitabine: day off",)


@pytest.mark.parametrize(
    ("market", "first"), [("us", "Sunday"), ("eu", "Monday")], ids=["united states", "european union"]
)
def test_a_week_begins_as_it_does_where_the_patient_lives(
    market: str, first: str, read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    plan = read_plan(ZOE.replace("zone =", f'market = "{market}"\nzone =', 1))
    weekdays = month(to_sheet(plan)).weekdays
    assert weekdays[0] == first
    assert len(set(weekdays)) == 7


def test_each_date_of_the_period_stands_once_and_under_its_weekday(
    read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    sheet = to_sheet(read_plan(ZOE), start=date(2026, 12, 10), end=date(2027, 2, 3))
    assert sheet.calendar is not None
    assert [m.name for m in sheet.calendar.months] == ["December 2026", "January 2027", "February 2027"]
    for year, number, shown in zip((2026, 2027, 2027), (12, 1, 2), sheet.calendar.months, strict=True):
        for week in shown.weeks:
            assert len(week) == 7
            for at, cell in enumerate(week):
                if cell is not None:
                    on = date(year, number, int(cell.number))
                    assert f"{on:%A}" == shown.weekdays[at]
    numbers = [[int(d.number) for week in m.weeks for d in week if d] for m in sheet.calendar.months]
    assert numbers == [list(range(10, 32)), list(range(1, 32)), [1, 2]]


def test_a_month_without_doses_is_a_month_to_write_in(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    sheet = to_sheet(read_plan(ZOE), start=date(2026, 10, 1), end=date(2026, 11, 1))
    assert all(not d.groups for week in month(sheet).weeks for d in week if d)
    assert sheet.log is None
    assert sheet.visits is None


STEPS = """
version = 1

[patient]
name = "Zoe Marsh"
zone = "America/New_York"

[[regimen]]
id = "lar"
product = "sandostatin-lar"
setting = "clinic"

  [[regimen.phase]]
  dose = "20 mg"
  every = "4 wk"
  times = ["10:00"]
  start = 2026-11-03
  doses = 2

  [[regimen.phase]]
  dose = "30 mg"
  every = "4 wk"
  times = ["10:00"]
"""


def new_days(sheet: Sheet) -> list[str]:
    return [
        f"{m.name} {d.number}"
        for m in (sheet.calendar.months if sheet.calendar else ())
        for week in m.weeks
        for d in week
        if d is not None and any(group.changed for group in d.groups)
    ]


@pytest.mark.parametrize("start", [date(2026, 11, 1), date(2026, 12, 5)], ids=["from the first on", "later"])
def test_a_depot_of_another_amount_than_the_last_one_is_a_new_dose(
    start: date, read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    sheet = to_sheet(read_plan(STEPS), start=start, end=date(2027, 2, 1))
    assert new_days(sheet) == ["December 2026 29"]


def test_a_new_amount_that_is_withheld_at_first_is_new_when_it_is_given(
    read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    held = f'{ZOE}\n[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-09\nuntil = 2026-12-11\nreason = "x"\n'
    plan = read_plan(held)
    assert new_days(to_sheet(plan)) == ["December 2026 12"]
    assert new_days(to_sheet(plan, start=date(2026, 12, 12))) == ["December 2026 12"]
