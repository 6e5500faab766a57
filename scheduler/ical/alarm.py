"""The one VALARM of a dose (RFC 5545 section 3.6.6)."""

from __future__ import annotations

from icalendar import Alarm
from icalendar.prop import vText


def start_alarm(title: str) -> Alarm:
    """An alarm that shows ``title`` when the event begins.

    The zero is written out because icalendar renders it as P0D, a day's form. Outlook reads every
    trigger without its sign, so one after the start would ring before it.
    """
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", vText(title))
    alarm.add("trigger", vText("PT0S"))
    return alarm
