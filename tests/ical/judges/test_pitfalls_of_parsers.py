"""What parsers have stumbled over, each a test under its name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from itertools import product as pairs_of
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scheduler.dosing.expansion import expand
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.product import Product
from scheduler.dosing.regimen import DoseCount, Regimen
from scheduler.ical.privacy import Privacy
from tests.ical.judges.conftest import Ask, written
from tests.ical.judges.hostile_text import TEXTS
from tests.support import plan_text
from tests.support.calendar_judges import (
    INSTALLING_S,
    JUDGES,
    CalendarJudge,
    JudgedEvent,
    read_with_icalendar,
)
from tests.support.regimen_text import course

pytestmark = pytest.mark.timeout(INSTALLING_S)

Build = Callable[..., Plan]
Make = Callable[..., Regimen]
Render = Callable[..., bytes]

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.ics"))
YEAR = [date(2026, 9, 1) + timedelta(days=n) for n in range(365)]
ONE_DAY = timedelta(days=1)

# Among them are half an hour, a zone that gave up its summer time in 2026, and changes at midnight.
CHANGING = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Santiago",
)
# Node brings tz data of its own, which may be from before Morocco's last change.
AT_CHANGES = [pair for pair in pairs_of(JUDGES, CHANGING) if pair != ("node-ical", "Africa/Casablanca")]

TOLD_BY_RULES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin")
TOLD_ONE_BY_ONE = ("America/Santiago", "America/Vancouver", "Africa/Cairo", "Asia/Gaza", "Asia/Kathmandu")
# node-ical has zones by name alone, and the parser of Home Assistant passes over observances without a rule.
# Both know the names that feeds have; a block is for programs that do not.
BY_BLOCK = [
    *pairs_of(("ical", "ical.js", "recurring-ical-events", "vobject"), TOLD_BY_RULES),
    *pairs_of(("ical.js", "recurring-ical-events", "vobject"), TOLD_ONE_BY_ONE),
]


def starts(events: list[JudgedEvent]) -> list[datetime]:
    """The instants of the events that are not of whole days."""
    return [event.starts_at for event in events if isinstance(event.starts_at, datetime)]


def our_starts(plan: Plan) -> list[datetime]:
    """The instants of all doses of a plan that ends, by the engine."""
    period = Period(start=YEAR[0] - timedelta(days=99), end=YEAR[-1] + timedelta(days=99))
    return sorted(dose.due_at.astimezone(UTC) for dose in expand(plan, period))


def changes(zone: str) -> list[date]:
    """The dates of the year on which the zone's clocks change."""
    midnights = [datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(zone)) for d in YEAR]
    return [day.date() for day, following in pairwise(midnights) if day.utcoffset() != following.utcoffset()]


# 3. The hour that clocks skip, and the one that they show twice.


def around_the_change(plan: Build, regimen: Make, zone: str, day: date) -> Plan:
    """A dose every quarter of an hour from before midnight to four, the day before, on it and after it."""
    times = tuple(f"{hour:02}:{minute:02}" for hour in (0, 1, 2, 3, 23) for minute in range(0, 60, 15))
    three_days = DoseCount(count=3 * len(times))
    return plan(regimen(times=times, start=day - ONE_DAY, end=three_days), zone=zone)


@pytest.mark.parametrize(("judge", "zone"), AT_CHANGES, indirect=["judge"])
def test_doses_where_the_clocks_change_are_at_our_instants(
    plan: Build, regimen: Make, render: Render, ask: Ask, zone: str
) -> None:
    days = changes(zone)
    assert days
    plans = [around_the_change(plan, regimen, zone, day) for day in days]
    feeds = [render(one, on=day - ONE_DAY) for one, day in zip(plans, days, strict=True)]
    for one, events in zip(plans, ask(feeds), strict=True):
        assert starts(events) == our_starts(one)


# 4. A zone that is known from its block alone.


def daily_through(plan: Build, regimen: Make, zone: str, start: date) -> Plan:
    return plan(regimen(times=("08:00", "20:30"), start=start, end=DoseCount(count=240)), zone=zone)


