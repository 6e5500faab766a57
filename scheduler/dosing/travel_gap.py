"""Changes of zone that bring two doses too close together or too far apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise

from scheduler.dosing.expansion import Layout
from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period
from scheduler.dosing.regimen import Regimen, TravelRule
from scheduler.dosing.timing import ClockTimes

# No two zones lie more than 26 hours apart, which is less than a third of any longer gap.
_LONGEST_GAP_AT_RISK = timedelta(days=4)
_AN_HOUR = timedelta(hours=1)


def travel_gaps(layout: Layout, moment: datetime) -> Iterator[Finding]:
    """The changes of zone, not yet past at the aware ``moment``, after which the first dose comes badly.

    That is closer to the last one than two thirds of the usual gap, or later than four thirds.
    """
    plan = layout.plan
    changes = sorted({day for j in plan.patient.travel for day in (j.first, j.last + timedelta(days=1))})
    for regimen in plan.regimens:
        if regimen.travel is TravelRule.LOCAL and regimen.kind is ClockTimes:
            for day in changes:
                yield from _travel_gap(layout, regimen, day, moment)


def _travel_gap(layout: Layout, regimen: Regimen, day: date, moment: datetime) -> Iterator[Finding]:
    around = Period(start=day - _LONGEST_GAP_AT_RISK, end=day + _LONGEST_GAP_AT_RISK)
    by_wall = sorted(layout.regimen(regimen, around), key=_wall)
    for before, first in pairwise(by_wall):
        if before.local_date < day <= first.local_date and first.due_at >= moment:
            usual, gap = _wall(first) - _wall(before), first.due_at - before.due_at
            if gap * 3 < usual * 2 or gap * 3 > usual * 4:
                yield _travel_finding(first, gap, usual)


def _wall(occurrence: DoseOccurrence) -> datetime:
    return occurrence.wall_due.replace(tzinfo=None)


def _travel_finding(first: DoseOccurrence, gap: timedelta, usual: timedelta) -> Finding:
    apart = f"{_hours(gap)} after the one before" if gap > timedelta(0) else "before the one before it"
    text = (
        f"the first dose by the clocks of {first.zone.key}, on {first.local_date}, comes {apart}, "
        f"where {_hours(usual)} are usual. Ask the team how to change over."
    )
    return Finding(
        code="travel-gap",
        severity=Severity.WARNING,
        regimen=first.regimen.id,
        dose=str(first.id),
        text=text,
        source=None,
    )


def _hours(length: timedelta) -> str:
    return f"{length / _AN_HOUR:g} hours"
