"""One planned dose as one VEVENT."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Event
from icalendar.prop import vText

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.ical.alarm import start_alarm
from scheduler.ical.event import PlacedEvent, begin_event
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.standing import is_withdrawn, rings
from scheduler.ical.wording import dose_description, dose_title

_LENGTH = timedelta(minutes=15)
_UTC_KEYS = frozenset({"UTC", "Etc/UTC"})


def dose_event(
    occurrence: DoseOccurrence,
    *,
    identity: FeedIdentity,
    revision: Revision,
    today_begins: datetime,
    guidance: Sequence[str],
) -> PlacedEvent:
    """The event of a dose as it stands on the day that begins at the UTC instant ``today_begins``."""
    uid = identity.uid(str(occurrence.id))
    title = dose_title(occurrence, identity)
    event = begin_event(uid, revision, "CANCELLED" if is_withdrawn(occurrence) else "CONFIRMED")
    zone = _add_times(event, occurrence)
    event.add("summary", vText(title))
    event.add("description", vText(dose_description(occurrence, identity, guidance)))
    if rings(occurrence, today_begins):
        event.add_component(start_alarm(title))
    return PlacedEvent(starts_at=occurrence.due_at, uid=uid, zone=zone, component=event)


def _add_times(event: Event, occurrence: DoseOccurrence) -> ZoneInfo | None:
    """Write the start and the end; the zone they are written in, None for UTC."""
    times = [at.astimezone(occurrence.zone) for at in (occurrence.due_at, occurrence.due_at + _LENGTH)]
    in_utc = occurrence.zone.key in _UTC_KEYS or any(_is_shown_twice(wall) for wall in times)
    for name, wall in zip(("dtstart", "dtend"), times, strict=True):
        if in_utc:
            event.add(name, wall.astimezone(UTC))
        else:
            # The id is written here and not by icalendar, which puts other ids for what it takes as equals.
            event.add(name, wall.replace(tzinfo=None), parameters={"TZID": occurrence.zone.key})
    return None if in_utc else occurrence.zone


def _is_shown_twice(wall: datetime) -> bool:
    """Whether clocks show this aware time twice, before and after they are set back.

    RFC 5545 section 3.3.5 takes the first, but ical.js, libical and KDE take the second and would ring an
    hour late; only UTC says the same to all.
    """
    return wall.utcoffset() != wall.replace(fold=1 - wall.fold).utcoffset()
