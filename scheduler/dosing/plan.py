"""Everything known of one patient's dosing: what was ordered, changed and done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from scheduler.dosing.administration import Administration
from scheduler.dosing.clinic import Clinic
from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import OccurrenceId
from scheduler.dosing.patient import Patient
from scheduler.dosing.refusal import DosingError, Path, PlanRefusedError, Refusal
from scheduler.dosing.regimen import Regimen, RelativeBound, Until
from scheduler.dosing.site_rotation import SiteRest
from scheduler.dosing.supply import Supply
from scheduler.dosing.surgery import Surgery


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """The local dates from ``start`` up to and without ``end``."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise DosingError(f"the period ends on {self.end}, before it begins on {self.start}")

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Raises PlanRefusedError, with every reason, where the parts contradict each other.

    ``rests`` are sites of the body to leave alone for a while; ``clinic`` is where the patient's clinic doses
    are given, as far as its days are known. ``surgeries``, ``supplies`` and ``confirmations`` move no dose:
    they are what the checks of a plan look at.

    That each recorded or moved dose was ever planned is a question for `consistency`, because
    only the laid-out schedule can answer it.
    """

    patient: Patient
    regimens: tuple[Regimen, ...]
    holds: tuple[Hold, ...] = ()
    moves: tuple[Move, ...] = ()
    administrations: tuple[Administration, ...] = ()
    rests: tuple[SiteRest, ...] = ()
    clinic: Clinic | None = None
    surgeries: tuple[Surgery, ...] = ()
    supplies: tuple[Supply, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()

    def __post_init__(self) -> None:
        refusals = tuple(_refusals(self))
        if refusals:
            raise PlanRefusedError(refusals)

    @cached_property
    def regimens_by_id(self) -> Mapping[str, Regimen]:
        """Each regimen under its id."""
        return {regimen.id: regimen for regimen in self.regimens}

    @cached_property
    def moves_by_dose(self) -> Mapping[OccurrenceId, Move]:
        """Each move under the dose it moves."""
        return {move.dose: move for move in self.moves}

    @cached_property
    def administrations_by_dose(self) -> Mapping[OccurrenceId, Administration]:
        """What happened, under the dose it happened to."""
        return {administration.dose: administration for administration in self.administrations}

    @cached_property
    def _holds_by_regimen(self) -> Mapping[str, tuple[Hold, ...]]:
        by_regimen: defaultdict[str, list[Hold]] = defaultdict(list)
        for hold in sorted(self.holds, key=lambda hold: hold.first):
            by_regimen[hold.regimen].append(hold)
        return {regimen: tuple(holds) for regimen, holds in by_regimen.items()}

    def holds_of(self, regimen_id: str) -> tuple[Hold, ...]:
        """The holds of the regimen of this id, the earliest begun first."""
        return self._holds_by_regimen.get(regimen_id, ())

    def hold_covering(self, regimen_id: str, day: date) -> Hold | None:
        """The hold that withholds the regimen on local date ``day``, the earliest begun where several do."""
        holds = self._holds_by_regimen.get(regimen_id)
        return None if holds is None else next((hold for hold in holds if hold.covers(day)), None)


def _refusals(plan: Plan) -> Iterator[Refusal]:
    known = {regimen.id for regimen in plan.regimens}
    if not plan.regimens:
        yield Refusal(path=("regimen",), value=None, text="a plan needs at least one regimen")
    yield from _twice((("regimen", i, "id"), r.id) for i, r in enumerate(plan.regimens))
    for name, entries in _of_regimens(plan).items():
        yield from _unknown(known, (((name, i, "regimen"), entry.regimen) for i, entry in enumerate(entries)))
    for doses in (_named("move", plan.moves), _named("administration", plan.administrations)):
        yield from _twice(doses)
        yield from _unknown(known, ((path, dose.regimen) for path, dose in doses))
    yield from _relation_refusals(plan, known)


def _of_regimens(plan: Plan) -> Mapping[str, Sequence[Hold | Supply | Confirmation]]:
    return {"hold": plan.holds, "supply": plan.supplies, "confirmed": plan.confirmations}


def _named(name: str, entries: Sequence[Move | Administration]) -> list[tuple[Path, OccurrenceId]]:
    return [((name, i, "dose"), entry.dose) for i, entry in enumerate(entries)]


def _twice(entries: Iterable[tuple[Path, object]]) -> Iterator[Refusal]:
    seen: set[object] = set()
    for path, value in entries:
        if value in seen:
            yield Refusal(path=path, value=str(value), text="stands twice; it must be unique")
        seen.add(value)


def _unknown(known: set[str], entries: Iterable[tuple[Path, str]]) -> Iterator[Refusal]:
    for path, regimen in entries:
        if regimen not in known:
            allowed = ", ".join(sorted(known)) or "none"
            yield Refusal(path=path, value=regimen, text=f"is no regimen of this plan; there are: {allowed}")


def relations(regimen: Regimen) -> Iterator[tuple[Path, RelativeBound]]:
    """The bounds of ``regimen`` that hang on a dose, each with where it stands."""
    for version in regimen.versions:
        for index, phase in enumerate(version.phases):
            if isinstance(phase.start, RelativeBound):
                yield ("phase", index, "start"), phase.start
            if isinstance(phase.end, Until) and isinstance(phase.end.last, RelativeBound):
                yield ("phase", index, "until"), phase.end.last


def _relation_refusals(plan: Plan, known: set[str]) -> Iterator[Refusal]:
    leads_to = {r.id: {bound.regimen for _, bound in relations(r)} for r in plan.regimens}
    for index, regimen in enumerate(plan.regimens):
        for path, bound in relations(regimen):
            place: Path = ("regimen", index, *path, "regimen")
            if bound.regimen not in known:
                yield from _unknown(known, [(place, bound.regimen)])
            elif _reaches(leads_to, bound.regimen, regimen.id):
                text = f"runs in a circle: {regimen.id} hangs on {bound.regimen}, which hangs on {regimen.id}"
                yield Refusal(path=place, value=bound.regimen, text=text)


def _reaches(leads_to: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    to_visit = [start]
    while to_visit:
        current = to_visit.pop()
        if current == goal:
            return True
        if current not in seen:
            seen.add(current)
            to_visit.extend(leads_to.get(current, ()))
    return False
