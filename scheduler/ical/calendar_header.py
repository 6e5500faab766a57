"""What a calendar says of itself, before its time zones and events (RFC 5545 section 3.6, RFC 7986)."""

from __future__ import annotations

from functools import lru_cache

from scheduler.ical import text
from scheduler.ical.content_lines import check_content_lines
from scheduler.ical.text_line import text_line
from scheduler.ical.wording import TITLE_LIMIT

END = "END:VCALENDAR\r\n"
# Without a build number: a release must not change the bytes of every feed.
_PRODID = "-//dosecal//dosecal feed//EN"
# How often to fetch it and its colour, each in the two ways that clients know: that of RFC 7986 (sections 5.7
# and 5.9; a CSS3 name) and that of Microsoft or Apple.
_FETCHED = """\
REFRESH-INTERVAL;VALUE=DURATION:PT1H\r
X-PUBLISHED-TTL:PT1H\r
COLOR:teal\r
X-APPLE-CALENDAR-COLOR:#008080\r
"""


@lru_cache(maxsize=1024)
def calendar_header(name: str, zone_key: str) -> str:
    """From BEGIN to the last property of a published calendar called ``name``, in the zone ``zone_key``.

    Raises MalformedCalendarError where clients could not read the result.
    """
    lines = published(name, _PRODID) + text_line("X-WR-TIMEZONE", zone_key) + _FETCHED
    check_content_lines(f"{lines}{END}".encode(), {"VCALENDAR": 1})
    return lines


def published(name: str, product: str) -> str:
    """What every published calendar begins with, one called ``name``; ``product`` is its PRODID."""
    called = text.line(name, TITLE_LIMIT) or "Calendar"
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{text_line('PRODID', product)}CALSCALE:GREGORIAN\r\n"
        f"METHOD:PUBLISH\r\n{text_line('NAME', called)}{text_line('X-WR-CALNAME', called)}"
    )
