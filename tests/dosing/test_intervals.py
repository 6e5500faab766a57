"""Days, weeks and calendar months: `dosing.md`, "Calendar months"."""

from __future__ import annotations

from datetime import date

import pytest

from scheduler.dosing.calendar_interval import END_OF_CALENDAR, CalendarInterval
from scheduler.dosing.refusal import DosingError
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, daily, given
from tests.support.schedule import dose_dates, doses


def dates(every: str, start: str, end: str, first: str) -> list[str]:
    return dose_dates(plan(daily("08:00", start=first, every=every)), "octreotide", start, end)


def test_every_day_is_every_day() -> None:
    assert dates("1 d", "2026-12-30", "2027-01-03", "2026-12-01") == [
        "2026-12-30",
        "2026-12-31",
        "2027-01-01",
        "2027-01-02",
    ]


def test_every_third_day_counts_from_the_start_whatever_is_asked_for() -> None:
    # 1, 4, ... 28, 31 December, 3 January
    assert dates("3 d", "2026-12-29", "2027-01-06", "2026-12-01") == ["2026-12-31", "2027-01-03"]


def test_four_weeks_are_28_days_and_13_doses_a_year() -> None:
    found = dates("4 wk", "2026-01-01", "2027-01-01", "2026-01-01")
    assert found[:3] == ["2026-01-01", "2026-01-29", "2026-02-26"]
    assert len(found) == 14  # 1 January and 13 more: 1 January + 13 x 28 days is 31 December
    assert found[-1] == "2026-12-31"


def test_a_month_is_12_doses_a_year() -> None:
    assert len(dates("1 mo", "2027-01-01", "2028-01-01", "2027-01-01")) == 12


def test_the_31st_comes_back_after_a_shorter_month() -> None:
    assert dates("1 mo", "2027-01-01", "2027-08-01", "2027-01-31") == [
        "2027-01-31",
        "2027-02-28",
        "2027-03-31",
        "2027-04-30",
        "2027-05-31",
        "2027-06-30",
        "2027-07-31",
    ]


def test_the_31st_comes_back_also_where_the_query_begins_in_the_short_month() -> None:
    assert dates("1 mo", "2027-02-15", "2027-04-15", "2027-01-31") == ["2027-02-28", "2027-03-31"]


def test_the_31st_comes_back_for_a_depot_counted_from_what_was_given() -> None:
    monthly = LAR.replace("4 wk", "1 mo").replace("2026-12-01", "2026-12-31")
    as_planned = given("lar#1", "2026-12-31T10:00:00") + given("lar#3", "2027-02-28T10:00:00")
    assert dose_dates(plan(monthly + as_planned), "lar", "2026-12-01", "2027-05-01") == [
        "2026-12-31",
        "2027-01-31",
        "2027-02-28",
        "2027-03-31",
        "2027-04-30",
    ]


def test_a_leap_day_is_used_where_there_is_one() -> None:
    assert dates("1 mo", "2028-01-30", "2028-04-01", "2028-01-30") == [
        "2028-01-30",
        "2028-02-29",
        "2028-03-30",
    ]


def test_a_yearly_dose_on_a_leap_day_comes_back_to_it() -> None:
    found = dates("12 mo", "2028-01-01", "2033-01-01", "2028-02-29")
    assert found == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


@pytest.mark.parametrize(
    ("interval", "anchor", "times", "on"),
    [
        ("1 d", date(2027, 2, 28), 1, date(2027, 3, 1)),
        ("2 wk", date(2026, 12, 24), 1, date(2027, 1, 7)),
        ("1 mo", date(2027, 1, 31), 1, date(2027, 2, 28)),
        ("1 mo", date(2027, 1, 31), 2, date(2027, 3, 31)),
        ("3 mo", date(2026, 11, 30), 1, date(2027, 2, 28)),
        ("12 mo", date(2028, 2, 29), 4, date(2032, 2, 29)),
        ("9999 mo", date(2026, 1, 1), 100_000, END_OF_CALENDAR),
        ("9999 wk", date(2026, 1, 1), 10**12, END_OF_CALENDAR),
    ],
)
def test_an_interval_is_counted_from_its_anchor(interval: str, anchor: date, times: int, on: date) -> None:
    assert CalendarInterval.parse(interval).after(anchor, times) == on


@pytest.mark.parametrize("text", ["1 d", "3 d", "2 wk", "1 mo", "5 mo", "13 mo"])
@pytest.mark.parametrize("anchor", [date(2026, 1, 31), date(2028, 2, 29), date(2026, 12, 1)])
def test_seeking_a_date_finds_the_first_step_at_or_after_it(text: str, anchor: date) -> None:
    interval = CalendarInterval.parse(text)
    for ordinal in range(anchor.toordinal() - 3, anchor.toordinal() + 800):
        day = date.fromordinal(ordinal)
        k = interval.count_before(anchor, day)
        assert interval.after(anchor, k) >= day
        assert k == 0 or interval.after(anchor, k - 1) < day


@pytest.mark.parametrize(
    "text", ["", "4wk", "4  wk", "0 d", "-1 d", "1.5 d", "4 weeks", "8 h", "10000 d", "\u0664 wk"]
)
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(DosingError, match="whole number"):
        CalendarInterval.parse(text)


@pytest.mark.parametrize(
    ("text", "words"), [("1 d", "1 day"), ("4 wk", "4 weeks"), ("1 mo", "1 month"), ("3 mo", "3 months")]
)
def test_an_interval_is_spelled_out_for_people(text: str, words: str) -> None:
    assert CalendarInterval.parse(text).spelled_out == words
    assert str(CalendarInterval.parse(text)) == text


def test_no_dose_is_planned_at_the_end_of_the_calendar() -> None:
    far = plan(daily("08:00", start="2199-12-30") + LAR.replace("2026-12-01", "2199-12-03"))
    assert dose_dates(far, "octreotide", "2199-12-01", "2300-01-01") == ["2199-12-30", "2199-12-31"]
    assert dose_dates(far, "lar", "2199-12-01", "2300-01-01") == ["2199-12-03", "2199-12-31"]


def test_a_period_may_reach_to_the_last_date_there_is() -> None:
    assert doses(plan(daily("08:00", more="doses = 3")), "0001-01-01", "9999-12-31")[-1].number == 3


def test_a_dose_in_the_far_future_is_found_without_counting_up_to_it() -> None:
    last = doses(plan(daily("07:00", "15:00", "23:00", start="1950-01-01")), "2199-12-31", "2200-01-01")
    # 1 January 1950 to 31 December 2199 are 250 years with 61 leap days: 1952 ... 2196 are 62 years divisible
    # by 4, less 2100; 2000 is a leap year.
    days = 250 * 365 + 61
    assert [dose.number for dose in last] == [3 * days - 2, 3 * days - 1, 3 * days]
