"""Everything that a look at a whole plan notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from scheduler.dosing.calendar_interval import CalendarInterval, IntervalUnit
from scheduler.dosing.expansion import Layout
from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.occurrence import Authority, DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import Phase, Regimen, Setting
from scheduler.dosing.status import OPEN, days_overdue, overdue, status_at
from scheduler.dosing.timing import AsNeeded, ClockTimes
from scheduler.dosing.travel_gap import travel_gaps

_ONE_DAY = timedelta(days=1)
_AN_HOUR = timedelta(hours=1)


def findings(plan: Plan, period: Period, moment: datetime) -> list[Finding]:
    """Everything noticed about ``plan`` at the aware ``moment``, looking at the doses of ``period``."""
    layout = Layout(plan)
    return [
        *(finding for regimen in plan.regimens for finding in _calendar_months(regimen)),
        *_overdue(plan, moment),
        *travel_gaps(layout, moment),
        *_clinic_days(layout, period, moment),
        *_over_limits(layout, period),
    ]


def _calendar_months(regimen: Regimen) -> Iterator[Finding]:
    if regimen.product.is_depot and any(_counts_months(phase) for phase in regimen.phases):
        text = (
            "ordered by calendar months, 12 doses a year; 4 weeks are 13 doses a year. "
            "Ask the team which was meant."
        )
        yield _warning("monthly-vs-28", regimen, None, text)


def _counts_months(phase: Phase) -> bool:
    timing = phase.timing
    dates = timing.dates if isinstance(timing, ClockTimes) else None
    return isinstance(dates, CalendarInterval) and dates.unit is IntervalUnit.MONTH


def _overdue(plan: Plan, moment: datetime) -> Iterator[Finding]:
    for occurrence in overdue(plan, moment):
        days = days_overdue(occurrence, moment)
        text = (
            f"due on {occurrence.local_date} and {days} day{'' if days == 1 else 's'} overdue: "
            f"nothing is recorded.{_past_window(occurrence, moment)} "
            "Later doses are counted from its planned date until it is."
        )
        yield _warning("overdue", occurrence.regimen, occurrence, text)


def _past_window(occurrence: DoseOccurrence, moment: datetime) -> str:
    window = occurrence.window
    if window.stated_by is not Authority.CLINIC or window.latest is None or moment < window.latest:
        return ""
    last = (window.latest - _AN_HOUR).astimezone(occurrence.zone).date()
    return f" The clinic's own window ended on {last}."


def _clinic_days(layout: Layout, period: Period, moment: datetime) -> Iterator[Finding]:
    """The open doses that fall on a day on which their clinic is closed."""
    if layout.plan.clinic is None:
        return
    for regimen in layout.plan.regimens:
        if regimen.setting is Setting.CLINIC:
            for occurrence in layout.regimen(regimen, period):
                if status_at(occurrence, moment) in OPEN:
                    yield from _closed(layout.plan, occurrence)


def _closed(plan: Plan, occurrence: DoseOccurrence) -> Iterator[Finding]:
    assert plan.clinic is not None
    day = occurrence.local_date
    because = plan.clinic.closed_because(day)
    if because is None:
        return
    text = f"falls on {day:%A} {day}, when the clinic is closed ({because}). {_offer(plan, occurrence)}"
    yield _warning("clinic-closed", occurrence.regimen, occurrence, text)


def _offer(plan: Plan, occurrence: DoseOccurrence) -> str:
    rule, day = occurrence.regimen.window, occurrence.local_date
    if rule is None or plan.clinic is None:
        return "No window is entered for it: ask the team for another day."
    earliest, latest = day - rule.before * _ONE_DAY, day + rule.after * _ONE_DAY
    nearest = plan.clinic.nearest_open_day(day, earliest, latest)
    if nearest is None:
        return "The clinic is closed on every day of its own window: ask the team for another day."
    return f"The nearest open day inside the clinic's own window is {nearest:%A} {nearest}."


def _over_limits(layout: Layout, period: Period) -> Iterator[Finding]:
    """Doses given as needed that were too many for a day, or too close together."""
    for regimen in layout.plan.regimens:
        if regimen.kind is AsNeeded:
            around = Period(start=period.start - 8 * _ONE_DAY, end=period.end)
            given = [o for o in layout.regimen(regimen, around) if o.given_at is not None]
            yield from (f for f in _too_many(given) if _in(period, f, given))
            yield from (f for f in _too_close(given) if _in(period, f, given))


def _in(period: Period, finding: Finding, given: list[DoseOccurrence]) -> bool:
    return any(str(o.id) == finding.dose and o.local_date in period for o in given)


def _too_many(given: list[DoseOccurrence]) -> Iterator[Finding]:
    counts: dict[object, int] = {}
    for occurrence in given:
        counts[occurrence.local_date] = count = counts.get(occurrence.local_date, 0) + 1
        timing = _as_needed(occurrence)
        if count > timing.max_per_day:
            text = (
                f"is dose {count} on {occurrence.local_date}; at most {timing.max_per_day} a day are ordered."
            )
            yield _warning("as-needed-maximum", occurrence.regimen, occurrence, text)


def _too_close(given: list[DoseOccurrence]) -> Iterator[Finding]:
    in_order = sorted(given, key=lambda o: o.due_at)
    for before, after in pairwise(in_order):
        timing, gap = _as_needed(after), after.due_at - before.due_at
        if gap < timing.min_gap:
            text = (
                f"was given {gap / _AN_HOUR:.1f} hours after the one before; "
                f"at least {timing.min_gap / _AN_HOUR:g} hours are ordered."
            )
            yield _warning("as-needed-gap", after.regimen, after, text)


def _as_needed(occurrence: DoseOccurrence) -> AsNeeded:
    timing = occurrence.regimen.phases[occurrence.phase - 1].timing
    assert isinstance(timing, AsNeeded)
    return timing


def _warning(code: str, regimen: Regimen, occurrence: DoseOccurrence | None, text: str) -> Finding:
    dose = None if occurrence is None else str(occurrence.id)
    return Finding(
        code=code, severity=Severity.WARNING, regimen=regimen.id, dose=dose, text=text, source=None
    )
