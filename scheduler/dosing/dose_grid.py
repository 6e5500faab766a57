"""The doses of a regimen anchored to its schedule: the grid, with its moves and holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.plan import Plan
from scheduler.dosing.planned_dose import PlannedDose, bound_reasons, moved_reason
from scheduler.dosing.recurrence import GridDose, Span, grid_doses
from scheduler.dosing.regimen import Regimen


def planned_from(plan: Plan, regimen: Regimen, spans: tuple[Span, ...], start: date) -> Iterator[PlannedDose]:
    """The doses first planned for local date ``start`` or later, by number, each where it now stands."""
    for dose in grid_doses(spans, start):
        yield _planned(plan, regimen, dose)


def _planned(plan: Plan, regimen: Regimen, dose: GridDose) -> PlannedDose:
    occurrence_id = GridId(regimen=regimen.id, on=dose.on, slot=dose.slot)
    wall = datetime.combine(dose.on, dose.span.phase.timing.wall_times[dose.slot - 1])
    reasons = bound_reasons(dose.span.phase)
    move = plan.moves_by_dose.get(occurrence_id)
    if move is not None:
        reasons = (*reasons, moved_reason(wall, move.reason))
        wall = move.to
    return PlannedDose(
        id=occurrence_id,
        number=dose.number,
        phase_number=dose.span.index + 1,
        phase=dose.span.phase,
        on=wall.date(),
        at=wall.time(),
        reasons=reasons,
        hold=plan.hold_covering(regimen, wall.date()),
    )
