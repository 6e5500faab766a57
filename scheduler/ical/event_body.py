"""What an event says, apart from which dose it is and when.

Hundreds of doses of a feed say the same, so each title, text and alarm is written once. What differs from
dose to dose is ASCII and of a fixed form, and is filled in: identity, revision and times.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from scheduler.ical.alarm import start_alarm
from scheduler.ical.folding import FOLD
from scheduler.ical.text_line import text_line

EventStatus = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

GAP = "0" * 16
"""In a description, for the code of its event: what differs from dose to dose must not be written anew."""

_KEPT = 4096


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
        fold = FOLD if self.cut < len(code) else ""
        return f"{code[: self.cut]}{fold}{code[self.cut :]}{self.after_gap}"


@lru_cache(maxsize=_KEPT)
def event_body(text: EventText) -> EventBody:
    """``text`` as icalendar would write it. Raises MalformedCalendarError where clients could not read it."""
    to_start, to_end = _frame(text.status, text.times)
    alarm = _alarm(text.title) if text.rings else ""
    description = _line("DESCRIPTION", text.description)
    before, behind = f"\r\n{_line('SUMMARY', text.title)}", f"{alarm}END:VEVENT\r\n"
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
    fold = FOLD if cut < len(GAP) else ""
    return f"{GAP[:cut]}{fold}{GAP[cut:]}\r\n"


def _frame(status: EventStatus, times: str) -> tuple[str, str]:
    """What stands before the start, and between start and end."""
    form = {"DATE": ";VALUE=DATE", "UTC": ""}.get(times, f";TZID={times}")
    said = "TRANSP:TRANSPARENT\r\nCLASS:PRIVATE\r\nX-MICROSOFT-CDO-BUSYSTATUS:FREE"
    return f"STATUS:{status}\r\n{said}\r\nDTSTART{form}:", f"\r\nDTEND{form}:"


_line = lru_cache(maxsize=_KEPT)(text_line)
_alarm = lru_cache(maxsize=_KEPT)(start_alarm)
