"""Which doses a feed shows, and up to when.

1. From 14 days back to 120 days ahead, so that a phone which cannot fetch runs out of doses after a
   while and does not ring for ever.
2. On until three doses of every regimen that still has any are in it, 400 days ahead at most.
3. Past the events that there is room for the horizon comes nearer again, by whole local dates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice

from scheduler.dosing.expansion import Layout, in_order
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import Regimen
from scheduler.ical.overdue import Overdue, overdue_on
from scheduler.ical.standing import is_open

MAX_EVENTS = 1000
BACK = timedelta(days=14)
_AHEAD = timedelta(days=120)
_FARTHEST = timedelta(days=400)
_FUTURE_DOSES = 3
_STRETCH = timedelta(days=30)
_ONE_DAY = timedelta(days=1)

Choice = Callable[[Regimen], bool]
"""Which of a patient's regimens a feed is about."""


def every(regimen: Regimen) -> bool:  # noqa: ARG001
    """All of them."""
    return True


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedContents:
    """``occurrences`` by instant, then id, on local dates from ``since`` up to and without ``until``.

    Every dose of these dates is there. ``shortened``: the horizon is nearer than it should be, for want of
    room. ``overdue``: what waits from earlier, however long.
    """

    occurrences: tuple[DoseOccurrence, ...]
    since: date
    until: date
    shortened: bool
    overdue: tuple[Overdue, ...] = ()

    def up_to(self, until: date) -> FeedContents:
        """The same with a nearer horizon."""
        if until >= self.until:
            return self
        kept = tuple(o for o in self.occurrences if o.local_date < until)
        return replace(self, occurrences=kept, until=until, shortened=True)


def feed_contents(plan: Plan, today: date, *, choice: Choice = every, most: int = MAX_EVENTS) -> FeedContents:
    """What a feed of ``plan`` shows on ``today``, a local date of the patient's, in up to ``most`` events."""
    layout = Layout(plan)
    regimens = [regimen for regimen in plan.regimens if choice(regimen)]
    horizon = until = _horizon(layout, regimens, today)
    since = today - BACK
    past = list(_doses(layout, regimens, Period(start=since, end=today)))
    ahead = _ahead(layout, regimens, Period(start=today, end=until), most)
    overdue = overdue_on(layout, regimens, today)
    room = most - len(overdue) - len({o.hold for o in (*past, *ahead) if o.hold})
    if len(past) + len(ahead) > room:
        if len(past) + sum(o.local_date == today for o in ahead) >= room:
            past, since = [], today
        until = _nearer(ahead, today, until, room - len(past) - 1)
    kept = (occurrence for occurrence in past + ahead if occurrence.local_date < until)
    return FeedContents(
        occurrences=tuple(in_order(kept)),
        since=since,
        until=until,
        shortened=until < horizon,
        overdue=overdue,
    )


def shared_room(contents: Sequence[FeedContents], today: date, most: int = MAX_EVENTS) -> list[FeedContents]:
    """``contents`` of several patients up to one horizon, in ``most`` events together where today allows."""
    doses = [o for each in contents for o in each.occurrences]
    notices = sum(len(each.overdue) + len({o.hold for o in each.occurrences if o.hold}) for each in contents)
    farthest = max((each.until for each in contents), default=today)
    if len(doses) + notices <= most:
        return list(contents)
    past = sum(o.local_date < today for o in doses)
    ahead = [o for o in doses if o.local_date >= today]
    until = _nearer(ahead, today, farthest, most - notices - past - 1)
    return [each.up_to(until) for each in contents]


def _horizon(layout: Layout, regimens: Sequence[Regimen], today: date) -> date:
    needed = (_date_of_third_dose(layout, regimen, today) for regimen in regimens)
    return max([today + _AHEAD, *(day + _ONE_DAY for day in needed)])


def _date_of_third_dose(layout: Layout, regimen: Regimen, today: date) -> date:
    """The local date of the third dose still to come, or of the last where there are fewer.

    Doses come by number, so that moved ones may stand out of order: as many more are looked at as there
    are moves.
    """
    period = Period(start=today, end=today + _FARTHEST)
    to_come = (o.local_date for o in layout.regimen(regimen, period) if is_open(o))
    dates = sorted(islice(to_come, _FUTURE_DOSES + len(layout.plan.moves)))[:_FUTURE_DOSES]
    return dates[-1] if dates else today


def _doses(layout: Layout, regimens: Sequence[Regimen], period: Period) -> Iterator[DoseOccurrence]:
    for regimen in regimens:
        yield from layout.regimen(regimen, period)


def _ahead(layout: Layout, regimens: Sequence[Regimen], period: Period, most: int) -> list[DoseOccurrence]:
    """The doses of ``period``, month by month, until there are too many to show."""
    found: list[DoseOccurrence] = []
    start = period.start
    while start < period.end and len(found) <= most:
        end = min(start + _STRETCH, period.end)
        found.extend(_doses(layout, regimens, Period(start=start, end=end)))
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
