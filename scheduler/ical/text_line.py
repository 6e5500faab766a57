"""A property of text as a content line (RFC 5545 sections 3.1 and 3.3.11).

icalendar escapes the text. A component of the library around each line would say the same in ten times the
time, which the first feed of a process has to wait for.
"""

from __future__ import annotations

from icalendar.prop import vText

from scheduler.ical.content_lines import check_text_line
from scheduler.ical.folding import folded


def text_line(name: str, text: str) -> str:
    """``name`` with ``text``, folded and ended by CRLF. Raises MalformedCalendarError."""
    escaped: bytes = vText(text).to_ical()
    line = folded(f"{name}:{escaped.decode()}")
    check_text_line(line)
    return f"{line}\r\n"
