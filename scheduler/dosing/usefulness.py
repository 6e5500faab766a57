"""Until when a dose is due, until when it is of use, and who says so.

1. A dose is due for 60 minutes where a date has several, or counts hours; else until its local day is over.
2. By a label it stops being useful so many hours after its time, or so many before the next one.
3. Without such a rule it does when the next dose is planned; a depot, and whatever counts from the last
   one given, never: it stays late until somebody records what happened.
4. A stop of the regimen ends whatever it leaves open.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.dosing.occurrence import NO_WINDOW, Authority, DosingWindow
from scheduler.dosing.planned_dose import PlannedDose
from scheduler.dosing.product import SinceScheduled, UntilNext
from scheduler.dosing.regimen import IntervalAnchor, Regimen
from scheduler.dosing.timezone import midnight
from scheduler.dosing.timing import AsNeeded, ClockTimes, Timing

_ONE_DAY = timedelta(days=1)
_DUE_FOR = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class DueTimes:
    """When the doses of a grid are due, to find the one that comes next in time.

    ``known`` are those of an unbroken stretch without the moved ones, ascending, and ``moved`` are all of the
    moved ones: a move can change the order of the grid. ``following`` gives the unmoved ones from a local
    date on, and ``beyond`` those that would come after a dose if its phase had no end.
    """

    known: Sequence[datetime]
    moved: Sequence[datetime]
    following: Callable[[date], Iterable[datetime]]
    beyond: Callable[[PlannedDose], Iterable[datetime]]

    def after(self, dose: PlannedDose, due_at: datetime) -> datetime:
        """When the next dose is due after ``dose``, or would be after the last one of all."""
        index = bisect_right(self.known, due_at)
        if index < len(self.known) and not self.moved:
            return self.known[index]
        later = [*self._next_known(dose, due_at), *_first_after(due_at, self.moved)]
        if later:
            return min(later)
        # A dose moved to a minute before its successor's time is still given its hour.
        beyond = next((at for at in self.beyond(dose) if at > due_at), due_at)
        return max(due_at + _DUE_FOR, beyond)

    def _next_known(self, dose: PlannedDose, due_at: datetime) -> Iterable[datetime]:
        found = _first_after(due_at, self.known)
        if found:
            return found
        following = next((at for at in self.following(dose.on) if at > due_at), None)
        return () if following is None else (following,)


def _first_after(moment: datetime, ascending: Sequence[datetime]) -> Sequence[datetime]:
    index = bisect_right(ascending, moment)
    return ascending[index : index + 1]


def needs_next(regimen: Regimen) -> bool:
    """Whether the usefulness of a dose hangs on when the next one comes."""
    stays_late = regimen.product.is_depot or regimen.anchor is IntervalAnchor.LAST_GIVEN
    return not (stays_late or regimen.kind is AsNeeded or isinstance(regimen.product.missed, SinceScheduled))


def stated_end(dose: PlannedDose, due_at: datetime, next_at: datetime | None) -> datetime | None:
    """When a label says that ``dose`` is of no more use; None where none does.

    ``next_at`` is when the next dose is due, None where that does not matter.
    """
    rule = dose.version.product.missed
    if isinstance(rule, SinceScheduled) and dose.version.kind is not AsNeeded:
        return due_at + rule.limit
    # Planned closer to the next dose than the rule: it cannot be missed the moment it is due.
    if isinstance(rule, UntilNext) and next_at is not None and next_at - rule.limit > due_at:
        return next_at - rule.limit
    return None


def due_until(timing: Timing, due_at: datetime, on: date, zone: ZoneInfo) -> datetime:
    """The instant, UTC, from which a dose of ``timing`` that is due on local date ``on`` is late."""
    if isinstance(timing, ClockTimes) and timing.slots == 1:
        return midnight(on + _ONE_DAY, zone)
    return due_at + _DUE_FOR


def window(dose: PlannedDose, zone: ZoneInfo, stated: datetime | None) -> DosingWindow:
    """The clinic's own window where it has one, else what the label states, else none."""
    rule = dose.version.window
    if rule is not None:
        earliest = midnight(dose.on - rule.before * _ONE_DAY, zone)
        latest = midnight(dose.on + (rule.after + 1) * _ONE_DAY, zone)
        return DosingWindow(earliest=earliest, latest=latest, stated_by=Authority.CLINIC)
    if stated is None:
        return NO_WINDOW
    return DosingWindow(earliest=None, latest=stated, stated_by=Authority.LABEL)
