"""All-day events that tell about the feed itself. Their wording is discreet at every level of privacy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from icalendar.prop import vText

from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.timezone import midnight
from scheduler.ical.event import PlacedEvent, begin_event
from scheduler.ical.feed_identity import FeedIdentity, Revision
from scheduler.ical.wording import TITLE_LIMIT, subject

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Shown on the local dates from ``first`` up to and without ``end``; ``key`` names it for its UID."""

    key: str
    first: date
    end: date
    title: str
    description: str


def nothing_planned(today: date) -> Notice:
    """In place of an empty calendar, which some clients take for a fault."""
    return Notice(
        key="nothing-planned",
        first=today,
        end=today + _ONE_DAY,
        title="Nothing planned",
        description="Nothing is planned in this calendar at present.",
    )


def shortened(until: date) -> Notice:
    """On ``until``, the first date that the calendar has no room for."""
    return Notice(
        key="shortened",
        first=until,
        end=until + _ONE_DAY,
        title="Calendar shown up to here",
        description="This calendar is full. Later dates appear as earlier ones pass.",
    )


def subscription_ended(today: date) -> Notice:
    """All that is left of a feed that was withdrawn, so that clients drop what they had."""
    return Notice(
        key="subscription-ended",
        first=today,
        end=today + _ONE_DAY,
        title="Subscription ended",
        description="This calendar is no longer updated. You can remove it.",
    )


def hold_notices(occurrences: Iterable[DoseOccurrence], identity: FeedIdentity, until: date) -> list[Notice]:
    """One for each hold of two days or more among ``occurrences``; to ``until`` where it has no end."""
    notices: dict[str, Notice] = {}
    for occurrence in occurrences:
        hold = occurrence.hold
        if hold is None or hold.last == hold.first:
            continue
        notice = _hold_notice(occurrence, hold, identity, until)
        known = notices.get(notice.key)
        if known is None or known.end < notice.end:
            notices[notice.key] = notice
    return list(notices.values())


def _hold_notice(occurrence: DoseOccurrence, hold: Hold, identity: FeedIdentity, until: date) -> Notice:
    suffix = ": on hold"
    dates = "until further notice" if hold.last is None else f"from {hold.first} to {hold.last}"
    return Notice(
        key=f"hold:{hold.regimen}@{hold.first}",
        first=hold.first,
        end=until if hold.last is None else hold.last + _ONE_DAY,
        title=subject(occurrence, identity, TITLE_LIMIT - len(suffix)) + suffix,
        description=f"On hold {dates}.",
    )


def notice_event(
    notice: Notice, *, identity: FeedIdentity, revision: Revision, zone: ZoneInfo
) -> PlacedEvent:
    """The event of a notice; ``zone`` only decides where it stands among the doses."""
    uid = identity.uid(notice.key)
    event = begin_event(uid, revision, "CONFIRMED")
    event.add("dtstart", notice.first)
    event.add("dtend", notice.end)
    event.add("summary", vText(notice.title))
    event.add("description", vText(notice.description))
    return PlacedEvent(starts_at=midnight(notice.first, zone), uid=uid, zone=None, component=event)
