"""What only a laid-out schedule can tell of a plan: whether every dose it names was ever planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence_id import ChainId, OccurrenceId
from scheduler.dosing.plan import Plan
from scheduler.dosing.recurrence import Ground, lay_out_version
from scheduler.dosing.refusal import Path, Refusal
from scheduler.dosing.regimen import (
    MOST_DOSES,
    Bound,
    DoseCount,
    IntervalAnchor,
    Regimen,
    RelativeBound,
    Until,
)
from scheduler.dosing.timing import AsNeeded


def inconsistencies(plan: Plan) -> Iterator[Refusal]:
    """Every place of ``plan`` that its own schedule contradicts."""
    layout = Layout(plan)
    for index, regimen in enumerate(plan.regimens):
        ground = _FixedDates(layout)
        yield from _overlaps(index, regimen, ground)
        yield from _ends_before_it_starts(index, regimen, ground)
        yield from _doses_that_never_come(plan, index, regimen)
    yield from _unplanned(layout, "move", [move.dose for move in plan.moves])
    yield from _unplanned(layout, "administration", [entry.dose for entry in plan.administrations])


@dataclass(frozen=True, slots=True)
class _FixedDates:
    """The ground of a plan without the dates that hang on other regimens, which events can change."""

    layout: Layout

    def bound_date(self, bound: Bound) -> date | None:
        return None if isinstance(bound, RelativeBound) else bound

    def zone_on(self, regimen: Regimen, day: date) -> ZoneInfo:
        return self.layout.zone_on(regimen, day)


def _unplanned(layout: Layout, name: str, doses: list[OccurrenceId]) -> Iterator[Refusal]:
    for index, dose in enumerate(doses):
        regimen = layout.plan.regimens_by_id[dose.regimen]
        as_needed = regimen.kind is AsNeeded
        if name == "move" and _is_called_off(layout.plan, dose):
            continue
        if (as_needed and name == "move") or _is_beyond(dose) or not layout.is_planned(regimen, dose):
            text = f"is no planned dose of {dose.regimen}"
            if as_needed:
                text += ", which is given as needed: such an id has the date on which the dose was given"
            yield Refusal(path=(name, index, "dose"), value=str(dose), text=text)


def _is_called_off(plan: Plan, dose: OccurrenceId) -> bool:
    """Whether only a stop keeps ``dose`` from being planned: to have moved it was no mistake."""
    if plan.regimens_by_id[dose.regimen].stop is None or _is_beyond(dose):
        return False
    going_on = replace(
        plan, regimens=tuple(replace(r, stop=None) if r.id == dose.regimen else r for r in plan.regimens)
    )
    regimen = going_on.regimens_by_id[dose.regimen]
    return regimen.kind is not AsNeeded and Layout(going_on).is_planned(regimen, dose)


def _is_beyond(dose: OccurrenceId) -> bool:
    """Whether the number is so high that only a mistake can have written it: counting to it takes long."""
    return isinstance(dose, ChainId) and dose.number > MOST_DOSES


def _overlaps(index: int, regimen: Regimen, ground: Ground) -> Iterator[Refusal]:
    """A phase with a date of its own that begins before the one before it is over."""
    for number, phase in enumerate(regimen.phases[1:], 1):
        if not isinstance(phase.start, date):
            continue
        spans = lay_out_version(replace(regimen, phases=regimen.phases[:number]), ground)
        end = spans[-1].end if len(spans) == number else None
        if end is not None and phase.start < end:
            text = f"begins before phase {number} is over, on {end}"
            path: Path = ("regimen", index, "phase", number, "start")
            yield Refusal(path=path, value=phase.start, text=text)


def _ends_before_it_starts(index: int, regimen: Regimen, ground: Ground) -> Iterator[Refusal]:
    """A phase whose last date is before its first: as it says itself, or as the grid lays it out."""
    for span in lay_out_version(regimen, ground):
        last = span.phase.end.last if isinstance(span.phase.end, Until) else None
        known = isinstance(span.phase.start, date) or regimen.anchor is IntervalAnchor.SCHEDULED
        if known and isinstance(last, date) and last < span.begin:
            path: Path = ("regimen", index, "phase", span.index, "until")
            yield Refusal(path=path, value=last, text=f"is before the phase begins, on {span.begin}")


def _doses_that_never_come(plan: Plan, index: int, regimen: Regimen) -> Iterator[Refusal]:
    for number, phase in enumerate(regimen.phases):
        until = phase.end.last if isinstance(phase.end, Until) else None
        for key, bound in (("start", phase.start), ("until", until)):
            if not isinstance(bound, RelativeBound):
                continue
            doses = total_doses(plan.regimens_by_id[bound.regimen])
            if doses is not None and bound.number > doses:
                path: Path = ("regimen", index, "phase", number, key, "dose")
                text = f"is past the last dose of {bound.regimen}, which has {doses}"
                yield Refusal(path=path, value=bound.number, text=text)


def total_doses(regimen: Regimen) -> int | None:
    """How many doses a regimen has where every phase counts its own; None otherwise."""
    if regimen.amends is not None or regimen.stop is not None:
        return None
    counts = [phase.end.count for phase in regimen.phases if isinstance(phase.end, DoseCount)]
    return sum(counts) if len(counts) == len(regimen.phases) else None
