"""All-day events that tell about the feed itself, or about more than one dose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.ical.feed_identity import FeedIdentity
from scheduler.ical.feed_part import FeedPart
from scheduler.ical.overdue import Overdue
from scheduler.ical.wording import TITLE_LIMIT, day, overdue_description, overdue_title, subject

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Shown on the local dates from ``first`` up to and without ``end``, under the UID ``uid``."""

    uid: str
    first: date
    end: date
    title: str
    description: str


def nothing_planned(identity: FeedIdentity, today: date) -> Notice:
    """In place of an empty calendar, which some clients take for a fault."""
    return Notice(
        uid=identity.uid("nothing-planned"),
        first=today,
        end=today + _ONE_DAY,
        title="Nothing planned",
        description="Nothing is planned in this calendar at present.",
    )


def shortened(identity: FeedIdentity, until: date) -> Notice:
    """On ``until``, the first date that the calendar has no room for."""
    return Notice(
        uid=identity.uid("shortened"),
        first=until,
        end=until + _ONE_DAY,
        title="Calendar shown up to here",
        description="This calendar is full. Later dates appear as earlier ones pass.",
    )


def address_ends(identity: FeedIdentity, today: date, last: date) -> Notice:
    """Every day up to ``last``, while a new address takes the place of this one."""
    return Notice(
        uid=identity.uid("address-ends"),
        first=today,
        end=today + _ONE_DAY,
        title="This calendar has a new address",
        description=f"This address works until {day(last)}. Ask for the new one and subscribe to it.",
    )


def subscription_ended(identity: FeedIdentity, today: date) -> Notice:
    """All that is left of a feed that was withdrawn, so that clients drop what they had."""
    return Notice(
        uid=identity.uid("subscription-ended"),
        first=today,
        end=today + _ONE_DAY,
        title="Subscription ended",
        description="This calendar is no longer updated. You can remove it.",
    )


def notices_of(part: FeedPart, today: date) -> list[Notice]:
    """What is to be told by the day of one patient: holds, and what waits to be recorded."""
    waiting = (_overdue_notice(overdue, part, today) for overdue in part.contents.overdue)
    return [*hold_notices(part), *waiting]


def hold_notices(part: FeedPart) -> Iterator[Notice]:
    """One for each hold of two days or more among the doses; up to the horizon where it has no end."""
    notices: dict[str, Notice] = {}
    for occurrence in part.contents.occurrences:
        hold = occurrence.hold
        if hold is None or hold.last == hold.first:
            continue
        notice = _hold_notice(occurrence, hold, part)
        known = notices.get(notice.uid)
        if known is None or known.end < notice.end:
            notices[notice.uid] = notice
    return iter(notices.values())


def _hold_notice(occurrence: DoseOccurrence, hold: Hold, part: FeedPart) -> Notice:
    suffix = ": on hold"
    dates = "until further notice" if hold.last is None else f"from {day(hold.first)} to {day(hold.last)}"
    return Notice(
        uid=part.identity.uid(f"hold:{hold.regimen}@{hold.first}"),
        first=hold.first,
        end=part.contents.until if hold.last is None else hold.last + _ONE_DAY,
        title=subject(occurrence.regimen, part.identity, TITLE_LIMIT - len(suffix)) + suffix,
        description=f"On hold {dates}.",
    )


def _overdue_notice(overdue: Overdue, part: FeedPart, today: date) -> Notice:
    """On ``today`` alone: it comes along from day to day until somebody records what happened."""
    return Notice(
        uid=part.identity.uid(f"overdue:{overdue.first.id}"),
        first=today,
        end=today + _ONE_DAY,
        title=overdue_title(overdue, part.identity),
        description=overdue_description(overdue, part.identity, part.of(overdue.first.regimen.id)),
    )
