"""What a plan file changes of what is stored. Pure.

A file speaks for the regimens it has. It adds what is new, gives a changed regimen a new version, and takes
back what an earlier file had said beside them (a hold, a move, a record, a resting site, an operation, a
package, a confirmation) and this one no longer says. What people recorded, and regimens that the file does
not have, it leaves alone; so it does a stop, and a hold or rest of the file that people ended early, as long
as the file says the same as before, and journeys and a clinic where the file says nothing of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from scheduler.actions.entry_wording import told
from scheduler.dosing.administration import Administration
from scheduler.dosing.clinic import Clinic
from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Plan
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.site_rotation import SiteRest
from scheduler.dosing.supply import Supply
from scheduler.dosing.surgery import Surgery
from scheduler.errors import ConflictError
from scheduler.store.plan_entries import Entry
from scheduler.store.plans import Origin, StoredEntry, StoredPlan


@dataclass(frozen=True, kw_only=True, slots=True)
class Amendment:
    """Differences to write, with the sentences that tell them. ``patient`` None: unchanged.

    ``clinic`` is the one to keep beside a changed patient.
    """

    patient: Patient | None
    clinic: Clinic | None
    regimens: tuple[tuple[int, Regimen], ...]
    added: tuple[Entry, ...]
    retracted: tuple[StoredEntry[Any], ...]
    sentences: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the file says nothing new."""
        return self.patient is None and not (self.regimens or self.added or self.retracted)


def amendment(stored: StoredPlan, plan: Plan, taken_back: Collection[Hold | SiteRest] = ()) -> Amendment:
    """What ``plan`` changes of ``stored``. Raises ConflictError where it contradicts what people recorded.

    ``taken_back`` are the holds and rests that a file had said and that no longer stand as it said them.
    """
    standing = [entry for entry in stored.entries if _speaks_of(plan, entry.value)]
    said = _said(plan)
    known = {entry.value for entry in standing} | _ended_early(standing, taken_back)
    retracted = [e for e in standing if e.origin is Origin.FILE and e.value not in said]
    kept = [e for e in standing if e not in retracted]
    _refuse_contradictions(kept, plan)
    regimens = tuple(_changed_regimens(stored, plan))
    patient, clinic = _patient(stored, plan)
    return Amendment(
        patient=patient,
        clinic=clinic,
        regimens=regimens,
        added=tuple(entry for entry in said if entry not in known),
        retracted=tuple(retracted),
        sentences=tuple(_sentences(stored, plan, patient, regimens, known, retracted)),
    )


def _said(plan: Plan) -> list[Entry]:
    """Everything that ``plan`` says beside its regimens."""
    changed: list[Entry] = [*plan.holds, *plan.moves, *plan.administrations, *plan.rests]
    return [*changed, *plan.surgeries, *plan.supplies, *plan.confirmations]


def _speaks_of(plan: Plan, value: Entry) -> bool:
    """Whether ``value`` is about the whole patient, or about a regimen that the file has."""
    match value:
        case Move(dose=dose) | Administration(dose=dose):
            return dose.regimen in plan.regimens_by_id
        case Hold(regimen=regimen) | Supply(regimen=regimen) | Confirmation(regimen=regimen):
            return regimen in plan.regimens_by_id
        case SiteRest() | Surgery():
            return True


def _ended_early(
    standing: Iterable[StoredEntry[Any]], taken_back: Collection[Hold | SiteRest]
) -> set[Hold | SiteRest]:
    """Those of ``taken_back`` of which people left the beginning standing."""
    recorded = {_beginning(entry.value) for entry in standing if entry.origin is Origin.RECORDED}
    return {stretch for stretch in taken_back if _beginning(stretch) in recorded}


def _beginning(value: object) -> tuple[object, ...] | None:
    match value:
        case Hold(regimen=regimen, first=first):
            return Hold, regimen, first
        case SiteRest(site=site, first=first):
            return SiteRest, site, first
        case _:
            return None


def _patient(stored: StoredPlan, plan: Plan) -> tuple[Patient | None, Clinic | None]:
    """The patient and clinic to write; no patient where neither has changed."""
    record = stored.record
    patient = plan.patient if plan.patient.travel else replace(plan.patient, travel=record.patient.travel)
    clinic = plan.clinic or record.clinic
    unchanged = (patient, clinic) == (record.patient, record.clinic)
    return (None if unchanged else patient), clinic


def _changed_regimens(stored: StoredPlan, plan: Plan) -> Iterator[tuple[int, Regimen]]:
    before = {regimen.id: regimen for regimen in stored.regimens}
    places = {regimen.id: place for place, regimen in enumerate(stored.regimens)}
    for regimen in plan.regimens:
        known = before.get(regimen.id)
        if known is None or regimen not in _as_written(known):
            _refuse_restart(known, regimen)
            yield places.setdefault(regimen.id, len(places)), regimen


def _as_written(regimen: Regimen) -> tuple[Regimen, Regimen]:
    """``regimen`` as a file would say it, without the versions it went through, and as if it went on."""
    plain = replace(regimen, amends=None, effective_on=None)
    return plain, replace(plain, stop=None)


def _refuse_restart(known: Regimen | None, regimen: Regimen) -> None:
    if known is not None and known.stop is not None and regimen.stop != known.stop:
        stopped = f"{regimen.id} was stopped on {known.stop.at.date()}"
        raise ConflictError(
            f"nothing was imported: {stopped}, and the file changes it; to start anew give it another id"
        )


def _refuse_contradictions(kept: Iterable[StoredEntry[Any]], plan: Plan) -> None:
    for entry in kept:
        value = entry.value
        if entry.origin is Origin.FILE or not isinstance(value, (Move, Administration)):
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
    for entry in _said(plan):
        if entry not in known:
            yield f"added {told(entry)}"
    for taken_back in retracted:
        yield f"took back {told(taken_back.value)}"
    for left in sorted(before - set(plan.regimens_by_id)):
        yield f"left regimen {left} as it is: the file does not have it"
