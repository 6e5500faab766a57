"""The least and the most that each value takes, and the whole sentence that refuses what lies beyond."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.calendar_interval import CalendarInterval, IntervalUnit
from scheduler.dosing.clinic import Clinic
from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.date_pattern import CycleDays, Weekday, Weekdays
from scheduler.dosing.occurrence_id import ChainId, parse_occurrence_id
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.regimen import ClinicWindow, DoseCount
from scheduler.dosing.site_rotation import SiteRest
from scheduler.dosing.supply import Supply
from scheduler.dosing.timing import AsNeeded, ClockTimes, ElapsedHours, parse_wall_time

DAILY = CalendarInterval.parse("1 d")
MONDAY, TUESDAY = Weekday.MONDAY, Weekday.TUESDAY
NOON = datetime(2026, 12, 1, 12)  # noqa: DTZ001
AN_HOUR, A_WEEK = timedelta(hours=1), timedelta(days=7)

Make = Callable[[], object]


def needed(per_day: int = 4, gap: timedelta = AN_HOUR) -> AsNeeded:
    return AsNeeded(max_per_day=per_day, min_gap=gap)


def hours(count: int = 8, first_at: time | None = None) -> ElapsedHours:
    return ElapsedHours(hours=count, first_at=first_at)


def clock(*times: time) -> ClockTimes:
    return ClockTimes(dates=DAILY, wall_times=times)


def record(status: AdministrationStatus, at: datetime, reason: str) -> Administration:
    dose = ChainId(regimen="a", number=1)
    return Administration(dose=dose, status=status, at=at, site=None, reason=reason)


@pytest.mark.parametrize(
    "make",
    [
        lambda: CalendarInterval(count=1, unit=IntervalUnit.DAY),
        lambda: CalendarInterval(count=9999, unit=IntervalUnit.DAY),
        lambda: DoseCount(count=100_000),
        lambda: ClinicWindow(before=0, after=28),
        lambda: ClinicWindow(before=28, after=0),
        lambda: Weekdays(weeks=52, days=(MONDAY,)),
        lambda: CycleDays(length=2, on=(2,)),
        lambda: CycleDays(length=366, on=(1, 366)),
        lambda: hours(1),
        lambda: hours(1000),
        lambda: needed(1),
        lambda: needed(24),
        lambda: needed(gap=timedelta(0)),
        lambda: needed(gap=A_WEEK),
        lambda: clock(*(time(hour) for hour in range(24))),
        lambda: SiteRest(site="thigh-left", first=date(2026, 12, 1), last=date(2026, 12, 1), reason=""),
        lambda: Supply(regimen="a", label="lot", out_at=NOON, back_at=NOON),
    ],
)
def test_the_bounds_themselves_are_allowed(make: Make) -> None:
    make()


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: CalendarInterval(count=10_000, unit=IntervalUnit.DAY),
            "an interval of 10000 is not between 1 and 9999",
        ),
        (lambda: DoseCount(count=100_001), "100001 doses is not between 1 and 100,000"),
        (lambda: ClinicWindow(before=29, after=0), "a window of 29 days is not between 0 and 28"),
        (lambda: ClinicWindow(before=0, after=-1), "a window of -1 days is not between 0 and 28"),
        (lambda: Weekdays(weeks=53, days=(MONDAY,)), "every 53 weeks is not between 1 and 52"),
        (lambda: Weekdays(weeks=1, days=()), 'at least one weekday is needed, such as weekdays = ["mon"]'),
        (
            lambda: Weekdays(weeks=1, days=(TUESDAY, MONDAY)),
            "the weekdays are not in the order of the week, each once",
        ),
        (lambda: CycleDays(length=1, on=(1,)), "a cycle of 1 d is not between 2 and 366 days"),
        (lambda: CycleDays(length=367, on=(1,)), "a cycle of 367 d is not between 2 and 366 days"),
        (lambda: CycleDays(length=28, on=()), 'a cycle needs days with doses, such as on = ["1-14"]'),
        (
            lambda: CycleDays(length=28, on=(2, 1)),
            "the days of the cycle are not in ascending order, each once",
        ),
        (lambda: CycleDays(length=28, on=(0,)), "the days of a cycle of 28 are 1 to 28"),
        (lambda: CycleDays(length=28, on=(29,)), "the days of a cycle of 28 are 1 to 28"),
        (clock, 'at least one time of day is needed, such as times = ["08:00"]'),
        (lambda: clock(time(8), time(8)), "a time of day stands twice"),
        (lambda: clock(time(9), time(8)), "the times of day are not in ascending order"),
        (
            lambda: clock(time(8, 0, 0, 1)),
            "a time of day is hours and minutes, without seconds or zone",
        ),
        (lambda: hours(0), "every 0 hours is not between 1 and 1,000"),
        (lambda: hours(1001), "every 1001 hours is not between 1 and 1,000"),
        (lambda: hours(8, time(8, 0, 1)), "the start is a local date and time, to the minute"),
        (lambda: hours(8, time(8, 0, 0, 1)), "the start is a local date and time, to the minute"),
        (lambda: hours(8, time(8, tzinfo=UTC)), "the start is a local date and time, to the minute"),
        (lambda: needed(0), "0 doses a day is not between 1 and 24"),
        (lambda: needed(25), "25 doses a day is not between 1 and 24"),
        (
            lambda: needed(gap=A_WEEK + timedelta(minutes=1)),
            "the least time between two doses is between none and 7 days",
        ),
        (
            lambda: needed(gap=timedelta(minutes=-1)),
            "the least time between two doses is between none and 7 days",
        ),
        (
            lambda: SiteRest(site="thigh-left", first=date(2026, 12, 2), last=date(2026, 12, 1), reason=""),
            "the rest ends on 2026-12-01, before it begins on 2026-12-02",
        ),
        (
            lambda: Clinic(open_on=()),
            'a clinic has at least one day on which it is open, such as open = ["mon"]',
        ),
        (
            lambda: record(AdministrationStatus.GIVEN, NOON.replace(tzinfo=UTC), ""),
            "2026-12-01T12:00:00+00:00 has an offset; it is told in the patient's local time",
        ),
        (
            lambda: record(AdministrationStatus.NOT_GIVEN, NOON, " "),
            "a dose that was not given needs a reason",
        ),
        (
            lambda: Supply(regimen="a", label="lot"),
            "say since when the package is out of the fridge or in use",
        ),
        (
            lambda: Supply(regimen="a", label="lot", opened_at=NOON, back_at=NOON),
            "the package was back at 2026-12-01 12:00:00, before it was out of the fridge",
        ),
        (
            lambda: Supply(regimen="a", label="lot", out_at=NOON, back_at=NOON - AN_HOUR),
            "the package was back at 2026-12-01 11:00:00, before it was out of the fridge",
        ),
        (
            lambda: Supply(regimen="a", label="lot", opened_at=NOON.replace(tzinfo=UTC)),
            "the times of a package are local to the patient, without an offset",
        ),
        (
            lambda: Confirmation(regimen="a", code="sc-freq", reason=" "),
            "the confirmation of sc-freq needs a reason",
        ),
        (lambda: parse_wall_time("8"), '\'8\' is not a time of day from "00:00" to "23:59"'),
        (
            lambda: parse_occurrence_id("lar"),
            '\'lar\' is not the id of a dose, such as "octreotide@2026-12-03/2" or "lar#3"',
        ),
        (lambda: parse_occurrence_id("a@2026-02-30/1"), "'2026-02-30' is not a date"),
    ],
)
def test_what_lies_beyond_is_refused_in_a_whole_sentence(make: Make, text: str) -> None:
    with pytest.raises(DosingError, match=f"^{re.escape(text)}$"):
        make()


def test_a_clock_time_has_digits_of_ascii() -> None:
    with pytest.raises(DosingError):
        parse_wall_time("0\u0667:00")
