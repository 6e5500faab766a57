"""Which doses a feed shows, and up to when.

1. From 14 days back to 120 days ahead, so that a phone which cannot fetch runs out of doses after a
   while and does not ring for ever.
2. On until three doses of every regimen that still has any are in it, 400 days ahead at most.
3. Past 1,000 events the horizon comes nearer again, by whole local dates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import Regimen
from scheduler.ical.standing import is_open

MAX_EVENTS = 1000
_BACK = timedelta(days=14)
_AHEAD = timedelta(days=120)
_FARTHEST = timedelta(days=400)
_FUTURE_DOSES = 3
_STRETCH = timedelta(days=30)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedContents:
    """``occurrences`` by instant, then id, on local dates before ``until``.

    ``shortened``: the horizon is nearer than it should be, for want of room.
    """

    occurrences: tuple[DoseOccurrence, ...]
    until: date
    shortened: bool


def feed_contents(plan: Plan, today: date) -> FeedContents:
    """What a feed of ``plan`` shows on ``today``, a local date of the patient's."""
    layout = Layout(plan)
    horizon = until = _horizon(layout, today)
    past = list(_doses(layout, Period(start=today - _BACK, end=today)))
    ahead = _ahead(layout, Period(start=today, end=until))
    room = MAX_EVENTS - len({o.hold for o in (*past, *ahead) if o.hold})
    if len(past) + len(ahead) > room:
        if len(past) + sum(o.local_date == today for o in ahead) >= room:
            past = []
        until = _nearer(ahead, today, until, room - len(past) - 1)
    return _contents(past + ahead, until, shortened=until < horizon)


def _horizon(layout: Layout, today: date) -> date:
    needed = (_date_of_third_dose(layout, regimen, today) for regimen in layout.plan.regimens)
    return max(today + _AHEAD, *(day + _ONE_DAY for day in needed))


def _date_of_third_dose(layout: Layout, regimen: Regimen, today: date) -> date:
    """The local date of the third dose still to come, or of the last where there are fewer.

    Doses come by number, so that moved ones may stand out of order: as many more are looked at as there
    are moves.
    """
    period = Period(start=today, end=today + _FARTHEST)
    to_come = (o.local_date for o in layout.regimen(regimen, period) if is_open(o))
    dates = sorted(islice(to_come, _FUTURE_DOSES + len(layout.plan.moves)))[:_FUTURE_DOSES]
    return dates[-1] if dates else today


def _doses(layout: Layout, period: Period) -> Iterator[DoseOccurrence]:
    for regimen in layout.plan.regimens:
        yield from layout.regimen(regimen, period)


def _ahead(layout: Layout, period: Period) -> list[DoseOccurrence]:
    """The doses of ``period``, month by month, until there are too many to show."""
    found: list[DoseOccurrence] = []
    start = period.start
    while start < period.end and len(found) <= MAX_EVENTS:
        end = min(start + _STRETCH, period.end)
        found.extend(_doses(layout, Period(start=start, end=end)))
        start = end
    return found


def _nearer(ahead: list[DoseOccurrence], today: date, until: date, room: int) -> date:
    """The first local date that does not fit whole into ``room`` doses; today always fits."""
    shown = 0
    for day, doses in sorted(Counter(o.local_date for o in ahead).items()):
        shown += doses
        if shown > room:
            return max(day, today + _ONE_DAY)
    return until


def _contents(occurrences: list[DoseOccurrence], until: date, *, shortened: bool) -> FeedContents:
    kept = (occurrence for occurrence in occurrences if occurrence.local_date < until)
    in_order = sorted(kept, key=lambda occurrence: (occurrence.due_at, str(occurrence.id)))
    return FeedContents(occurrences=tuple(in_order), until=until, shortened=shortened)
