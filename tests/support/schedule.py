"""A schedule as short text, to compare with dates that were worked out on a calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from scheduler.dosing.expansion import expand, find
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.status import status_at


def doses(plan: Plan, start: str, end: str) -> list[DoseOccurrence]:
    """The doses of the local dates from ``start`` up to and without ``end``."""
    return expand(plan, Period(start=date.fromisoformat(start), end=date.fromisoformat(end)))


def due(plan: Plan, start: str, end: str, regimen: str | None = None) -> list[str]:
    """Local times with offset, ``2026-10-05T08:00-04:00``; of one regimen where it is named."""
    found = (dose for dose in doses(plan, start, end) if regimen in (None, dose.regimen.id))
    return [dose.wall_due.isoformat(timespec="minutes") for dose in found]


def named(plan: Plan, start: str, end: str) -> dict[str, str]:
    """Local times without offset by id: ``{"lar#1": "2026-12-01 10:00"}``."""
    return {str(dose.id): f"{dose.wall_due:%Y-%m-%d %H:%M}" for dose in doses(plan, start, end)}


def dose_dates(plan: Plan, regimen: str, start: str, end: str) -> list[str]:
    """The local dates of one regimen, month and day where the year is clear: ``2026-12-01``."""
    return [str(dose.local_date) for dose in doses(plan, start, end) if dose.regimen.id == regimen]


def amounts(plan: Plan, start: str, end: str, regimen: str | None = None) -> list[str]:
    """Local dates with what is given: ``2026-12-01 20 mg``."""
    found = (dose for dose in doses(plan, start, end) if regimen in (None, dose.regimen.id))
    return [f"{dose.local_date} {dose.dose}" for dose in found]


def each_day(first: str, last: str) -> list[str]:
    """Every date from ``first`` to ``last``, both inclusive."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [str(begin + timedelta(days=n)) for n in range((end - begin).days + 1)]


def dose_named(plan: Plan, occurrence_id: str) -> DoseOccurrence:
    """The dose of that id; an AssertionError where the schedule has none."""
    found = find(plan, parse_occurrence_id(occurrence_id))
    assert found is not None, f"no dose is called {occurrence_id}"
    return found


def status(plan: Plan, occurrence_id: str, moment: str) -> str:
    """The status of a dose at an instant told with its offset."""
    return status_at(dose_named(plan, occurrence_id), instant(moment)).value


def reasons(plan: Plan, occurrence_id: str) -> list[str]:
    """The codes of why a dose is not where the plain grid has it."""
    return [reason.code.value for reason in dose_named(plan, occurrence_id).reasons]


def amended(before: Plan, on: str, after: Plan) -> Plan:
    """``before`` with its first regimen, from local date ``on`` on, as ``after`` has it."""
    new = replace(after.regimens[0], amends=before.regimens[0], effective_on=date.fromisoformat(on))
    return replace(before, regimens=(new, *before.regimens[1:]))


def instant(text: str) -> datetime:
    """``2026-12-01T10:00-05:00``, aware."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None, f"{text} has no offset"
    return moment
