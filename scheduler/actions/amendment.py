"""What a plan file changes of what is stored. Pure.

A file speaks for the regimens it has. It adds what is new, gives a changed regimen a new version, and
takes back the holds, moves and administrations that an earlier file had said of these regimens and this
one no longer says. What people recorded, and regimens that the file does not have, it leaves alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scheduler.dosing.administration import Administration
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Plan
from scheduler.dosing.regimen import Regimen
from scheduler.errors import ConflictError
from scheduler.store.plans import Origin, StoredEntry, StoredPlan


@dataclass(frozen=True, kw_only=True, slots=True)
class Amendment:
    """Differences to write, with the sentences that tell them. ``patient`` None: unchanged."""

    patient: Patient | None
    regimens: tuple[tuple[int, Regimen], ...]
    holds: tuple[Hold, ...]
    moves: tuple[Move, ...]
    administrations: tuple[Administration, ...]
    retracted: tuple[StoredEntry[Any], ...]
    sentences: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the file says nothing new."""
        parts = (self.regimens, self.holds, self.moves, self.administrations, self.retracted)
        return self.patient is None and not any(parts)


def amendment(stored: StoredPlan, plan: Plan) -> Amendment:
    """What ``plan`` changes of ``stored``. Raises ConflictError where it contradicts what people recorded."""
    told: list[StoredEntry[Any]] = [
        *(entry for entry in stored.holds if entry.value.regimen in plan.regimens_by_id),
        *(entry for entry in stored.moves if entry.value.dose.regimen in plan.regimens_by_id),
        *(entry for entry in stored.administrations if entry.value.dose.regimen in plan.regimens_by_id),
    ]
    said = {*plan.holds, *plan.moves, *plan.administrations}
    known = {entry.value for entry in told}
    retracted = [e for e in told if e.origin is Origin.FILE and e.value not in said]
    kept = [e for e in told if e not in retracted]
    _refuse_contradictions(kept, plan)
    regimens = tuple(_changed_regimens(stored, plan))
    patient = plan.patient if plan.patient != stored.record.patient else None
    return Amendment(
        patient=patient,
        regimens=regimens,
        holds=tuple(hold for hold in plan.holds if hold not in known),
        moves=tuple(move for move in plan.moves if move not in known),
        administrations=tuple(entry for entry in plan.administrations if entry not in known),
        retracted=tuple(retracted),
        sentences=tuple(_sentences(stored, plan, patient, regimens, known, retracted)),
    )


def _changed_regimens(stored: StoredPlan, plan: Plan) -> Iterator[tuple[int, Regimen]]:
    before = {regimen.id: regimen for regimen in stored.regimens}
    places = {regimen.id: place for place, regimen in enumerate(stored.regimens)}
    for regimen in plan.regimens:
        if before.get(regimen.id) != regimen:
            yield places.setdefault(regimen.id, len(places)), regimen


def _refuse_contradictions(kept: Iterable[StoredEntry[Any]], plan: Plan) -> None:
    for entry in kept:
        value = entry.value
        if entry.origin is Origin.FILE or isinstance(value, Hold):
            continue
        said = plan.moves_by_dose if isinstance(value, Move) else plan.administrations_by_dose
        if said.get(value.dose, value) != value:
            raise ConflictError(
                f"nothing was imported: the file says something else of {value.dose} than was recorded; "
                f"'dosecal dose undo' takes the record back"
            )


def _sentences(
    stored: StoredPlan,
    plan: Plan,
    patient: Patient | None,
    regimens: tuple[tuple[int, Regimen], ...],
    known: set[Any],
    retracted: list[StoredEntry[Any]],
) -> Iterator[str]:
    before = {regimen.id for regimen in stored.regimens}
    if patient is not None:
        yield "changed the patient's details"
    for _, regimen in regimens:
        yield f"{'amended' if regimen.id in before else 'added'} regimen {regimen.id}"
    new: list[Hold | Move | Administration] = [*plan.holds, *plan.moves, *plan.administrations]
    for entry in new:
        if entry not in known:
            yield f"added {_told(entry)}"
    for taken_back in retracted:
        yield f"took back {_told(taken_back.value)}"
    for left in sorted(before - set(plan.regimens_by_id)):
        yield f"left regimen {left} as it is: the file does not have it"


def _told(entry: Hold | Move | Administration) -> str:
    match entry:
        case Hold():
            until = "until further notice" if entry.last is None else f"to {entry.last}"
            return f"the hold of {entry.regimen} from {entry.first} {until}"
        case Move():
            return f"the move of {entry.dose} to {entry.to:%Y-%m-%d %H:%M}"
        case Administration():
            return f"the record of {entry.dose} as {entry.status.value.replace('-', ' ')}"