def under_a_private_name(feed: bytes, zone: str, begins: date) -> bytes:
    """The feed with another name for the zone, in its block and wherever it is named.

    A name of its own: icalendar keeps the first zone that it meets under a name.
    """
    private = f"/dosecal/{zone}/{begins}".encode()
    renamed, times = re.subn(rb"TZID([:=])" + zone.encode() + rb"\b", rb"TZID\1" + private, feed)
    assert times > 240
    return renamed


@pytest.mark.parametrize(("judge", "zone"), BY_BLOCK, indirect=["judge"])
def test_a_zone_under_a_private_name_is_read_from_its_block(
    plan: Build, regimen: Make, render: Render, icalendar_says: Ask, ask: Ask, zone: str
) -> None:
    """From September to January and from January to May: both changes of the clocks, and both times."""
    begins = (date(2026, 9, 3), date(2027, 1, 20))
    plans = [daily_through(plan, regimen, zone, day) for day in begins]
    feeds = [
        under_a_private_name(render(one, on=day), zone, day) for one, day in zip(plans, begins, strict=True)
    ]
    for one, theirs, icalendars in zip(plans, ask(feeds), icalendar_says(feeds), strict=True):
        assert starts(theirs) == our_starts(one)
        assert starts(icalendars) == our_starts(one)


@pytest.mark.parametrize("zone", [*TOLD_BY_RULES, *TOLD_ONE_BY_ONE])
def test_a_block_has_rules_that_outlook_reads(
    plan: Build, regimen: Make, render: Render, unfolded: Callable[[bytes], str], zone: str
) -> None:
    content = unfolded(render(daily_through(plan, regimen, zone, date(2026, 9, 3)), on=date(2026, 9, 3)))
    block = content[content.index("BEGIN:VTIMEZONE") : content.index("END:VTIMEZONE")]
    assert "RDATE" not in block
    rules = [line for line in block.splitlines() if line.startswith("RRULE")]
    assert all("FREQ=YEARLY" in rule and "BYDAY=" in rule for rule in rules)


# 7. A dose that changes in the middle of a course.


def test_nobody_shows_the_old_amount_after_the_change(render: Render, ask: Ask) -> None:
    less = course(
        'dose = "10 mg"\ntimes = ["08:00"]\nstart = 2026-10-12\nfor = "20 d"',
        'dose = "5 mg"\ntimes = ["08:00"]',
        product="everolimus",
    )
    changing = plan_text.plan(less)
    changes_at = datetime(2026, 11, 1, tzinfo=ZoneInfo("America/New_York"))
    (events,) = ask([render(changing, privacy=Privacy.FULL)])
    told = {
        (event.starts_at >= changes_at, amount)
        for event in events
        if isinstance(event.starts_at, datetime)
        for amount in re.findall(r"\b\d+ mg", f"{event.title}\n{event.description}")
    }
    assert told == {(False, "10 mg"), (True, "5 mg")}


# 9. Hostile text in every field.


@pytest.fixture(scope="module")
def hostile_feeds(plan: Build, regimen: Make, product: Callable[..., Product], render: Render) -> list[bytes]:
    """A feed of four doses and a hold for each text and each level of privacy."""

    def whole(bad: str) -> Plan:
        daily = regimen(
            start=date(2026, 10, 20),
            end=DoseCount(count=4),
            of=product(name=bad, sites=(bad, "leg")),
        )
        moved = GridId(regimen="octreotide", on=date(2026, 10, 20), slot=1)
        held = Hold(regimen="octreotide", first=date(2026, 10, 22), last=date(2026, 10, 23), reason=bad)
        move = Move(dose=moved, to=datetime(2026, 10, 20, 9, 0), reason=bad)  # noqa: DTZ001
        return plan(daily, name=f"{bad} Smith", holds=(held,), moves=(move,))

    return [
        render(
            whole(bad),
            privacy=privacy,
            guidance={"octreotide": [bad, f"{bad}\n{bad}"]},
            name=bad,
            alias=bad,
            initials=bad,
        )
        for bad in TEXTS.values()
        for privacy in Privacy
    ]


