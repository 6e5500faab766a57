"""An event of a feed before its revision is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from scheduler.dosing.frozen import maker_of
from scheduler.dosing.timezone import midnight
from scheduler.ical.event_body import EventBody, EventText, event_body
from scheduler.ical.notice import Notice

EventKind = Literal["dose", "lead", "notice"]
"""``lead``: something to do before a dose. ``notice``: anything that is told by the day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """``body`` at the UTC instant ``starts_at``, by which a feed is sorted, under ``uid``.

    ``start`` and ``end`` are those of DTSTART and DTEND as written; ``zone`` is the one whose VTIMEZONE they
    need, None for times in UTC and for whole days. ``subject`` names the regimen it is about, "" where none.
    ``gone_at``: when what it stands for left the plan, in whole seconds since 1970; None: it is in the plan.
    """

    uid: str
    starts_at: datetime
    zone: ZoneInfo | None
    start: str
    end: str
    body: EventBody
    kind: EventKind
    subject: str
    gone_at: int | None = None


make_draft = maker_of(Draft)


def notice_draft(notice: Notice, zone: ZoneInfo) -> Draft:
    """A notice as an event without an alarm; ``zone`` only decides where it stands among the doses."""
    told = EventText(
        status="CONFIRMED",
        title=notice.title,
        description=notice.description,
        rings=False,
        times="DATE",
    )
    return make_draft(
        uid=notice.uid,
        starts_at=midnight(notice.first, zone),
        zone=None,
        start=f"{notice.first:%Y%m%d}",
        end=f"{notice.end:%Y%m%d}",
        body=event_body(told),
        kind="notice",
        subject="",
    )
