"""Which dates have doses: weekdays and cycles. 7 December 2026 is a Monday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from scheduler.dosing.calendar_interval import END_OF_CALENDAR
from scheduler.dosing.date_pattern import CycleDays, DatePattern, Weekday, Weekdays
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.timing import AsNeeded, ElapsedHours

MON, TUE, WED, THU, FRI, SAT, SUN = Weekday
MONDAY = date(2026, 12, 7)


def dates(pattern: DatePattern, first: date, count: int) -> list[str]:
    return [f"{pattern.nth(first, k):%m-%d}" for k in range(count)]


@pytest.mark.parametrize(
    ("pattern", "first", "expected"),
    [
        (Weekdays(weeks=1, days=(MON, FRI)), MONDAY, ["12-07", "12-11", "12-14", "12-18"]),
        (Weekdays(weeks=1, days=(MON, FRI)), date(2026, 12, 8), ["12-11", "12-14", "12-18", "12-21"]),
        (Weekdays(weeks=2, days=(MON, FRI)), MONDAY, ["12-07", "12-11", "12-21", "12-25"]),
        (Weekdays(weeks=2, days=(MON, FRI)), date(2026, 12, 8), ["12-11", "12-21", "12-25", "01-04"]),
        (Weekdays(weeks=2, days=(MON,)), date(2026, 12, 8), ["12-21", "01-04", "01-18", "02-01"]),
        (Weekdays(weeks=3, days=(SUN,)), date(2026, 12, 13), ["12-13", "01-03", "01-24", "02-14"]),
        (CycleDays(length=28, on=(1, 8, 15)), MONDAY, ["12-07", "12-14", "12-21", "01-04", "01-11"]),
        (CycleDays(length=3, on=(2, 3)), MONDAY, ["12-08", "12-09", "12-11", "12-12", "12-14"]),
        (CycleDays(length=28, on=(28,)), MONDAY, ["01-03", "01-31", "02-28", "03-28"]),
    ],
)
def test_the_dates_of_a_pattern(pattern: DatePattern, first: date, expected: list[str]) -> None:
    assert dates(pattern, first, len(expected)) == expected


@pytest.mark.parametrize(
    "first", [date(2026, 12, 7), date(2026, 12, 10), date(2026, 12, 13), date(2028, 2, 29)]
)
@pytest.mark.parametrize(
    "pattern",
    [
        Weekdays(weeks=1, days=(MON, WED, FRI)),
        Weekdays(weeks=2, days=(TUE, SUN)),
        Weekdays(weeks=52, days=(THU,)),
        Weekdays(weeks=1, days=tuple(Weekday)),
        CycleDays(length=28, on=tuple(range(1, 15))),
        CycleDays(length=21, on=(1, 8, 21)),
        CycleDays(length=2, on=(2,)),
        CycleDays(length=366, on=(100, 366)),
    ],
    ids=lambda value: value.rhythm if not isinstance(value, date) else str(value),
)
def test_seeking_a_date_finds_what_walking_finds(pattern: DatePattern, first: date) -> None:
    """Walking up to it, counting each date that has a dose, is the slow way that cannot go wrong."""
    has_dose = _walker(pattern, first)
    count = 0
    for offset in range(-3, 800):
        day = first + timedelta(days=offset)
        assert pattern.count_before(first, day) == count
        if offset >= 0 and has_dose(day):
            assert pattern.nth(first, count) == day
            count += 1


def _walker(pattern: DatePattern, first: date) -> Callable[[date], bool]:
    if isinstance(pattern, CycleDays):
        return lambda day: (day - first).days % pattern.length + 1 in pattern.on
    assert isinstance(pattern, Weekdays)
    monday = first - timedelta(days=first.weekday())
    return lambda day: (day - monday).days // 7 % pattern.weeks == 0 and Weekday.of(day) in pattern.days


@pytest.mark.parametrize("pattern", [Weekdays(weeks=52, days=(MON,)), CycleDays(length=366, on=(1,))])
def test_no_pattern_runs_past_the_end_of_the_calendar(pattern: DatePattern) -> None:
    assert pattern.nth(MONDAY, 10**9) == END_OF_CALENDAR
    assert pattern.count_before(MONDAY, date.max) == pattern.count_before(MONDAY, END_OF_CALENDAR)


@pytest.mark.parametrize(
    ("pattern", "words", "longest"),
    [
        (Weekdays(weeks=1, days=(MON,)), "on Monday", 7),
        (Weekdays(weeks=1, days=(MON, WED, FRI)), "on Monday, Wednesday and Friday", 7),
        (Weekdays(weeks=2, days=(TUE, THU)), "on Tuesday and Thursday, every 2 weeks", 14),
        (CycleDays(length=28, on=tuple(range(1, 15))), "on days 1 to 14 of every 28", 28),
        (CycleDays(length=28, on=(1, 8, 15)), "on days 1, 8 and 15 of every 28", 28),
        (CycleDays(length=21, on=(1, 2, 3, 8)), "on days 1 to 3 and 8 of every 21", 21),
        (CycleDays(length=21, on=(5,)), "on day 5 of every 21", 21),
    ],
)
def test_a_pattern_is_told_in_words(pattern: DatePattern, words: str, longest: int) -> None:
    assert pattern.rhythm == words
    assert pattern.longest_gap == timedelta(days=longest)


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        (ElapsedHours(hours=8, first_at=None), "every 8 hours"),
        (ElapsedHours(hours=1, first_at=None), "every hour"),
        (AsNeeded(max_per_day=4, min_gap=timedelta(hours=4)), "as needed, at most 4 a day and 4 hours apart"),
        (AsNeeded(max_per_day=1, min_gap=timedelta(0)), "as needed, at most 1 a day"),
    ],
)
def test_what_has_no_dates_is_told_in_words(timing: ElapsedHours | AsNeeded, words: str) -> None:
    assert timing.rhythm == words


@pytest.mark.parametrize(
    ("day", "weekday"), [(MONDAY, MON), (date(2026, 12, 13), SUN), (date(2027, 1, 1), FRI)]
)
def test_the_weekday_of_a_date(day: date, weekday: Weekday) -> None:
    assert Weekday.of(day) is weekday


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Weekdays(weeks=0, days=(MON,)), "every 0 weeks is not between 1 and 52"),
        (lambda: Weekdays(weeks=53, days=(MON,)), "every 53 weeks is not between 1 and 52"),
        (lambda: Weekdays(weeks=1, days=()), "at least one weekday"),
        (lambda: Weekdays(weeks=1, days=(TUE, MON)), "order of the week"),
        (lambda: Weekdays(weeks=1, days=(MON, MON)), "each once"),
        (lambda: CycleDays(length=1, on=(1,)), "not between 2 and 366"),
        (lambda: CycleDays(length=367, on=(1,)), "not between 2 and 366"),
        (lambda: CycleDays(length=28, on=()), "needs days with doses"),
        (lambda: CycleDays(length=28, on=(2, 1)), "ascending order"),
        (lambda: CycleDays(length=28, on=(1, 1)), "each once"),
        (lambda: CycleDays(length=28, on=(0, 1)), "are 1 to 28"),
        (lambda: CycleDays(length=28, on=(29,)), "are 1 to 28"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused(make: Callable[[], DatePattern], why: str) -> None:
    with pytest.raises(DosingError, match=why):
        make()
