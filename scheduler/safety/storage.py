"""Packages that were out of the fridge, or in use, longer than their label allows.

Makers state different limits, and which one a package is from is not known here: where no rule is for all of
them, the shortest limit counts. Temperatures are not measured, so they are not checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.supply import Supply
from scheduler.dosing.timezone import resolve, wall_reading
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import Keeping, StorageRule
from scheduler.safety.chart import Chart, Course, Taken
from scheduler.safety.notice import about_regimen

_A_DAY = timedelta(days=1)
_DO_NOT_USE = "Do not use it; call the pharmacy."


def spoiled(chart: Chart) -> Iterator[Finding]:
    """``cold-chain`` and ``in-use``, at most one of each for a package."""
    courses = {course.regimen.id: (course, entry) for course, entry in chart.known()}
    for supply in chart.plan.supplies:
        if supply.regimen in courses:
            course, entry = courses[supply.regimen]
            yield from _out_of_fridge(chart, course, entry, supply)
            yield from _in_use(chart, course, entry, supply)


def _out_of_fridge(chart: Chart, course: Course, entry: Entry, supply: Supply) -> Iterator[Finding]:
    if supply.out_at is None:
        return
    rule = _limit(entry, Keeping.OUT_OF_FRIDGE)
    stay = _stay(chart, course, supply.out_at, supply.back_at)
    if rule is not None and stay.is_longer_than(rule):
        yield _told("cold-chain", course, supply, f"out of the fridge {stay}; {_allowed(rule, entry)}", rule)
    elif supply.back_at is not None and (forbidden := _no_return(entry)) is not None:
        what = f"put back into the fridge on {_wall(supply.back_at)}, which its label does not allow"
        yield _told("cold-chain", course, supply, what, forbidden)


def _in_use(chart: Chart, course: Course, entry: Entry, supply: Supply) -> Iterator[Finding]:
    rule = _limit(entry, Keeping.IN_USE)
    if supply.opened_at is not None and rule is not None:
        stay = _stay(chart, course, supply.opened_at, None)
        if stay.is_longer_than(rule):
            yield _told("in-use", course, supply, f"in use {stay}; {_allowed(rule, entry)}", rule)


class _Stay(NamedTuple):
    """How long a package is where it does not keep, both instants aware by the clocks of the place."""

    begin: datetime
    end: datetime

    def is_longer_than(self, rule: StorageRule) -> bool:
        return rule.limit is not None and self.end.astimezone(UTC) - self.begin.astimezone(UTC) > rule.limit

    def __str__(self) -> str:
        return f"from {_wall(self.begin)} to {_wall(self.end)}"


def _stay(chart: Chart, course: Course, begin: datetime, end: datetime | None) -> _Stay:
    """From the wall reading ``begin`` to ``end``, else as long as the package is needed."""
    since = _instant(chart, begin)
    until = _needed(chart, course, since) if end is None else _instant(chart, end)
    where = chart.plan.patient.whereabouts
    return _Stay(since.astimezone(where(begin.date())), wall_reading(until, where))


def _told(code: str, course: Course, supply: Supply, what: str, rule: StorageRule) -> Finding:
    text = f'package "{supply.label}": {what}. {_DO_NOT_USE}'
    return about_regimen(code, Severity.STOP, course.regimen, text, rule.source)


def _limit(entry: Entry, keeping: Keeping) -> StorageRule | None:
    """The rule for every maker, else the one of the maker with the shortest limit."""
    rules = [rule for rule in entry.storage if rule.keeping is keeping and rule.limit is not None]
    general = [rule for rule in rules if rule.labeler is None]
    return min(general or rules, key=lambda rule: rule.limit or timedelta.max, default=None)


def _no_return(entry: Entry) -> StorageRule | None:
    """What forbids to put it back into the fridge, where no rule allows it."""
    rules = [rule for rule in entry.storage if rule.keeping is Keeping.OUT_OF_FRIDGE]
    if any(rule.may_return for rule in rules):
        return None
    return next((rule for rule in rules if rule.may_return is False), None)


def _allowed(rule: StorageRule, entry: Entry) -> str:
    assert rule.limit is not None
    maker = "" if rule.labeler is None else f" ({rule.labeler}; how long depends on the maker)"
    return f"the label of {entry.product.name} allows {_spelled_out(rule.limit)}{maker}"


def _spelled_out(limit: timedelta) -> str:
    if limit % _A_DAY or limit < 2 * _A_DAY:
        return f"{limit / timedelta(hours=1):g} hours"
    return f"{limit.days} days"


def _needed(chart: Chart, course: Course, begin: datetime) -> datetime:
    """Until when the package has to last: the next dose not yet recorded, or now where that is later.

    A depot's package is gone with the first dose given since ``begin``, and is there for one that is overdue.
    """
    is_depot = course.regimen.product.is_depot
    if is_depot and (used := _first_given(course, begin)) is not None:
        return used.at
    unrecorded = (taken.at for taken in course.doses if taken.dose.administration is None)
    pending = (at for at in unrecorded if is_depot or at >= chart.moment)
    return max(next(pending, chart.moment), chart.moment)


def _first_given(course: Course, begin: datetime) -> Taken | None:
    given = (taken for taken in course.doses if taken.dose.administration is not None)
    return next((taken for taken in given if taken.at >= begin), None)


def _instant(chart: Chart, wall: datetime) -> datetime:
    return resolve(wall, chart.plan.patient.whereabouts(wall.date())).at


def _wall(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
