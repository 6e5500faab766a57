"""What recurring-ical-events makes of a calendar: run by an interpreter that has it installed.

``judge_recurring_events.py CALENDAR FROM TO`` prints the UTC instants of each event's instances between two
UTC instants, by UID, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import icalendar
import recurring_ical_events  # type: ignore[import-not-found]  # not in the project's own environment


def main(calendar: str, start: str, end: str) -> None:
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(Path(calendar).read_bytes()))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for event in events.between(datetime.fromisoformat(start), datetime.fromisoformat(end)):
        found[str(event["UID"])].append(event["DTSTART"].dt.astimezone(UTC).isoformat())
    json.dump({uid: sorted(instants) for uid, instants in found.items()}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
