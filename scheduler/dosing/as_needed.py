"""What is given as needed: no dose is planned, each that is recorded is kept and measured by its limits.

The id of such a dose is the local date on which it was given and its place among that day's doses, from 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from scheduler.dosing.administration import Administration
from scheduler.dosing.dose_series import NoDoses
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.plan import Plan
from scheduler.dosing.planned_dose import PlannedDose
from scheduler.dosing.recurrence import Span
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.timezone import midnight, resolve, wall_reading
from scheduler.dosing.timing import AsNeeded

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """From the UTC instant ``earliest`` on another dose keeps within the limits of ``timing``."""

    earliest: datetime
    timing: AsNeeded
    given_today: int


def recorded_doses(plan: Plan, regimen: Regimen, spans: tuple[Span, ...]) -> Iterator[PlannedDose]:
    """The doses recorded for ``regimen``, in order, each at the time it was given, or refused to be."""
    spanned = ((dose, entry, _span_on(spans, dose.on)) for dose, entry in _entries(plan, regimen))
    own = ((dose, entry, span) for dose, entry, span in spanned if span and entry.at.date() == dose.on)
    for number, (dose, entry, span) in enumerate(own, 1):
        yield PlannedDose(
            id=dose,
            number=number,
            version=span.version,
            phase_number=span.index + 1,
            on=dose.on,
            at=entry.at.time(),
            reasons=(),
            hold=None,
            instant=_instant(plan, entry.at),
        )


def allowance(
    plan: Plan, regimen: Regimen, spans: tuple[Span, ...], moment: datetime, today: date
) -> Allowance | None:
    """When the next dose of ``regimen`` may be given, seen at the aware ``moment`` of local date ``today``.

    None where nothing may be: the regimen is not in force on that date, or is withheld.
    """
    span = _span_in_force(plan, regimen, spans, today)
    if span is None:
        return None
    timing = span.series.timing
    assert isinstance(timing, AsNeeded)
    given = [entry.at for _, entry in _entries(plan, regimen) if entry.is_given]
    instants = [_instant(plan, at).astimezone(UTC) for at in given]
    today_count = sum(1 for at in given if at.date() == today)
    earliest = max([moment, *(at + timing.min_gap for at in instants)])
    if today_count >= timing.max_per_day:
        tomorrow = today + _ONE_DAY
        earliest = max(earliest, midnight(tomorrow, plan.patient.whereabouts(tomorrow)))
    if not _may_be_given(plan, regimen, spans, earliest):
        return None
    return Allowance(earliest=earliest, timing=timing, given_today=today_count)


def _may_be_given(plan: Plan, regimen: Regimen, spans: tuple[Span, ...], at: datetime) -> bool:
    wall = wall_reading(at, plan.patient.whereabouts)
    if regimen.stop is not None and wall.replace(tzinfo=None) >= regimen.stop.at:
        return False
    return _span_in_force(plan, regimen, spans, wall.date()) is not None


def _span_in_force(plan: Plan, regimen: Regimen, spans: tuple[Span, ...], day: date) -> Span | None:
    return None if plan.hold_covering(regimen.id, day) is not None else _span_on(spans, day)


def _instant(plan: Plan, at: datetime) -> datetime:
    """The naive local time ``at`` as an instant, by the clocks of where the patient was."""
    zone = plan.patient.whereabouts(at.date())
    return resolve(at, zone).at.astimezone(zone)


def next_id(plan: Plan, regimen: Regimen, on: date) -> GridId:
    """The id of another dose given on local date ``on``."""
    slots = [dose.slot for dose, _ in _entries(plan, regimen) if dose.on == on]
    return GridId(regimen=regimen.id, on=on, slot=max(slots, default=0) + 1)


def _entries(plan: Plan, regimen: Regimen) -> list[tuple[GridId, Administration]]:
    entries = ((entry.dose, entry) for entry in plan.administrations if entry.dose.regimen == regimen.id)
    own = ((dose, entry) for dose, entry in entries if isinstance(dose, GridId))
    return sorted(own, key=lambda pair: (pair[0].on, pair[0].slot))


def _span_on(spans: tuple[Span, ...], day: date) -> Span | None:
    covering = (s for s in spans if s.begin <= day and (s.end is None or day < s.end))
    return next((span for span in covering if isinstance(span.series, NoDoses)), None)
