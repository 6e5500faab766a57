"""What only a laid-out schedule can tell of a plan: whether every dose it names was ever planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence_id import OccurrenceId
from scheduler.dosing.plan import Plan
from scheduler.dosing.recurrence import lay_out
from scheduler.dosing.refusal import Path, Refusal
from scheduler.dosing.regimen import Bound, DoseCount, IntervalAnchor, Regimen, RelativeBound, Until


def inconsistencies(plan: Plan) -> Iterator[Refusal]:
    """Every place of ``plan`` that its own schedule contradicts."""
    layout = Layout(plan)
    for index, regimen in enumerate(plan.regimens):
        yield from _overlaps(index, regimen)
        yield from _ends_before_it_starts(index, regimen)
        yield from _doses_that_never_come(plan, index, regimen)
    yield from _unplanned(layout, "move", [move.dose for move in plan.moves])
    yield from _unplanned(layout, "administration", [entry.dose for entry in plan.administrations])


def _unplanned(layout: Layout, name: str, doses: list[OccurrenceId]) -> Iterator[Refusal]:
    for index, dose in enumerate(doses):
        if layout.find(layout.plan.regimens_by_id[dose.regimen], dose) is None:
            text = f"is no planned dose of {dose.regimen}"
            yield Refusal(path=(name, index, "dose"), value=str(dose), text=text)


def _overlaps(index: int, regimen: Regimen) -> Iterator[Refusal]:
    """A phase with a date of its own that begins before the one before it is over."""
    for number, phase in enumerate(regimen.phases[1:], 1):
        if not isinstance(phase.start, date):
            continue
        spans = lay_out(replace(regimen, phases=regimen.phases[:number]), _fixed)
        end = spans[-1].end if len(spans) == number else None
        if end is not None and phase.start < end:
            text = f"begins before phase {number} is over, on {end}"
            path: Path = ("regimen", index, "phase", number, "start")
            yield Refusal(path=path, value=phase.start, text=text)


def _ends_before_it_starts(index: int, regimen: Regimen) -> Iterator[Refusal]:
    """A phase whose last date is before its first: as it says itself, or as the grid lays it out."""
    for span in lay_out(regimen, _fixed):
        last = span.phase.end.last if isinstance(span.phase.end, Until) else None
        known = isinstance(span.phase.start, date) or regimen.anchor is IntervalAnchor.SCHEDULED
        if known and isinstance(last, date) and last < span.first:
            path: Path = ("regimen", index, "phase", span.index, "until")
            yield Refusal(path=path, value=last, text=f"is before the phase begins, on {span.first}")


def _fixed(bound: Bound) -> date | None:
    return None if isinstance(bound, RelativeBound) else bound


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
    counts = [phase.end.count for phase in regimen.phases if isinstance(phase.end, DoseCount)]
    return sum(counts) if len(counts) == len(regimen.phases) else None
