"""What was shown and has left the plan since: cancelled for a while, then gone.

A dose that was skipped or is on hold is still one of the plan's and stands for itself. One that a stop, an
amendment or another file took out of the plan would be missing from one fetch to the next, and a client that
never takes events away would ring for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.ical.event import Draft, make_draft
from scheduler.ical.event_body import EventBody, EventText, event_body
from scheduler.ical.feed_identity import Revision
from scheduler.ical.shown_events import ShownEvent, ShownEvents
from scheduler.ical.slot import Slots
from scheduler.ical.standing import TOMBSTONE_FOR
from scheduler.ical.wording import cancelled_title

# A stopped course of months would otherwise stay struck out for months. No client is known to fetch less
# often than once a week.
_AFTER_IT_WENT = timedelta(days=14)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """What decides which tombstones are shown: the local dates that the feed tells of in full.

    ``since`` up to and without ``until``; ``begins`` is the UTC instant at which today does.
    """

    since: date
    until: date
    today: date
    begins: datetime


def tombstones(
    shown: ShownEvents, present: Set[str], names: Mapping[str, str], stage: Stage, revision: Revision
) -> Iterator[Draft]:
    """A cancelled event for each of ``shown`` that is not ``present`` any more.

    ``names``: what subjects are called, without an amount, which may be an old one.
    """
    bodies: dict[tuple[str, str], EventBody] = {}
    for uid, event in shown.events.items():
        gone_at = int(revision.at.timestamp()) if event.gone_at is None else event.gone_at
        if uid not in present and _is_told(event, gone_at, stage):
            key = (names.get(event.subject, names[""]), event.times)
            if key not in bodies:
                bodies[key] = _body(*key)
            yield _draft(uid, event, gone_at, bodies[key])


def _is_told(event: ShownEvent, gone_at: int, stage: Stage) -> bool:
    if event.kind == "notice" or _begins(gone_at) + _AFTER_IT_WENT <= stage.begins:
        return False
    starts_at = _begins(event.starts)
    if event.kind == "lead":
        return stage.begins <= starts_at and _local(event).date() < stage.until
    on = _local(event).date()
    return stage.since <= on < stage.until and stage.today <= on + TOMBSTONE_FOR


def _draft(uid: str, event: ShownEvent, gone_at: int, body: EventBody) -> Draft:
    starts_at = _begins(event.starts)
    slot = Slots(ZoneInfo(event.times), starts_at, starts_at).at(starts_at)
    return make_draft(
        uid=uid,
        starts_at=starts_at,
        zone=slot.zone,
        start=slot.start,
        end=slot.end,
        body=body,
        kind=event.kind,
        subject=event.subject,
        gone_at=gone_at,
    )


def _body(name: str, times: str) -> EventBody:
    text = EventText(
        status="CANCELLED",
        title=cancelled_title(name),
        description="No longer planned.",
        rings=False,
        times=times,
    )
    return event_body(text)


def _begins(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _local(event: ShownEvent) -> datetime:
    return _begins(event.starts).astimezone(ZoneInfo(event.times))
