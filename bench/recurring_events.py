"""A year of doses, three a day, next to recurring-ical-events on the same schedule as a calendar.

The calendar has one recurring event for each time of day. The other library runs in a virtual environment
of its own and times itself, so neither the start of a process nor the parsing counts against it. The two
take turns, so that whatever else the machine does slows both alike, and a turn of ours repeats what it does,
so that both are about as long.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from icalendar import Calendar, Event

from bench.invented import NEW_YORK, THREE_TIMES, three_a_day
from bench.measuring import milliseconds, report, seconds, times
from scheduler.dosing.expansion import expand
from scheduler.dosing.plan import Period

RUNS = 31
REPEATS = 10
START = date(2026, 12, 1)
YEAR = Period(start=START, end=START.replace(year=START.year + 1))
JUDGE = Path(__file__).with_name("judge.py")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the other library needed, in seconds, and the instants it found."""

    parsing: float
    expanding: float
    instants: list[float]


@contextmanager
def judge(python: str) -> Iterator[Callable[[], Judged]]:
    """What has ``python``, where the other library is installed, expand the calendar once."""
    with TemporaryDirectory() as folder:
        feed = Path(folder) / "feed.ics"
        feed.write_bytes(_calendar().to_ical())
        bounds = [_midnight(day).isoformat() for day in (YEAR.start, YEAR.end)]
        command = [python, str(JUDGE), str(feed), *bounds]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield lambda: _ask(process)


def _ask(process: subprocess.Popen[str]) -> Judged:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("once more\n")
    process.stdin.flush()
    return Judged(**json.loads(process.stdout.readline()))


def _calendar() -> Calendar:
    """The same doses as events with a recurrence rule, which name their zone by its key."""
    calendar = Calendar()
    calendar.add("prodid", "-//dosecal//bench//EN")
    calendar.add("version", "2.0")
    for slot, wall_time in enumerate(THREE_TIMES, 1):
        event = Event()
        event.add("uid", f"octreotide-{slot}@bench.invalid")
        event.add("dtstamp", datetime.combine(START, time(), NEW_YORK))
        event.add("dtstart", datetime.combine(START, wall_time, NEW_YORK))
        event.add("duration", timedelta(minutes=15))
        event.add("rrule", {"freq": "daily"})
        event.add("summary", "Octreotide")
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK)


def main() -> None:
    """Measure and print. The Python of the other library comes as the argument."""
    plan = three_a_day(START)
    found = [dose.due_at.timestamp() for dose in expand(plan, YEAR)]
    with judge(sys.argv[1]) as ask:
        first = ask()
        assert found == first.instants, f"{len(found)} doses, {len(first.instants)} events"
        turns = [(seconds(lambda: expand(plan, YEAR), REPEATS), ask().expanding) for _ in range(RUNS)]
    ours, theirs = (median(column) for column in zip(*turns, strict=True))
    rows = [
        ("expand", milliseconds(ours), times(theirs / ours)),
        ("recurring-ical-events", milliseconds(theirs), times(1)),
        ("its parsing, not counted", milliseconds(first.parsing), ""),
    ]
    title = f"{len(found):,} doses of a year, three a day; median of {RUNS} runs in turn"
    report(title, ("library", "a year", "rate"), rows)


if __name__ == "__main__":
    main()
