"""What calendars say to a parser written in Python: run by an interpreter that has the parsers.

``read_with_python.py JUDGE FILE...`` prints JSON, a list for each file: its events, each with ``uid``,
``starts_at``, ``ends_at``, ``title``, ``status``, ``description`` and ``alarms``. An instant is in UTC, a
whole day is a date. A file that JUDGE refuses has ``{"refused": why}`` in its place.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

Event = dict[str, Any]


def _told(at: datetime | date) -> str:
    """An instant in UTC, or a date. Raises ValueError for a time without a zone, which no feed may have."""
    if not isinstance(at, datetime):
        return at.isoformat()
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no zone")
    return at.astimezone(UTC).isoformat()


def _alarms(starts_at: datetime | date, triggers: Iterable[timedelta | datetime]) -> list[str]:
    """The instants of alarms, told from the start or by themselves."""
    return sorted(_told(starts_at + t if isinstance(t, timedelta) else t) for t in triggers)


def read_with_ical(content: str) -> list[Event]:
    """The parser of Home Assistant, which takes no feed with a fault in it."""
    from ical.calendar_stream import IcsCalendarStream  # type: ignore[import-not-found]

    return [
        {
            "uid": event.uid,
            "starts_at": _told(event.start),
            "ends_at": _told(event.end),
            "title": event.summary,
            "status": event.status.value,
            "description": event.description,
            "alarms": _alarms(event.start, (alarm.trigger for alarm in event.alarm)),
        }
        for event in IcsCalendarStream.calendar_from_ics(content).events
    ]


def read_with_recurring_ical_events(content: str) -> list[Event]:
    """Every instance of every event of a hundred years.

    Without X-WR-TIMEZONE. Version 3.8.2 tells times in UTC by that zone and then compares clock readings:
    where the clocks go back between start and end, it takes the one for the other.
    """
    import icalendar
    import recurring_ical_events  # type: ignore[import-not-found]

    calendar = icalendar.Calendar.from_ical(content.encode())
    calendar.pop("X-WR-TIMEZONE", None)
    return [
        {
            "uid": str(event["UID"]),
            "starts_at": _told(event["DTSTART"].dt),
            "ends_at": _told(event["DTEND"].dt),
            "title": str(event["SUMMARY"]),
            "status": str(event["STATUS"]),
            "description": str(event["DESCRIPTION"]),
            "alarms": sorted(_told(alarm.trigger) for alarm in event.alarms.times),
        }
        for event in recurring_ical_events.of(calendar).between((1970, 1, 1), (2070, 1, 1))
    ]


def read_with_vobject(content: str) -> list[Event]:
    """The parser of Radicale."""
    import vobject  # type: ignore[import-untyped]

    _forget_zones(vobject.icalendar)
    return [
        {
            "uid": event.uid.value,
            "starts_at": _told(event.dtstart.value),
            "ends_at": _told(event.dtend.value),
            "title": event.summary.value,
            "status": event.status.value,
            "description": event.description.value,
            "alarms": _alarms(
                event.dtstart.value, (alarm.trigger.value for alarm in event.contents.get("valarm", ()))
            ),
        }
        for calendar in vobject.readComponents(content)
        for event in calendar.contents.get("vevent", ())
    ]


def _forget_zones(module: Any) -> None:
    """vobject keeps the first zone that it meets under an id, and would not use the blocks of later files."""
    known = vars(module)["__tzidMap"]
    known.clear()
    known["UTC"] = module.utc


READERS: dict[str, Callable[[str], list[Event]]] = {
    "ical": read_with_ical,
    "recurring-ical-events": read_with_recurring_ical_events,
    "vobject": read_with_vobject,
}


def read(judge: str, file: Path) -> list[Event] | dict[str, str]:
    try:
        # From bytes: reading as text would make line breaks of lone carriage returns.
        return READERS[judge](file.read_bytes().decode("utf-8"))
    except Exception as error:  # a parser may refuse in any way; the test shows how
        return {"refused": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    json.dump([read(sys.argv[1], Path(file)) for file in sys.argv[2:]], sys.stdout)
