"""Plain grids give the instants that other programs give, in many zones and across changes of clocks.

They differ in two cases, and there on purpose:

1. A wall time that the clocks skip. dateutil's rules know no zones, so the wall times they give are read here
   by the standard library. It reads 02:30 in a gap of an hour with the offset before the gap, as RFC 5545
   section 3.3.5 says and dosecal and recurring-ical-events do too: 03:30. Where a zone skipped a whole date
   (Samoa, 30 December 2011) that rule gives the same hour a day later, and dosecal the first instant after
   the gap. No such date is tried here.
2. Months from the 29th, 30th or 31st. RFC 5545 section 3.3.10 leaves out a month that lacks the day, and so
   do both judges; dosecal takes the month's last day, because a depot left out for a month is one missed
   (decision 10). Only starts up to the 28th are tried here.

One more is a matter of reading, not of the program: whether a DTSTART that its own rule leaves out counts is
undefined in RFC 5545 section 3.8.5.3. A dose on the start date needs the pattern to have it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.date_pattern import Weekday, Weekdays
from tests.support.calendar_judges import INSTALLING_S, PATIENCE_S, python_environment
from tests.support.law import law
from tests.support.plain_grid import PlainGrid, days, inside, resolved
from tests.support.regimen_strategies import ZONES, clock_times, dates, weekdays

SCRIPT = Path(__file__).parents[1] / "support" / "judge_recurring_events.py"


def _monthly_safe(start: date) -> date:
    return start.replace(day=min(start.day, 28))


@st.composite
def plain_grids(draw: st.DrawFn) -> PlainGrid:
    intervals = [f"{count} {unit}" for unit in ("d", "wk", "mo") for count in (1, 1, 2, 3)]
    every = st.sampled_from(intervals).map(CalendarInterval.parse)
    start = _monthly_safe(draw(dates))
    length = draw(st.none() | st.integers(0, 200))
    times = draw(st.lists(clock_times, min_size=1, max_size=4, unique=True))
    return PlainGrid(
        zone=draw(st.sampled_from(ZONES)),
        pattern=draw(every | weekdays),
        times=tuple(sorted(times)),
        start=start,
        last=None if length is None else start + timedelta(days=length),
    )


@law
@given(plain_grids(), dates, st.integers(0, 100))
def test_dateutil_gives_the_same_instants(grid: PlainGrid, start: date, length: int) -> None:
    period = days(start, length)
    walls = [wall for t in grid.times for wall in inside(iter(grid.rule(t)), period)]
    assert grid.our_instants(period) == sorted(resolved(wall, grid.zone) for wall in walls)


@pytest.mark.parametrize("zone", ZONES)
def test_dateutil_gives_the_same_instants_through_a_year_of_quarters_of_an_hour(zone: str) -> None:
    """So in every gap and every fold of the zone."""
    start = date(2026, 3, 1)
    year = days(start, 365)
    for hour in range(0, 24, 6):
        times = tuple(time(hour + n // 4, n % 4 * 15) for n in range(24))
        every_day = CalendarInterval.parse("1 d")
        grid = PlainGrid(zone=zone, pattern=every_day, times=times, start=start, last=None)
        walls = [wall for t in times for wall in inside(iter(grid.rule(t)), year)]
        assert grid.our_instants(year) == sorted(resolved(wall, zone) for wall in walls)


@pytest.fixture(scope="session")
def judge(request: pytest.FixtureRequest) -> Path:
    """An interpreter that has recurring-ical-events, which wants an older dateutil than the project has."""
    return python_environment(request.config.cache) / "bin" / "python"


PATTERNS: tuple[CalendarInterval | Weekdays, ...] = (
    CalendarInterval.parse("1 d"),
    CalendarInterval.parse("3 d"),
    CalendarInterval.parse("1 wk"),
    CalendarInterval.parse("4 wk"),
    CalendarInterval.parse("1 mo"),
    CalendarInterval.parse("2 mo"),
    Weekdays(weeks=1, days=(Weekday.MONDAY, Weekday.WEDNESDAY, Weekday.SUNDAY)),
    Weekdays(weeks=2, days=(Weekday.TUESDAY, Weekday.SATURDAY)),
    Weekdays(weeks=3, days=(Weekday.FRIDAY,)),
)
TIMES = (time(0, 0), time(1, 30), time(2, 15), time(2, 45), time(23, 45))
STARTS = ((date(2026, 9, 24), None), (date(2026, 10, 28), date(2027, 4, 4)))
GRIDS = [
    PlainGrid(zone=zone, pattern=pattern, times=TIMES, start=start, last=last)
    for zone in ZONES
    for pattern in PATTERNS
    for start, last in STARTS
]
YEAR = days(date(2026, 9, 1), 365)


@pytest.mark.timeout(INSTALLING_S)  # the first time it installs the judge
def test_recurring_ical_events_gives_the_same_instants(judge: Path, tmp_path: Path) -> None:
    """A year in every zone, with times in the gaps and folds of most of them."""
    calendar = tmp_path / "grids.ics"
    events = [line for index, grid in enumerate(GRIDS) for line in grid.events(str(index))]
    text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//dosecal tests//EN", *events, "END:VCALENDAR", ""]
    calendar.write_bytes("\r\n".join(text).encode())
    theirs = _judged(judge, calendar)
    assert len(theirs) == len(GRIDS)
    for index, grid in enumerate(GRIDS):
        assert grid.our_instants(YEAR) == sorted(theirs[str(index)]), grid


def _judged(judge: Path, calendar: Path) -> dict[str, list[datetime]]:
    """Their instants of a year of local dates, by the index of the grid."""
    margin = timedelta(days=2)
    period = [f"{day.isoformat()}T00:00:00+00:00" for day in (YEAR.start - margin, YEAR.end + margin)]
    environment = {**os.environ, "PYTHONTZPATH": ""}
    command = [str(judge), str(SCRIPT), str(calendar), *period]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_S, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for uid, instants in json.loads(done.stdout).items():
        index = uid.partition("/")[0]
        for at in map(datetime.fromisoformat, instants):
            if at.astimezone(ZoneInfo(GRIDS[int(index)].zone)).date() in YEAR:
                found[index].append(at)
    return found
