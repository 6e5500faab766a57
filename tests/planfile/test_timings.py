"""Every way to say when: each read into its value, written again as itself, and refused where it is wrong."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.date_pattern import CycleDays, Weekday, Weekdays
from scheduler.dosing.regimen import Phase, RelativeBound
from scheduler.dosing.timing import AsNeeded, ClockTimes, ElapsedHours, Timing
from scheduler.planfile.fault import PlanFileError
from scheduler.planfile.phase_document import PhaseDocument
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, course

MON, TUE, WED, FRI = Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.FRIDAY
EIGHT = (time(8),)
TIMES = 'times = ["08:00"]'
FIRST = 'times = ["08:00"]\nstart = 2026-12-01'
MIXED = (
    "clock times, elapsed hours and doses as needed are not mixed in one regimen, because the ids of its "
    "doses would change; write a regimen for each"
)
DATES_ALONE = (
    "a regimen counted from the last dose given repeats every so many days, weeks or months; "
    'with weekdays or a cycle, use anchor = "scheduled"'
)
NO_HOURS = 'is not a whole number, a space and h, such as "4 h"'
NO_INTERVAL = 'is not a whole number, a space and h, d, wk or mo, such as "4 wk"'
NO_TIME_HERE = 'has a start with a time of day, which belongs to elapsed hours such as every = "8 h"'
HOURS_START = (
    "counts elapsed hours, so its start is a date and a time, such as 2026-12-01T07:00:00; "
    'one that hangs on another regimen says at = "07:00"'
)


def read(*phases: str, more: str = "", anchor: str = "scheduled") -> tuple[Phase, ...]:
    tables = [f'dose = "50 ug"\n{phase}' for phase in phases]
    return plan(course(*tables, keys=f'anchor = "{anchor}"') + more).regimens[0].phases


def told(*phases: str, more: str = "", anchor: str = "scheduled") -> list[str]:
    with pytest.raises(PlanFileError) as refused:
        read(*phases, more=more, anchor=anchor)
    return [str(fault) for fault in refused.value.faults]


def by_clock(dates: CalendarInterval | Weekdays | CycleDays) -> ClockTimes:
    return ClockTimes(dates=dates, wall_times=EIGHT)


@pytest.mark.parametrize(
    ("lines", "timing"),
    [
        (FIRST, by_clock(CalendarInterval.parse("1 d"))),
        (f'every = "2 wk"\n{FIRST}', by_clock(CalendarInterval.parse("2 wk"))),
        (f'weekdays = ["mon", "wed", "fri"]\n{FIRST}', by_clock(Weekdays(weeks=1, days=(MON, WED, FRI)))),
        (f'every = "1 wk"\nweekdays = ["tue"]\n{FIRST}', by_clock(Weekdays(weeks=1, days=(TUE,)))),
        (f'every = "2 wk"\nweekdays = ["mon"]\n{FIRST}', by_clock(Weekdays(weeks=2, days=(MON,)))),
        (
            f'cycle = {{ length = "28 d", on = ["1-14"] }}\n{FIRST}',
            by_clock(CycleDays(length=28, on=tuple(range(1, 15)))),
        ),
        (
            f'cycle = {{ length = "4 wk", on = ["1", "8", "15"] }}\n{FIRST}',
            by_clock(CycleDays(length=28, on=(1, 8, 15))),
        ),
        (
            f'cycle = {{ length = "21 d", on = ["1,8, 15"] }}\n{FIRST}',
            by_clock(CycleDays(length=21, on=(1, 8, 15))),
        ),
        (
            f'cycle = {{ length = "28 d", on = ["1-3,8", "15-16", "28"] }}\n{FIRST}',
            by_clock(CycleDays(length=28, on=(1, 2, 3, 8, 15, 16, 28))),
        ),
        ('every = "8 h"\nstart = 2026-12-01T07:30:00', ElapsedHours(hours=8, first_at=time(7, 30))),
        ('every = "36 h"\nstart = 2026-12-01T00:00:00', ElapsedHours(hours=36, first_at=time(0))),
        (
            'as_needed = { max_per_day = 4, min_gap = "4 h" }\nstart = 2026-12-01',
            AsNeeded(max_per_day=4, min_gap=timedelta(hours=4)),
        ),
        (
            "as_needed = { max_per_day = 1 }\nstart = 2026-12-01",
            AsNeeded(max_per_day=1, min_gap=timedelta(0)),
        ),
    ],
)
def test_a_timing_is_read_and_written_again_as_itself(lines: str, timing: Timing) -> None:
    (phase,) = read(lines)
    assert phase.timing == timing
    assert phase.start == date(2026, 12, 1)
    assert PhaseDocument.of(phase).value() == phase


def test_hours_that_hang_on_another_regimen_say_at_what_time_they_begin() -> None:
    (phase,) = read(
        'every = "8 h"\nstart = { regimen = "lar", dose = 1, plus = "1 d", at = "07:00" }', more=LAR
    )
    assert phase.timing == ElapsedHours(hours=8, first_at=time(7))
    assert phase.start == RelativeBound(regimen="lar", number=1, plus=CalendarInterval.parse("1 d"))
    assert PhaseDocument.of(phase).value() == phase


def test_a_later_phase_of_hours_goes_on_without_a_start() -> None:
    _, later = read('every = "8 h"\nstart = 2026-12-01T07:00:00\ndoses = 3', 'every = "12 h"')
    assert (later.timing, later.start) == (ElapsedHours(hours=12, first_at=None), None)
    assert PhaseDocument.of(later).value() == later


def test_hours_may_be_counted_from_the_last_dose_given() -> None:
    (phase,) = read('every = "8 h"\nstart = 2026-12-01T07:00:00', anchor="last-given")
    assert phase.timing == ElapsedHours(hours=8, first_at=time(7))


def test_a_moment_stays_a_moment_when_it_is_written() -> None:
    (phase,) = read('every = "8 h"\nstart = 2026-12-01T00:00:00')
    written = PhaseDocument.of(phase).model_dump(by_alias=True, exclude_none=True)
    assert written == {"dose": "50 ug", "every": "8 h", "start": datetime(2026, 12, 1)}  # noqa: DTZ001


def test_the_days_of_a_cycle_are_written_in_the_shortest_form() -> None:
    (phase,) = read(f'cycle = {{ length = "4 wk", on = ["1,2,3", "8", "10-11"] }}\n{FIRST}')
    written = PhaseDocument.of(phase).model_dump(by_alias=True, exclude_none=True)
    assert written["cycle"] == {"length": "28 d", "on": ["1-3", "8", "10-11"]}


WRONG = [
    ("start = 2026-12-01", ': has no times, such as times = ["08:00"]'),
    ('weekdays = ["mon"]\nstart = 2026-12-01', ': has no times, such as times = ["08:00"]'),
    (
        f"{TIMES}\nstart = 2026-12-01T08:00:00",
        f": {NO_TIME_HERE}",
    ),
    (
        f"{TIMES}\nstart = 2026-12-01T00:00:00",
        f": {NO_TIME_HERE}",
    ),
    (
        f"{FIRST}\nuntil = 2026-12-09T08:00:00",
        ".until: 2026-12-09T08:00:00 has a time of day; write the date alone",
    ),
    # as needed
    (f"as_needed = {{ max_per_day = 4 }}\n{FIRST}", ": has as_needed, which goes without times"),
    (
        f'as_needed = {{ max_per_day = 4 }}\nevery = "1 d"\nweekdays = ["mon"]\n{FIRST}',
        ": has as_needed, which goes without times and every and weekdays",
    ),
    (
        "as_needed = { max_per_day = 4 }\nstart = 2026-12-01\ndoses = 9",
        ": has as_needed, which goes without doses",
    ),
    (
        "as_needed = { max_per_day = 0 }\nstart = 2026-12-01",
        ".as_needed.max_per_day: 0 is out of bounds: greater than or equal to 1",
    ),
    (
        "as_needed = { max_per_day = 25 }\nstart = 2026-12-01",
        ".as_needed.max_per_day: 25 is out of bounds: less than or equal to 24",
    ),
    ('as_needed = { min_gap = "4 h" }\nstart = 2026-12-01', ".as_needed.max_per_day: is missing"),
    (
        'as_needed = { max_per_day = 4, min_gap = "4 hours" }\nstart = 2026-12-01',
        f'.as_needed.min_gap: "4 hours" {NO_HOURS}; did you mean "4 h"?',
    ),
    (
        'as_needed = { max_per_day = 4, min_gap = "1 d" }\nstart = 2026-12-01',
        f'.as_needed.min_gap: "1 d" {NO_HOURS}',
    ),
    ("as_needed = true\nstart = 2026-12-01", ".as_needed: true must be a table"),
    # elapsed hours
    (
        f'every = "8 h"\n{TIMES}\nstart = 2026-12-01T08:00:00',
        ": counts elapsed hours, which goes without times",
    ),
    (
        'every = "8 h"\nweekdays = ["mon"]\ncycle = { length = "28 d", on = ["1"] }',
        ": counts elapsed hours, which goes without weekdays and cycle",
    ),
    ('every = "8 h"\nstart = 2026-12-01', f": {HOURS_START}"),
    (
        'every = "8 h"\nstart = 2026-12-01T08:00:00Z',
        ".start: 2026-12-01T08:00:00+00:00 has an offset; it is told in the patient's local time",
    ),
    (
        'every = "0 h"\nstart = 2026-12-01T08:00:00',
        f'.every: "0 h" {NO_HOURS}',
    ),
    (
        'every = "8 hours"\nstart = 2026-12-01T08:00:00',
        f'.every: "8 hours" {NO_INTERVAL}; did you mean "8 h"?',
    ),
    # cycles
    (
        f'cycle = {{ length = "28 d", on = ["1-14"] }}\nevery = "1 d"\n{FIRST}',
        ": has a cycle, which goes without every and weekdays",
    ),
    (
        f'cycle = {{ length = "28 d", on = ["1-14"] }}\nweekdays = ["mon"]\n{FIRST}',
        ": has a cycle, which goes without every and weekdays",
    ),
    (
        f'cycle = {{ length = "28 d", on = ["14-1"] }}\n{FIRST}',
        '.cycle.on: has "14-1", which ends before it begins',
    ),
    (
        f'cycle = {{ length = "28 d", on = ["0-14"] }}\n{FIRST}',
        '.cycle.on: has "0-14", which is neither a day such as "8" nor days such as "1-14"',
    ),
    (
        f'cycle = {{ length = "28 d", on = ["1 to 14"] }}\n{FIRST}',
        '.cycle.on: has "1 to 14", which is neither a day such as "8" nor days such as "1-14"',
    ),
    (
        f'cycle = {{ length = "28 d", on = ["8", "1"] }}\n{FIRST}',
        ".cycle.on: must have the days of the cycle in ascending order, each once",
    ),
    (
        f'cycle = {{ length = "28 d", on = ["1-8", "8-9"] }}\n{FIRST}',
        ".cycle.on: must have the days of the cycle in ascending order, each once",
    ),
    (f'cycle = {{ length = "28 d", on = [] }}\n{FIRST}', ".cycle.on: must have at least one entry"),
    (f'cycle = {{ length = "28 d", on = [1] }}\n{FIRST}', ".cycle.on[0]: 1 must be a string in quotes"),
    (
        f'cycle = {{ length = "1 mo", on = ["1"] }}\n{FIRST}',
        '.cycle.length: "1 mo" is not a number of days or weeks, such as "28 d"',
    ),
    # weekdays
    (
        f'weekdays = ["wed", "mon"]\n{FIRST}',
        ".weekdays: must be in the order of the week, from mon, each day once",
    ),
    (
        f'weekdays = ["mon", "mon"]\n{FIRST}',
        ".weekdays: must be in the order of the week, from mon, each day once",
    ),
    (
        f'weekdays = ["monday"]\n{FIRST}',
        '.weekdays[0]: "monday" is not one of mon, tue, wed, thu, fri, sat, sun; did you mean "mon"?',
    ),
    (f"weekdays = []\n{FIRST}", ".weekdays: must have at least one entry"),
    (f'weekdays = "mon"\n{FIRST}', '.weekdays: "mon" must be a list'),
    (
        f'weekdays = ["mon"]\nevery = "1 mo"\n{FIRST}',
        ': has weekdays, which go with whole weeks, such as every = "2 wk"',
    ),
    (
        f'weekdays = ["mon"]\nevery = "1 d"\n{FIRST}',
        ': has weekdays, which go with whole weeks, such as every = "2 wk"',
    ),
]


@pytest.mark.parametrize(("lines", "problem"), WRONG)
def test_a_timing_that_is_wrong_is_told_with_its_place(lines: str, problem: str) -> None:
    assert told(lines) == [f"regimen[0].phase[0]{problem}"]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (f'cycle = {{ length = "28 d", on = ["1-29"] }}\n{FIRST}', "the days of a cycle of 28 are 1 to 28"),
        (
            f'cycle = {{ length = "367 d", on = ["1"] }}\n{FIRST}',
            "a cycle of 367 d is not between 2 and 366 days",
        ),
        (f'weekdays = ["mon"]\nevery = "53 wk"\n{FIRST}', "every 53 weeks is not between 1 and 52"),
        ('every = "1001 h"\nstart = 2026-12-01T07:00:00', "every 1001 hours is not between 1 and 1,000"),
        ('every = "8 h"', "the first phase needs a start date"),
        (
            'every = "8 h"\nstart = 2026-12-01T07:00:00.5',
            "the start is a local date and time, to the minute",
        ),
        (
            'as_needed = { max_per_day = 4, min_gap = "169 h" }\nstart = 2026-12-01',
            "the least time between two doses is between none and 7 days",
        ),
    ],
)
def test_a_timing_that_no_schedule_has_is_told_with_its_regimen(lines: str, problem: str) -> None:
    assert told(lines) == [f"regimen[0]: {problem}"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"{FIRST}\ndoses = 3", 'every = "8 h"\nstart = 2026-12-05T07:00:00'),
        (f"{FIRST}\ndoses = 3", "as_needed = { max_per_day = 4 }"),
        ('every = "8 h"\nstart = 2026-12-01T07:00:00\ndoses = 3', TIMES),
    ],
)
def test_kinds_of_timing_are_not_mixed_in_one_regimen(first: str, second: str) -> None:
    assert told(first, second) == [f"regimen[0]: {MIXED}"]


@pytest.mark.parametrize("key", ['weekdays = ["mon"]', 'cycle = { length = "28 d", on = ["1-14"] }'])
def test_weekdays_and_cycles_are_not_counted_from_the_last_dose_given(key: str) -> None:
    assert told(f"{key}\n{FIRST}", anchor="last-given") == [f"regimen[0]: {DATES_ALONE}"]


def test_what_is_given_as_needed_is_not_counted_from_the_last_dose_given() -> None:
    assert told("as_needed = { max_per_day = 4 }\nstart = 2026-12-01", anchor="last-given") == [
        "regimen[0]: what is given as needed plans no doses to count from the last one given"
    ]


def test_a_later_phase_of_hours_that_starts_on_a_date_alone_is_refused() -> None:
    first = 'every = "8 h"\nstart = 2026-12-01T07:00:00\ndoses = 3'
    assert told(first, 'every = "12 h"\nstart = 2026-12-05') == [f"regimen[0].phase[1]: {HOURS_START}"]


def test_a_relation_says_its_time_where_hours_are_counted_and_nowhere_else() -> None:
    hanging = 'start = { regimen = "lar", dose = 1 }'
    at_seven = 'start = { regimen = "lar", dose = 1, at = "07:00" }'
    assert told(f'every = "8 h"\n{hanging}', more=LAR) == [f"regimen[0].phase[0]: {HOURS_START}"]
    assert told(f"{TIMES}\n{at_seven}", more=LAR) == [f"regimen[0].phase[0]: {NO_TIME_HERE}"]


RESCUE = "as_needed = { max_per_day = 2 }\nstart = 2026-12-01\nuntil = 2026-12-20"
NO_SUCH = (
    "is no planned dose of a, which is given as needed: such an id has the date on which the dose was given"
)


def recorded(dose: str, at: str) -> str:
    return f'\n[[administration]]\ndose = "{dose}"\nat = {at}\n'


def test_a_dose_as_needed_is_named_by_its_date_and_its_place_on_it() -> None:
    more = recorded("a@2026-12-03/1", "2026-12-03T09:00:00") + recorded(
        "a@2026-12-03/2", "2026-12-03T21:00:00"
    )
    assert read(RESCUE, more=more)


@pytest.mark.parametrize(
    ("dose", "at"),
    [
        ("a@2026-12-03/1", "2026-12-04T00:10:00"),
        ("a@2026-11-30/1", "2026-11-30T09:00:00"),
        ("a@2026-12-21/1", "2026-12-21T09:00:00"),
        ("a#1", "2026-12-03T09:00:00"),
    ],
    ids=["on another date than its name says", "before the start", "after the end", "by number"],
)
def test_a_dose_as_needed_that_cannot_have_been_is_refused(dose: str, at: str) -> None:
    assert told(RESCUE, more=recorded(dose, at)) == [f'administration[0].dose: "{dose}" {NO_SUCH}']


def test_a_dose_as_needed_is_not_moved() -> None:
    more = recorded("a@2026-12-03/1", "2026-12-03T09:00:00")
    more += '\n[[move]]\ndose = "a@2026-12-03/1"\nto = 2026-12-04T09:00:00\n'
    assert told(RESCUE, more=more) == [f'move[0].dose: "a@2026-12-03/1" {NO_SUCH}']


@pytest.mark.parametrize("dose", ["a@2026-12-01/1", "a#4"])
def test_a_dose_of_elapsed_hours_is_named_by_its_number(dose: str) -> None:
    hours = 'every = "8 h"\nstart = 2026-12-01T07:00:00\ndoses = 3'
    assert read(hours, more=recorded("a#3", "2026-12-01T23:00:00"))
    assert told(hours, more=recorded(dose, "2026-12-01T07:00:00")) == [
        f'administration[0].dose: "{dose}" is no planned dose of a'
    ]


def test_a_number_that_no_regimen_reaches_is_refused_at_once() -> None:
    text = (
        'anchor = "last-given"\n[[regimen.phase]]\ndose = "50 ug"\nevery = "1 h"\nstart = 2026-12-01T07:00:00'
    )
    regimen = f'[[regimen]]\nid = "a"\nproduct = "octreotide-sc"\n{text}\n'
    move = '[[move]]\ndose = "a#999999"\nto = 2027-02-10T11:00:00\n'
    with pytest.raises(PlanFileError, match="is no planned dose of a"):
        plan(regimen + move)
