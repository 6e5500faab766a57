"""Runs where recurring-ical-events is installed: expands a feed whenever it is asked to, and times itself.

The command is ``python judge.py FEED START END``, with START and END as 2026-12-01T00:00:00-05:00. For each
line on standard input it expands once, and prints JSON: the seconds that the parsing took, the seconds of
this expansion, and the instants found.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from time import perf_counter

import icalendar
import recurring_ical_events  # type: ignore[import-not-found]


def main() -> None:
    """Parse once, then expand the calendar that is in memory as often as asked."""
    feed, start, end = Path(sys.argv[1]), *map(datetime.fromisoformat, sys.argv[2:4])
    begin = perf_counter()
    calendar = icalendar.Calendar.from_ical(feed.read_bytes())
    parsing = perf_counter() - begin
    for _ in sys.stdin:
        begin = perf_counter()
        events = recurring_ical_events.of(calendar).between(start, end)
        expanding = perf_counter() - begin
        instants = sorted(event["DTSTART"].dt.timestamp() for event in events)
        print(json.dumps({"parsing": parsing, "expanding": expanding, "instants": instants}), flush=True)


if __name__ == "__main__":
    main()
