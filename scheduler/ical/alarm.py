"""The one VALARM of a dose (RFC 5545 section 3.6.6)."""

from __future__ import annotations

from scheduler.ical.text_line import text_line


def start_alarm(title: str) -> str:
    """The lines of an alarm that shows ``title`` when the event begins. Raises MalformedCalendarError.

    The zero is written out because icalendar renders it as P0D, a day's form. Outlook reads every
    trigger without its sign, so one after the start would ring before it.
    """
    shown = text_line("DESCRIPTION", title)
    return f"BEGIN:VALARM\r\nACTION:DISPLAY\r\n{shown}TRIGGER:PT0S\r\nEND:VALARM\r\n"
