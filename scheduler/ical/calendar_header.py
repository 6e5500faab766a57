"""What a calendar says of itself, before its time zones and events (RFC 5545 section 3.6, RFC 7986)."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from icalendar import Calendar
from icalendar.prop import vDuration, vText

from scheduler.ical import text
from scheduler.ical.content_lines import check_content_lines
from scheduler.ical.folding import with_whole_escapes
from scheduler.ical.wording import TITLE_LIMIT

# Without a build number: a release must not change the bytes of every feed.
_PRODID = "-//dosecal//dosecal feed//EN"
_REFRESH = timedelta(hours=1)
# One colour in the two ways that clients know, a CSS3 name (RFC 7986 section 5.9) and Apple's own.
_COLOR_NAME, _COLOR_CODE = "teal", "#008080"
_END = "END:VCALENDAR\r\n"


@lru_cache(maxsize=1024)
def calendar_header(name: str, zone_key: str) -> str:
    """From BEGIN to the last property of a published calendar called ``name``, in the zone ``zone_key``.

    Raises MalformedCalendarError where clients could not read the result.
    """
    written: bytes = _calendar(name, zone_key).to_ical(sorted=False)
    lines = with_whole_escapes(written.decode())
    check_content_lines(lines.encode(), {"VCALENDAR": 1})
    return lines.removesuffix(_END)


def published(name: str, product: str) -> Calendar:
    """A calendar called ``name`` with what every published one has; ``product`` is its PRODID."""
    # vText escapes; left to itself icalendar writes names, colours and X- properties as they come.
    called = vText(text.line(name, TITLE_LIMIT) or "Calendar")
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", product)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", called)
    calendar.add("x-wr-calname", called)
    return calendar


def _calendar(name: str, zone_key: str) -> Calendar:
    calendar = published(name, _PRODID)
    calendar.add("x-wr-timezone", vText(zone_key))
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    calendar.add("color", vText(_COLOR_NAME))
    calendar.add("x-apple-calendar-color", vText(_COLOR_CODE))
    return calendar
