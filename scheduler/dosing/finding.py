"""What a check of the plan noticed. It tells; it never changes a dose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import Regimen, TravelRule
from scheduler.dosing.status import days_overdue, overdue
from scheduler.dosing.timing import IntervalUnit

# No two zones lie more than 26 hours apart, which is less than a third of any longer gap.
_LONGEST_GAP_AT_RISK = timedelta(days=4)
_AN_HOUR = timedelta(hours=1)


class Severity(StrEnum):
    """How much it asks of the reader."""

    INFO = "info"
    WARNING = "warning"
    STOP = "stop"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """``regimen`` and ``dose`` are ids, None where the finding is about more than one."""

    code: str
    severity: Severity
    regimen: str | None
    dose: str | None
    text: str
    source: str | None


def findings(plan: Plan, moment: datetime) -> list[Finding]:
    """Everything noticed about ``plan`` at the aware ``moment``, regimen by regimen."""
    calendar_months = (finding for regimen in plan.regimens for finding in _calendar_months(regimen))
    return [*calendar_months, *_overdue(plan, moment), *_travel_gaps(plan, moment)]


def _calendar_months(regimen: Regimen) -> Iterator[Finding]:
    units = {phase.timing.interval.unit for phase in regimen.phases}
    if regimen.product.is_depot and IntervalUnit.MONTH in units:
        text = (
            "ordered by calendar months, 12 doses a year; 4 weeks are 13 doses a year. "
            "Ask the team which was meant."
        )
        yield Finding(
            code="monthly-vs-28",
            severity=Severity.WARNING,
            regimen=regimen.id,
            dose=None,
            text=text,
            source=None,
        )


def _overdue(plan: Plan, moment: datetime) -> Iterator[Finding]:
    for occurrence in overdue(plan, moment):
        days = days_overdue(occurrence, moment)
        text = (
            f"due on {occurrence.local_date} and {days} day{'' if days == 1 else 's'} overdue: "
            "nothing is recorded. Later doses are counted from its planned date until it is."
        )
        yield Finding(
            code="overdue",
            severity=Severity.WARNING,
            regimen=occurrence.regimen.id,
            dose=str(occurrence.id),
            text=text,
            source=None,
        )


def _travel_gaps(plan: Plan, moment: datetime) -> Iterator[Finding]:
    """The changes of zone, not yet past, that bring two doses too close together or too far apart."""
    layout = Layout(plan)
    changes = sorted({day for j in plan.patient.travel for day in (j.first, j.last + timedelta(days=1))})
    for regimen in plan.regimens:
        if regimen.travel is TravelRule.LOCAL:
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
