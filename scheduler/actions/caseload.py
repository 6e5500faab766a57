"""Caseloads: who answers for whom, and what there is to do for them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.actions.contact_problem import contact_problems
from scheduler.actions.open_doses import NO_DOSES, OpenDoses, open_doses
from scheduler.errors import ConflictError, InputError, NotFoundError
from scheduler.planfile.field import check_printable
from scheduler.store.caseloads import CaseloadRecord
from scheduler.store.patients import PatientRecord
from scheduler.store.plans import StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork

_LONGEST_NAME, _LONGEST_PLACE = 200, 60
_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedCaseload:
    """A caseload and how many patients it has."""

    record: CaseloadRecord
    patients: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseloadPatient:
    """A patient of a caseload, where to find them, and what there is to do for them.

    ``contact_problems``: what keeps reminders from reaching them.
    """

    record: PatientRecord
    place: str
    doses: OpenDoses
    contact_problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseloadView:
    """A caseload with its patients: what was due earliest comes first, then what comes next."""

    record: CaseloadRecord
    patients: tuple[CaseloadPatient, ...]


def create_caseload(
    store: Store, caseload_id: str | None, name: str, zone: ZoneInfo, moment: datetime
) -> CaseloadRecord:
    """Make a caseload without patients; its id is made up where none is given.

    Raises InputError for an id or a name that cannot be one, ConflictError where the id is taken.
    """
    new_id = f"c-{secrets.token_hex(4)}" if caseload_id is None else caseload_id
    _check_id(new_id)
    if not name.strip():
        raise InputError("the name has at least one character")
    _check("name", name, _LONGEST_NAME)
    with store.transaction() as work:
        if work.caseloads.exists(new_id):
            raise ConflictError(f"there is a caseload {new_id!r} already; give this one another id")
        work.caseloads.add(new_id, name, zone, moment)
        return work.caseloads.get(new_id)


def list_caseloads(store: Store) -> list[ListedCaseload]:
    """All of them, by id."""
    with store.reading() as work:
        sizes = work.caseloads.sizes()
        return [ListedCaseload(record=r, patients=sizes.get(r.id, 0)) for r in work.caseloads.all()]


def get_caseload(store: Store, caseload_id: str) -> ListedCaseload:
    """Raises NotFoundError."""
    with store.reading() as work:
        record = work.caseloads.get(caseload_id)
        return ListedCaseload(record=record, patients=len(work.caseloads.members(caseload_id)))


def caseload_plans(store: Store, caseload_id: str) -> list[StoredPlan]:
    """Everything known of each of its patients, by id. Raises NotFoundError."""
    with store.reading() as work:
        work.caseloads.get(caseload_id)
        members = [member.patient_id for member in work.caseloads.members(caseload_id)]
        return sorted(work.plans.load_many(work.patients.many(members)), key=lambda s: s.record.id)


def show_caseload(store: Store, caseload_id: str, moment: datetime) -> CaseloadView:
    """Who is in it, and how their doses stand at the aware ``moment``. Raises NotFoundError."""
    with store.reading() as work:
        record = work.caseloads.get(caseload_id)
        places = {member.patient_id: member.place for member in work.caseloads.members(caseload_id)}
        plans = work.plans.load_many(work.patients.many(list(places)))
        recipients = work.recipients.of(list(places))
    # Doses are worked out with the transaction closed: for a whole clinic it takes its time.
    patients = [
        replace(
            _seen(stored, places[stored.record.id], moment),
            contact_problems=contact_problems(recipients.get(stored.record.id, ())),
        )
        for stored in plans
    ]
    return CaseloadView(record=record, patients=tuple(sorted(patients, key=_urgency)))


def add_to_caseload(
    store: Store, caseload_id: str, patient_ids: Sequence[str], place: str | None, moment: datetime
) -> None:
    """Take these patients in, all of them or none; of those who are in it already, change the place.

    ``place`` None leaves a known place as it is. Raises InputError for a place that cannot be one,
    NotFoundError for an unknown caseload, or with every patient who is not there.
    """
    _check("place", place or "", _LONGEST_PLACE)
    with store.transaction() as work:
        work.caseloads.get(caseload_id)
        _lock_patients(work, patient_ids)
        work.caseloads.lock(caseload_id)
        known = {member.patient_id: member.place for member in work.caseloads.members(caseload_id)}
        for patient_id in patient_ids:
            at = known.get(patient_id, "") if place is None else place
            work.caseloads.add_member(caseload_id, patient_id, at, moment)


def remove_from_caseload(
    store: Store, caseload_id: str, patient_ids: Sequence[str], moment: datetime
) -> None:
    """These patients belong to it no more, all of them or none of the change.

    Raises NotFoundError for an unknown caseload, or with every patient who is not in it.
    """
    with store.transaction() as work:
        work.caseloads.lock(caseload_id)
        known = {member.patient_id for member in work.caseloads.members(caseload_id)}
        strangers = _listed(set(patient_ids) - known)
        if strangers:
            raise NotFoundError(
                f"not in the caseload {caseload_id!r}: {strangers}; see 'dosecal caseload show {caseload_id}'"
            )
        for patient_id in dict.fromkeys(patient_ids):
            work.caseloads.remove_member(caseload_id, patient_id, moment)


def remove_caseload(store: Store, caseload_id: str) -> None:
    """Delete a caseload with its feeds and digests; the patients stay. Raises NotFoundError."""
    with store.transaction() as work:
        work.caseloads.remove(caseload_id)


def _lock_patients(work: UnitOfWork, patient_ids: Sequence[str]) -> None:
    """Keep these patients from being deleted meanwhile. Raises NotFoundError with all who are not there."""
    there = {record.id for record in work.patients.lock_many(patient_ids)}
    unknown = set(patient_ids) - there
    if unknown:
        are = "is no patient" if len(unknown) == 1 else "are no patients"
        raise NotFoundError(f"there {are} {_listed(unknown)}; see 'dosecal patient list'")


def _seen(stored: StoredPlan, place: str, moment: datetime) -> CaseloadPatient:
    doses = open_doses(stored.plan, moment) if stored.regimens else NO_DOSES
    return CaseloadPatient(record=stored.record, place=place, doses=doses)


def _urgency(patient: CaseloadPatient) -> tuple[bool, float, str]:
    doses = (*patient.doses.late, *patient.doses.due, *patient.doses.upcoming)
    earliest = min((dose.due_at.timestamp() for dose in doses), default=0.0)
    return not doses, earliest, patient.record.id


def _listed(ids: set[str]) -> str:
    return ", ".join(map(repr, sorted(ids)))


def _check_id(caseload_id: str) -> None:
    if _ID.fullmatch(caseload_id) is None:
        raise InputError(
            f"{caseload_id!r} cannot be the id of a caseload: write 1 to 64 of a-z, 0-9 and -, "
            "with a letter or digit at each end"
        )


def _check(what: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise InputError(f"the {what} has at most {longest} characters")
    check_printable(text, lambda problem: InputError(f"the {what} {problem}"))
