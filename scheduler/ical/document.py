"""A feed as the bytes of one iCalendar object.

The same arguments give the same bytes, in any process and at any hour: clients compare entity tags.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from scheduler.dosing.timezone import midnight
from scheduler.ical.calendar_header import END, calendar_header
from scheduler.ical.content_lines import check_document
from scheduler.ical.dose_event import DoseEvents
from scheduler.ical.event import Draft, notice_draft
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.feed_part import FeedPart
from scheduler.ical.feed_window import MAX_EVENTS
from scheduler.ical.lead_event import LeadEvents
from scheduler.ical.notice import (
    Notice,
    address_ends,
    nothing_planned,
    notices_of,
    shortened,
    subscription_ended,
)
from scheduler.ical.shown_events import NOTHING_SHOWN, ShownEvents, stamp
from scheduler.ical.timezone_block import timezone_text
from scheduler.ical.tombstone import Stage, tombstones
from scheduler.ical.wording import TITLE_LIMIT, alias_title, subject

# That it is shortened, and that its address ends.
_NOTICES = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendering:
    """The bytes of a feed, and what to hand to `render_feed` the next time."""

    body: bytes
    shown: ShownEvents


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """The local date ``today`` in ``zone``, which begins the calendar's day."""

    today: date
    zone: ZoneInfo

    @property
    def begins(self) -> datetime:
        """The UTC instant at which it begins."""
        return midnight(self.today, self.zone)


def render_feed(
    parts: Sequence[FeedPart],
    *,
    identity: FeedIdentity,
    day: Day,
    revision: Revision,
    shown: ShownEvents = NOTHING_SHOWN,
    ends_on: date | None = None,
) -> Rendering:
    """The feed of ``parts`` on ``day``; ``identity`` is that of the calendar, each part has its own.

    ``revision`` is that of an event which ``shown``, what the feed showed before, does not know; one that
    changed since is revised at its time. ``ends_on``: the last date on which the feed's address works.
    Raises MalformedCalendarError where the result is not what clients can read: serve the last good bytes.
    """
    drafts = [draft for part in parts for draft in _planned(part, day)]
    drafts += _gone(parts, identity, day, drafts, shown, revision)
    drafts += [notice_draft(n, day.zone) for n in _notices(parts, identity, day, ends_on, empty=not drafts)]
    return _written(identity, day.zone, drafts, shown, revision)


def render_ended(*, identity: FeedIdentity, revision: Revision, day: Day) -> bytes:
    """A feed that was withdrawn: one notice today, and no dose, so that clients drop theirs."""
    told = notice_draft(subscription_ended(identity, day.today), day.zone)
    return _written(identity, day.zone, [told], NOTHING_SHOWN, revision).body


def _planned(part: FeedPart, day: Day) -> Iterator[Draft]:
    yield from DoseEvents(part, day.today, day.begins).drafts()
    yield from LeadEvents(part, day.today, day.begins).drafts()
    yield from (notice_draft(notice, day.zone) for notice in notices_of(part, day.today))


def _gone(
    parts: Sequence[FeedPart],
    identity: FeedIdentity,
    day: Day,
    drafts: Sequence[Draft],
    shown: ShownEvents,
    revision: Revision,
) -> list[Draft]:
    if not shown.events:
        return []
    stage = Stage(
        # Of a caseload without patients nothing is in any plan.
        since=max((part.contents.since for part in parts), default=date.min),
        until=min((part.contents.until for part in parts), default=date.max),
        today=day.today,
        begins=day.begins,
    )
    present = {draft.uid for draft in drafts}
    gone = tombstones(shown, present, _names(parts, identity), stage, revision)
    room = max(0, MAX_EVENTS - len(drafts) - _NOTICES)
    return sorted(gone, key=lambda draft: draft.starts_at)[:room]


def _names(parts: Sequence[FeedPart], identity: FeedIdentity) -> dict[str, str]:
    """What each regimen is called, under its subject, and under "" what any is that is not known any more."""
    names = {"": alias_title(identity, TITLE_LIMIT)}
    for part in parts:
        for regimen in part.contents.regimens:
            names[part.subject(regimen.id)] = subject(regimen, part.identity, TITLE_LIMIT)
    return names


def _notices(
    parts: Sequence[FeedPart], identity: FeedIdentity, day: Day, ends_on: date | None, *, empty: bool
) -> Iterator[Notice]:
    """What is told of the calendar as a whole."""
    if any(part.contents.shortened for part in parts):
        yield shortened(identity, min(part.contents.until for part in parts))
    if ends_on is not None:
        yield address_ends(identity, day.today, ends_on)
    elif empty:
        yield nothing_planned(identity, day.today)


def _written(
    identity: FeedIdentity, zone: ZoneInfo, drafts: list[Draft], before: ShownEvents, revision: Revision
) -> Rendering:
    drafts.sort(key=lambda draft: (draft.starts_at, draft.uid))
    shown = before.revised(drafts, revision)
    blocks = _timezone_blocks(drafts)
    written = "".join([calendar_header(identity.name, zone.key), *blocks, *_events(drafts, shown), END])
    body = written.encode()
    alarms = sum(draft.body.rings for draft in drafts)
    counts = {"VCALENDAR": 1, "VTIMEZONE": len(blocks), "VEVENT": len(drafts), "VALARM": alarms}
    check_document(body, counts)
    return Rendering(body=body, shown=shown)


def _events(drafts: Iterable[Draft], shown: ShownEvents) -> Iterator[str]:
    for draft in drafts:
        event = shown.events[draft.uid]
        yield draft.body.event(draft.uid, stamp(event.at), event.sequence, draft.start, draft.end)


def _timezone_blocks(drafts: Iterable[Draft]) -> list[str]:
    """One block for each zone that the events name, in order of its id; ``drafts`` are in order of time."""
    starts: defaultdict[str, list[datetime]] = defaultdict(list)
    for draft in drafts:
        if draft.zone is not None:
            starts[draft.zone.key].append(draft.starts_at)
    return [timezone_text(ZoneInfo(key), times[0], times[-1]) for key, times in sorted(starts.items())]
