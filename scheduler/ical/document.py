"""A feed as the bytes of one iCalendar object.

The same arguments give the same bytes, in any process and at any hour: clients compare entity tags.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Timezone
from icalendar.prop import vDuration, vText

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.timezone import midnight
from scheduler.ical import text
from scheduler.ical.content_lines import check_content_lines
from scheduler.ical.dose_event import dose_event
from scheduler.ical.event import PlacedEvent
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.feed_window import FeedContents
from scheduler.ical.notice import (
    Notice,
    hold_notices,
    nothing_planned,
    notice_event,
    shortened,
    subscription_ended,
)
from scheduler.ical.standing import is_shown, rings
from scheduler.ical.timezone_block import timezone_block
from scheduler.ical.wording import TITLE_LIMIT

__all__ = ["FeedIdentity", "Revision", "render_ended", "render_feed"]

# Without a build number: a release must not change the bytes of every feed.
_PRODID = "-//dosecal//dosecal feed//EN"
_REFRESH = timedelta(hours=1)
# One colour in the two ways that clients know, a CSS3 name (RFC 7986 section 5.9) and Apple's own.
_COLOR_NAME, _COLOR_CODE = "teal", "#008080"


def render_feed(
    contents: FeedContents,
    *,
    identity: FeedIdentity,
    revision: Revision,
    zone: ZoneInfo,
    today: date,
    guidance: Mapping[str, Sequence[str]],
) -> bytes:
    """The feed of ``contents`` on the local date ``today`` in ``zone``, the patient's own.

    ``guidance`` has whole sentences under the id of a regimen; only a FULL feed shows them. Raises
    MalformedCalendarError where the result is not what clients can read: serve the last good bytes.
    """
    begins = midnight(today, zone)
    shown = [o for o in contents.occurrences if is_shown(o, today)]
    doses = [
        dose_event(o, identity=identity, revision=revision, today_begins=begins, guidance=_for(o, guidance))
        for o in shown
    ]
    notices = list(_notices(contents, identity, today, empty=not doses))
    told = [notice_event(n, identity=identity, revision=revision, zone=zone) for n in notices]
    alarms = sum(rings(occurrence, begins) for occurrence in shown)
    return _written(_calendar(identity, zone), doses + told, alarms)


def render_ended(*, identity: FeedIdentity, revision: Revision, zone: ZoneInfo, today: date) -> bytes:
    """A feed that was withdrawn: one notice on ``today``, and no dose, so that clients drop theirs."""
    notice = subscription_ended(today)
    told = notice_event(notice, identity=identity, revision=revision, zone=zone)
    return _written(_calendar(identity, zone), [told], 0)


def _for(occurrence: DoseOccurrence, guidance: Mapping[str, Sequence[str]]) -> Sequence[str]:
    return guidance.get(occurrence.regimen.id, ())


def _notices(contents: FeedContents, identity: FeedIdentity, today: date, *, empty: bool) -> Iterator[Notice]:
    holds = hold_notices(contents.occurrences, identity, contents.until)
    yield from holds
    if contents.shortened:
        yield shortened(contents.until)
    if empty and not holds:
        yield nothing_planned(today)


def _calendar(identity: FeedIdentity, zone: ZoneInfo) -> Calendar:
    # vText escapes; left to itself icalendar writes names, colours and X- properties as they come.
    name = vText(text.line(identity.name, TITLE_LIMIT) or "Calendar")
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODID)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", vText(zone.key))
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    calendar.add("color", vText(_COLOR_NAME))
    calendar.add("x-apple-calendar-color", vText(_COLOR_CODE))
    return calendar


def _timezone_blocks(events: Iterable[PlacedEvent]) -> list[Timezone]:
    """One block for each zone that ``events`` name, in order of its id."""
    starts: defaultdict[str, list[datetime]] = defaultdict(list)
    for event in events:
        if event.zone is not None:
            starts[event.zone.key].append(event.starts_at)
    return [timezone_block(ZoneInfo(key), min(times), max(times)) for key, times in sorted(starts.items())]


def _written(calendar: Calendar, events: list[PlacedEvent], alarms: int) -> bytes:
    blocks = _timezone_blocks(events)
    in_order = sorted(events, key=lambda event: (event.starts_at, event.uid))
    calendar.subcomponents.extend(blocks)
    calendar.subcomponents.extend(event.component for event in in_order)
    data: bytes = calendar.to_ical(sorted=False)
    expected = {"VCALENDAR": 1, "VTIMEZONE": len(blocks), "VEVENT": len(events), "VALARM": alarms}
    check_content_lines(data, expected)
    return data
