"""A feed rendered with nothing remembered of it, next to icalendar writing the same events.

"New process": the very first feed of one that has imported what it needs and read the plan, next to the
first that icalendar writes there. "Cold": in a process that has rendered feeds before and forgot all that it
remembers of them. "Another": like the feeds before it, whose texts, times and zone it shares.

The library is handed the finished values of each event and only has to build and write it. Our time includes
what each event says, its identity, its revision, and the last look at the bytes. The bytes are the same; the
library is handed the alarm's trigger as text, because a zero it writes as P0D, a day's form.
"""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

import click
from icalendar import Alarm, Calendar, Event
from icalendar.prop import vText

from bench.invented import NEW_YORK, three_a_day
from bench.measuring import interleaved, milliseconds, report, seconds, times
from scheduler.formulary.entry import guidance
from scheduler.formulary.formulary import load_formulary
from scheduler.ical import calendar_header, event_body, posix_rule, shown_events, slot, text, timezone_block
from scheduler.ical.document import Day, render_feed
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.feed_part import FeedPart, Guidance
from scheduler.ical.feed_window import feed_contents
from scheduler.ical.privacy import Privacy

RUNS = 15
TODAY = date(2026, 12, 1)
REVISION = Revision(sequence=1, at=datetime(2026, 11, 1, tzinfo=UTC))
REMEMBERED = (
    calendar_header.calendar_header,
    event_body.event_body,
    event_body._line,
    event_body._alarm,
    posix_rule.posix_rule,
    slot._within_a_day,
    shown_events.stamp,
    text._clean,
    timezone_block._text,
)


def ours(privacy: Privacy, *, cold: bool) -> Callable[[], bytes]:
    """A way to the bytes of a feed of three doses a day, 402 events."""
    plan = three_a_day(date(2026, 1, 1))
    entry = load_formulary().find("octreotide-sc", plan.patient.market)
    identity = FeedIdentity(audience=uuid.UUID(int=1), name="Reminders", privacy=privacy)
    told = {"octreotide-sc": Guidance(prepare=guidance(entry))}
    part = FeedPart(contents=feed_contents(plan, TODAY), identity=identity, guidance=told)

    def render() -> bytes:
        for function in REMEMBERED if cold else ():
            function.cache_clear()
        return render_feed(
            [part], identity=identity, day=Day(today=TODAY, zone=NEW_YORK), revision=REVISION
        ).body

    return render


def the_librarys(written: bytes) -> Callable[[], bytes]:
    """A way to the same bytes by icalendar alone, from the values of ``written``."""
    calendar = Calendar.from_ical(written)
    header = [*calendar.property_items(recursive=False, sorted=False)][1:-1]
    rows = [
        (event.property_items(recursive=False, sorted=False)[1:-1], event.walk("VALARM"))
        for event in calendar.events
    ]
    blocks = calendar.walk("VTIMEZONE")

    def write() -> bytes:
        made = Calendar()
        for name, value in header:
            made.add(name, value, encode=False)
        made.subcomponents.extend(blocks)
        made.subcomponents.extend(_event(values, alarms) for values, alarms in rows)
        data: bytes = made.to_ical(sorted=False)
        return data

    return write


def _event(values: list[tuple[str, Any]], alarms: list[Any]) -> Event:
    event = Event()
    for name, value in values:
        event.add(name, getattr(value, "dt", value), parameters=dict(getattr(value, "params", {})))
    for known in alarms:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", vText(str(known["DESCRIPTION"])))
        alarm.add("trigger", vText("PT0S"))
        event.add_component(alarm)
    return event


def in_new_processes(privacy: Privacy) -> tuple[float, float]:
    """The median seconds of our first feed and of icalendar's, each pair in a process of its own."""
    command = [sys.executable, "-m", "bench.rendering", "--first", privacy.value]
    told = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(RUNS)]
    pairs = [tuple(map(float, line.split())) for line in told]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def _tell_first(privacy: Privacy) -> None:
    made: list[bytes] = []
    mine = ours(privacy, cold=False)
    taken = seconds(lambda: made.append(mine()))
    print(taken, seconds(the_librarys(made[0])))


@click.command()
@click.option(
    "--first", type=click.Choice([p.value for p in Privacy]), help="Tell that of this process alone."
)
def main(first: str | None) -> None:
    """Measure and print."""
    if first is not None:
        _tell_first(Privacy(first))
        return
    levels = (Privacy.DISCREET, Privacy.FULL)
    events = ours(Privacy.DISCREET, cold=False)().count(b"BEGIN:VEVENT")
    title = f"a feed of {events} events; median of {RUNS}"
    headers = (
        "privacy",
        "new process",
        "cold",
        "another",
        "icalendar",
        "rate, new",
        "rate, cold",
        "rate, another",
    )
    report(title, headers, [_row(privacy) for privacy in levels])


def _row(privacy: Privacy) -> tuple[str, ...]:
    new, theirs_new = in_new_processes(privacy)
    cold, warm = ours(privacy, cold=True), ours(privacy, cold=False)
    library = the_librarys(cold())
    assert library() == cold() == warm()
    nothing_known, another, theirs = interleaved(RUNS, cold, warm, library)
    took = (new, nothing_known, another, theirs)
    rates = (theirs_new / new, theirs / nothing_known, theirs / another)
    return (privacy.value, *map(milliseconds, took), *map(times, rates))


if __name__ == "__main__":
    main()
