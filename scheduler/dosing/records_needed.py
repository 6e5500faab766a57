"""Which records the doses of a plan from a day on hang on, so that not everything has to be read. Pure.

A dose on a grid stands where it stands whatever is recorded of another. So records of earlier doses of a grid
count no more, except these:

1. Of a dose that was moved, wherever it was before.
2. Behind a stop: a dose that is recorded stays in the plan, although nothing more is planned.
3. All, where a phase begins or ends with a dose of a grid: it matters when that was given.

The records of a chain all count, because each of its doses is counted from the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.plan import Plan, relations
from scheduler.dosing.regimen import IntervalAnchor

_MARGIN = timedelta(days=2)
"""A zone may skip a date, and a journey put an instant on the date before."""


def records_count_from(plan: Plan, day: date) -> date:
    """Records of doses that a grid of ``plan`` planned for an earlier date change nothing from ``day`` on.

    But for two things: the site of a dose, and the number of one that is given as needed. They hang on every
    record. What is recorded in ``plan`` itself does not matter here.
    """
    if _hangs_on_a_grid(plan):
        return date.min
    return min([day - min(_MARGIN, day - date.min), *_moved(plan, day), *_stops(plan)])


def _hangs_on_a_grid(plan: Plan) -> bool:
    named = {bound.regimen for regimen in plan.regimens for _, bound in relations(regimen)}
    return any(plan.regimens_by_id[name].anchor is IntervalAnchor.SCHEDULED for name in named)


def _moved(plan: Plan, day: date) -> Iterator[date]:
    for move in plan.moves:
        if isinstance(move.dose, GridId) and move.to.date() + _MARGIN >= day:
            yield move.dose.on


def _stops(plan: Plan) -> Iterator[date]:
    versions = (version for regimen in plan.regimens for version in regimen.versions)
    return (version.stop.at.date() - _MARGIN for version in versions if version.stop is not None)
