"""Which doses a feed shows, and up to when.

1. From 14 days back to 120 days ahead, so that a phone which cannot fetch runs out of doses after a
   while and does not ring for ever.
2. On until three doses of every regimen that still has any are in it, 400 days ahead at most.
3. Past the events that there is room for the horizon comes nearer again, by whole local dates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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


Weights = Mapping[str, int]
"""How many events a dose to come has, with what is to be done before it, by regimen; 1 if not named."""
_ALIKE: Weights = {}


def every(regimen: Regimen) -> bool:  # noqa: ARG001
    """All of them."""
    return True


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedContents:
    """``occurrences`` by instant, then id, on local dates from ``since`` up to and without ``until``.

    Every dose of these dates is there. ``shortened``: the horizon is nearer than it should be, for want of
    room. ``overdue``: what waits from earlier, however long. ``regimens``: all that it is about.
    """

    occurrences: tuple[DoseOccurrence, ...]
    since: date
    until: date
    shortened: bool
    overdue: tuple[Overdue, ...] = ()
    regimens: tuple[Regimen, ...] = ()

    def up_to(self, until: date) -> FeedContents:
        """The same with a nearer horizon."""
        if until >= self.until:
            return self
        kept = tuple(o for o in self.occurrences if o.local_date < until)
        return replace(self, occurrences=kept, until=until, shortened=True)

    def without_past(self, today: date) -> FeedContents:
        """The same from ``today`` on."""
        kept = tuple(o for o in self.occurrences if o.local_date >= today)
        return replace(self, occurrences=kept, since=today)


def feed_contents(
    plan: Plan,
    today: date,
    *,
    choice: Choice = every,
    weights: Weights = _ALIKE,
    most: int = MAX_EVENTS,
    reaches: date = date.min,
) -> FeedContents:
    """What a feed of ``plan`` shows on ``today``, a local date of the patient's, in up to ``most`` events.

    Up to ``reaches`` it was shown before. A stop may bring the horizon nearer, and what it stopped must not
    fall behind the horizon without a word.
    """
    layout = Layout(plan)
    regimens = [regimen for regimen in plan.regimens if choice(regimen)]
    horizon = until = max(_horizon(layout, regimens, today), min(reaches, today + _FARTHEST))
    since = today - BACK
    past = list(_doses(layout, regimens, Period(start=since, end=today)))
    ahead = _ahead(layout, regimens, Period(start=today, end=until), most)
    overdue = overdue_on(layout, regimens, today)
    room = most - len(overdue) - _held((*past, *ahead))
    if len(past) + _events(ahead, weights) > room:
        if len(past) + _events((o for o in ahead if o.local_date == today), weights) >= room:
            past, since = [], today
        until = _nearer(ahead, today, until, room - len(past) - 1, weights)
    kept = (occurrence for occurrence in past + ahead if occurrence.local_date < until)
    return FeedContents(
        occurrences=tuple(in_order(kept)),
        since=since,
        until=until,
        shortened=until < horizon,
        overdue=overdue,
        regimens=tuple(regimens),
    )


def shared_room(
    contents: Sequence[FeedContents], today: date, weights: Sequence[Weights], most: int = MAX_EVENTS
) -> list[FeedContents]:
    """``contents`` of several patients up to one horizon, in ``most`` events together where today allows.

    The horizon is at most that of a patient whose own is nearer for want of room. As in a patient's own
    calendar, a crowded past gives way to today. ``weights``: those of each of ``contents``.
    """
    until = _nearest(contents, today)
    shown = [each.up_to(until) for each in contents]
    past = sum(o.local_date < today for each in shown for o in each.occurrences)
    ahead = _ahead_of_all(shown, today, weights)
    notices = sum(len(each.overdue) + _held(each.occurrences) for each in shown)
    if past + ahead.total() + notices + any(each.shortened for each in shown) <= most:
        return shown
    room = most - notices - 1
    if past + ahead[today] > room:
        past, shown = 0, [each.without_past(today) for each in shown]
    until = _first_without_room(ahead, today, until, room - past)
    return [each.up_to(until) for each in shown]


def _nearest(contents: Sequence[FeedContents], today: date) -> date:
    shortened = [each.until for each in contents if each.shortened]
    return min(shortened) if shortened else max((each.until for each in contents), default=today)


def _ahead_of_all(contents: Sequence[FeedContents], today: date, weights: Sequence[Weights]) -> Counter[date]:
    """How many events each local date from ``today`` on has."""
    by_day: Counter[date] = Counter()
    for each, its in zip(contents, weights, strict=True):
        by_day += _by_day((o for o in each.occurrences if o.local_date >= today), its)
    return by_day


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


def _nearer(ahead: Iterable[DoseOccurrence], today: date, until: date, room: int, weights: Weights) -> date:
    return _first_without_room(_by_day(ahead, weights), today, until, room)


def _first_without_room(by_day: Counter[date], today: date, until: date, room: int) -> date:
    """The first local date whose events do not all fit into ``room``; today's always do."""
    shown = 0
    for day, events in sorted(by_day.items()):
        shown += events
        if shown > room:
            return max(day, today + _ONE_DAY)
    return until


def _by_day(occurrences: Iterable[DoseOccurrence], weights: Weights) -> Counter[date]:
    by_day: Counter[date] = Counter()
    for occurrence in occurrences:
        by_day[occurrence.local_date] += weights.get(occurrence.regimen.id, 1)
    return by_day


def _events(occurrences: Iterable[DoseOccurrence], weights: Weights) -> int:
    return _by_day(occurrences, weights).total()


def _held(occurrences: Iterable[DoseOccurrence]) -> int:
    """How many holds are told of, by the day."""
    return len({occurrence.hold for occurrence in occurrences if occurrence.hold})