def test_hostile_text_is_read_alike(
    hostile_feeds: list[bytes], judge: CalendarJudge, ask: Ask, icalendar_says: Ask
) -> None:
    for theirs, ours in zip(ask(hostile_feeds), icalendar_says(hostile_feeds), strict=True):
        assert len(theirs) == 5
        assert theirs == judge.would_tell(ours)


@pytest.mark.timeout(2 * INSTALLING_S)
def test_hostile_text_is_read_alike_where_assertions_are_switched_off(strict_judge: CalendarJudge) -> None:
    """icalendar guards some properties by assertions alone. Those of tests hold: pytest rewrites them."""
    test = f"{Path(__file__).resolve()}::{test_hostile_text_is_read_alike.__name__}"
    pytest_alone = [sys.executable, "-O", "-m", "pytest", "-q", "-p", "no:xdist", "-W", "ignore", test]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        pytest_alone, env=environment, capture_output=True, text=True, timeout=INSTALLING_S, check=False
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)


# 10. One bad property costs the whole feed in Home Assistant.


@pytest.fixture(scope="module")
def feeds(hostile_feeds: list[bytes], plan: Build, regimen: Make, render: Render) -> list[bytes]:
    """Every kind of feed of this file, and the golden ones."""
    through_changes = [
        render(around_the_change(plan, regimen, zone, day), on=day - ONE_DAY, privacy=Privacy.FULL)
        for zone in CHANGING
        for day in changes(zone)
    ]
    return [*hostile_feeds, *through_changes, *(file.read_bytes() for file in GOLDEN)]


def test_the_strict_parser_takes_every_feed(
    feeds: list[bytes], strict_judge: CalendarJudge, tmp_path: Path
) -> None:
    files = written(feeds, tmp_path)
    assert strict_judge.read(files) == [read_with_icalendar(file) for file in files]


# 11. Google drops a feed without a word where a line is folded wrongly.


def test_lines_are_folded_whole(feeds: list[bytes]) -> None:
    for feed in feeds:
        *lines, after_the_last = feed.split(b"\r\n")
        assert after_the_last == b""
        assert not any(b"\r" in line or b"\n" in line for line in lines)
        assert max(map(len, lines)) <= 75
        assert all(line.decode("utf-8") for line in lines)


def test_no_escape_is_split_by_a_fold(feeds: list[bytes]) -> None:
    for feed in feeds:
        for before, after in folds(feed):
            backslashes = len(before) - len(before.rstrip(b"\\"))
            assert backslashes % 2 == 0, (before, after)


def folds(feed: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The lines before and after each fold."""
    lines = feed.split(b"\r\n")
    return ((line, after) for line, after in pairwise(lines) if after.startswith((b" ", b"\t")))


# 12. Some clients keep one event for each UID, and leave out those that they take for copies.


def test_uids_are_unique_and_nothing_recurs(feeds: list[bytes], unfolded: Callable[[bytes], str]) -> None:
    for feed in feeds:
        lines = unfolded(feed).split("\r\n")
        uids = [line for line in lines if line.startswith("UID:")]
        assert len(set(uids)) == len(uids) == lines.count("BEGIN:VEVENT")
        names = {re.split("[:;]", line)[0] for line in lines[lines.index("BEGIN:VEVENT") :]}
        assert not names & {"RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"}


def test_two_doses_of_the_same_minute_both_survive(
    plan: Build, regimen: Make, product: Callable[..., Product], render: Render, ask: Ask
) -> None:
    both = plan(
        regimen("one", end=DoseCount(count=3)),
        regimen("two", end=DoseCount(count=3), of=product(id="two", name="Lanreotide")),
    )
    (events,) = ask([render(both, privacy=Privacy.FULL)])
    at_each = [event.starts_at for event in events]
    assert len(at_each) == 6
    assert len(set(at_each)) == 3
