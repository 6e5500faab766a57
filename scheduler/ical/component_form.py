"""What a feed is made of: each component, where it stands, and every property that we ever write in it.

What is missing is missing on purpose: RRULE, RDATE, EXDATE and RECURRENCE-ID, which clients read in
different ways; ORGANIZER and ATTENDEE, which make an invitation; ATTACH and URL, which make a trap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ComponentForm:
    """``parent``: what it stands in, None for the calendar itself. ``properties``: all that it may have."""

    parent: str | None
    properties: frozenset[str]


_OBSERVANCE = ComponentForm(
    "VTIMEZONE", frozenset({"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "RRULE"})
)
FORMS: Mapping[str, ComponentForm] = {
    "VCALENDAR": ComponentForm(
        None,
        frozenset(
            {
                "VERSION",
                "PRODID",
                "CALSCALE",
                "METHOD",
                "NAME",
                "X-WR-CALNAME",
                "X-WR-TIMEZONE",
                "REFRESH-INTERVAL",
                "X-PUBLISHED-TTL",
                "COLOR",
                "X-APPLE-CALENDAR-COLOR",
            }
        ),
    ),
    "VTIMEZONE": ComponentForm("VCALENDAR", frozenset({"TZID"})),
    "STANDARD": _OBSERVANCE,
    "DAYLIGHT": _OBSERVANCE,
    "VEVENT": ComponentForm(
        "VCALENDAR",
        frozenset(
            {
                "UID",
                "DTSTAMP",
                "LAST-MODIFIED",
                "SEQUENCE",
                "STATUS",
                "TRANSP",
                "CLASS",
                "X-MICROSOFT-CDO-BUSYSTATUS",
                "DTSTART",
                "DTEND",
                "SUMMARY",
                "DESCRIPTION",
            }
        ),
    ),
    "VALARM": ComponentForm("VEVENT", frozenset({"ACTION", "DESCRIPTION", "TRIGGER"})),
}
