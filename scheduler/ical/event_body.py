"""What an event says, apart from which dose it is and when.

Hundreds of doses of a feed say the same, so icalendar writes each title, text and alarm once. What differs
from dose to dose is ASCII and of a fixed form, and is filled in: identity, revision and times.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal

from icalendar import Calendar, Event
from icalendar.prop import vText

from scheduler.ical.alarm import start_alarm
from scheduler.ical.content_lines import check_content_lines
from scheduler.ical.folding import with_whole_escapes

EventStatus = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

GAP = "0" * 16
"""In a description, for the code of its event: what differs from dose to dose must not be written anew."""

_KEPT = 4096
_FOLD = "\r\n "
_BEFORE, _AFTER = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "END:VEVENT\r\nEND:VCALENDAR\r\n"
# Stand-ins for the times that are filled in later.
_DATE = date(1970, 1, 1)
_WALL = datetime(1970, 1, 1)  # noqa: DTZ001 - a local reading, as DTSTART with a TZID is
_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class EventText:
    """What is to be said. Times are written in ``times``: the id of a zone, ``"UTC"`` or ``"DATE"``.

    STATUS is always written: Android's provider fails on an event that had one and lost it. ``rings``: it
    has an alarm, which shows the title. ``description`` may end with `GAP`, which `EventBody.event` fills in.
    """

    status: EventStatus
    title: str
    description: str
    rings: bool
    times: str


@dataclass(frozen=True, slots=True)
class EventBody:
    """An event as text with gaps; ``digest`` is the same for the same text alone, in any process.

    ``rest`` is all after the end. With a gap in the description it goes up to that, and ``after_gap`` on from
    there; the line is folded within the gap after ``cut`` characters, at its end where it is not.
    """

    to_start: str
    to_end: str
    rest: str
    digest: str
    rings: bool
    after_gap: str = ""
    cut: int = 0

    def event(self, uid: str, stamp: str, sequence: int, start: str, end: str) -> str:
        """The whole VEVENT (RFC 5545 section 3.6.1), filled in.

        DTSTAMP and LAST-MODIFIED are the same, because clients look at one or the other. A gap takes what
        `page_code` makes of ``uid``.
        """
        told = (
            f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:{stamp}\r\nLAST-MODIFIED:{stamp}\r\nSEQUENCE:{sequence}\r\n"
            f"{self.to_start}{start}{self.to_end}{end}{self.rest}"
        )
        return told + self._filled(page_code(uid)) if self.after_gap else told

    def _filled(self, code: str) -> str:
        fold = _FOLD if self.cut < len(code) else ""
        return f"{code[: self.cut]}{fold}{code[self.cut :]}{self.after_gap}"


@lru_cache(maxsize=_KEPT)
def event_body(text: EventText) -> EventBody:
    """``text`` as icalendar writes it. Raises MalformedCalendarError where clients could not read it."""
    to_start, to_end, after = _frame(text.status, text.times)
    alarm = _alarm(text.title) if text.rings else ""
    description = _line("description", text.description)
    before, behind = f"{after}{_line('summary', text.title)}", f"{alarm}END:VEVENT\r\n"
    whole = "\0".join((to_start, to_end, f"{before}{description}{behind}"))
    digest = hashlib.blake2b(whole.encode(), digest_size=8).hexdigest()
    if not text.description.endswith(GAP):
        return EventBody(to_start, to_end, f"{before}{description}{behind}", digest, text.rings)
    cut = _cut(description)
    to_gap = description.removesuffix(_with_fold(cut))
    return EventBody(to_start, to_end, before + to_gap, digest, text.rings, f"\r\n{behind}", cut)


def page_code(uid: str) -> str:
    """What stands for the event of ``uid`` in the address of a page: 64 bits of it, no secret."""
    return uid.replace("-", "")[: len(GAP)]


def _cut(description: str) -> int:
    """After how many characters the line is folded within its gap."""
    return next(n for n in range(len(GAP), 0, -1) if description.endswith(_with_fold(n)))


def _with_fold(cut: int) -> str:
    fold = _FOLD if cut < len(GAP) else ""
    return f"{GAP[:cut]}{fold}{GAP[cut:]}\r\n"


@lru_cache(maxsize=_KEPT)
def _frame(status: EventStatus, times: str) -> tuple[str, str, str]:
    """What stands before the start, between start and end, and after the end."""
    event = Event()
    event.add("status", status)
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    event.add("x-microsoft-cdo-busystatus", vText("FREE"))
    for name in ("dtstart", "dtend"):
        _add_time(event, name, times)
    written = {"DATE": "19700101", "UTC": "19700101T000000Z"}.get(times, "19700101T000000")
    to_start, to_end, after = _lines(event).split(written, 2)
    return to_start, to_end, after


def _add_time(event: Event, name: str, times: str) -> None:
    if times == "DATE":
        event.add(name, _DATE)
    elif times == "UTC":
        event.add(name, _INSTANT)
    else:
        # The id is written here and not by icalendar, which puts other ids for what it takes as equals.
        event.add(name, _WALL, parameters={"TZID": times})


@lru_cache(maxsize=_KEPT)
def _line(name: str, value: str) -> str:
    event = Event()
    event.add(name, vText(value))
    return _lines(event)


@lru_cache(maxsize=_KEPT)
def _alarm(title: str) -> str:
    event = Event()
    event.add_component(start_alarm(title))
    return _lines(event, alarms=1)


def _lines(event: Event, alarms: int = 0) -> str:
    """The content lines of ``event``, folded, each held against what an event may have in it."""
    calendar = Calendar()
    calendar.add_component(event)
    written: bytes = calendar.to_ical(sorted=False)
    lines = with_whole_escapes(written.decode())
    check_content_lines(lines.encode(), {"VCALENDAR": 1, "VEVENT": 1, "VALARM": alarms})
    return lines.removeprefix(_BEFORE).removesuffix(_AFTER)
