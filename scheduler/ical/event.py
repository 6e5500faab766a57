"""What every VEVENT of a feed has (RFC 5545 section 3.6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from icalendar import Event
from icalendar.prop import vText

from scheduler.ical.feed_identity import Revision

EventStatus = Literal["CONFIRMED", "CANCELLED"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedEvent:
    """``component`` begins at the UTC instant ``starts_at``, by which a feed is sorted.

    ``zone`` is the one whose VTIMEZONE it needs, None for times in UTC and for whole days.
    """

    starts_at: datetime
    uid: str
    zone: ZoneInfo | None
    component: Event


def begin_event(uid: str, revision: Revision, status: EventStatus) -> Event:
    """An event without time and text.

    STATUS is always written: Android's provider fails on an event that had one and lost it.
    """
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", revision.at)
    event.add("last-modified", revision.at)
    event.add("sequence", revision.sequence)
    event.add("status", status)
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    event.add("x-microsoft-cdo-busystatus", vText("FREE"))
    return event
