"""Patients: who they are and how often their plan has changed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Executable, Row, delete, func, insert, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.dosing.clinic import Clinic
from scheduler.dosing.patient import Patient
from scheduler.errors import NotFoundError
from scheduler.planfile.document import ClinicDocument, PatientDocument
from scheduler.store import tables
from scheduler.store.caseloads import Caseloads
from scheduler.store.json_rows import ids_as_json, ids_given
from scheduler.store.prepared import prepared

SHARDS = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientRecord:
    """A patient as stored. ``revision`` grows by one with every change of what is planned or recorded."""

    id: str
    patient: Patient
    clinic: Clinic | None
    shard: int
    revision: int
    revised_at: datetime
    created_at: datetime


def shard_of(patient_id: str) -> int:
    """0 to 1023, the same for a patient on every machine and in every version."""
    return zlib.crc32(patient_id.encode()) % SHARDS


class Patients:
    """Reads and writes the ``patient`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, patient_id: str, patient: Patient, moment: datetime, clinic: Clinic | None = None) -> None:
        """Raises ConflictError, on commit or before, where the id is taken."""
        at = epoch_ms(moment)
        values = {
            "id": patient_id,
            "shard": shard_of(patient_id),
            "revision": 1,
            "revised_at": at,
            "created_at": at,
            "reminders_planned_until": at,
        }
        self._connection.execute(insert(tables.patient).values(**values, **_columns(patient, clinic)))

    def change(self, patient_id: str, patient: Patient, clinic: Clinic | None) -> None:
        """Replace name, home, market, journeys and the days of the clinic."""
        self._connection.execute(_update(patient_id).values(**_columns(patient, clinic)))

    def revise(self, patient_id: str, moment: datetime) -> None:
        """Count a change of the plan, at ``moment`` or, if clocks went back, a second after the last one."""
        previous = self.get(patient_id).revised_at
        at = max(epoch_ms(moment), epoch_ms(previous) + 1000)
        values = {"revision": tables.patient.c.revision + 1, "revised_at": at}
        self._connection.execute(_update(patient_id).values(**values))

    def lock(self, patient_id: str) -> PatientRecord:
        """The patient, whom no other transaction changes until this one ends. Raises NotFoundError."""
        return self._get(patient_id, for_update=True)

    def get(self, patient_id: str) -> PatientRecord:
        """Raises NotFoundError."""
        return self._get(patient_id, for_update=False)

    def exists(self, patient_id: str) -> bool:
        """Whether there is such a patient."""
        query = select(tables.patient.c.id).where(tables.patient.c.id == patient_id)
        return self._connection.execute(query).first() is not None

    def named(self, name: str) -> list[PatientRecord]:
        """Everybody of exactly this name, oldest first."""
        query = select(tables.patient).where(tables.patient.c.name == name)
        rows = self._connection.execute(query.order_by(tables.patient.c.created_at, tables.patient.c.id))
        return [_record(row) for row in rows]

    def page(self, after: str = "", limit: int = 500) -> list[PatientRecord]:
        """Up to ``limit`` patients whose ids come after ``after``, by id."""
        query = select(tables.patient).where(tables.patient.c.id > after)
        rows = self._connection.execute(query.order_by(tables.patient.c.id).limit(limit))
        return [_record(row) for row in rows]

    def ids(self, after: str, limit: int, short_of: datetime | None = None) -> list[str]:
        """Up to ``limit`` ids that come after ``after``, in order.

        ``short_of``: of those alone whose reminders are not planned up to then.
        """
        table = tables.patient
        query = select(table.c.id).where(table.c.id > after).order_by(table.c.id).limit(limit)
        if short_of is not None:
            query = query.where(table.c.reminders_planned_until < epoch_ms(short_of))
        return list(self._connection.execute(query).scalars())

    def many(self, patient_ids: Sequence[str]) -> list[PatientRecord]:
        """Those of these patients who are there, by id."""
        query = select(tables.patient).where(tables.patient.c.id.in_(patient_ids))
        return [_record(row) for row in self._connection.execute(query.order_by(tables.patient.c.id))]

    def lock_many(self, patient_ids: Sequence[str]) -> list[PatientRecord]:
        """Those of these patients who are still there, locked as `lock` does, by id."""
        query = _locked(self._connection.dialect)
        return [_record(row) for row in query.records(self._connection, ids_as_json(patient_ids))]

    def count(self) -> int:
        """How many there are."""
        return self._connection.execute(select(func.count()).select_from(tables.patient)).scalar_one()

    def remove(self, patient_id: str) -> None:
        """Delete the patient and everything of theirs. Raises NotFoundError."""
        self.lock(patient_id)  # no caseload takes them in meanwhile
        Caseloads(self._connection).count_removal(patient_id)
        self._connection.execute(delete(tables.patient).where(tables.patient.c.id == patient_id))

    def _get(self, patient_id: str, *, for_update: bool) -> PatientRecord:
        query = select(tables.patient).where(tables.patient.c.id == patient_id)
        row = self._connection.execute(query.with_for_update() if for_update else query).first()
        if row is None:
            raise _unknown(patient_id)
        return _record(row)


@prepared
def _locked(dialect: str) -> Executable:
    table = tables.patient
    theirs = select(table).where(table.c.id.in_(ids_given(dialect)))
    # In order, so that two who lock the same patients do not wait for each other.
    return theirs.order_by(table.c.id).with_for_update()


def _update(patient_id: str):  # type: ignore[no-untyped-def]  # the type of an update is SQLAlchemy's own
    return update(tables.patient).where(tables.patient.c.id == patient_id)


def _columns(patient: Patient, clinic: Clinic | None) -> dict[str, str | None]:
    return {
        "document": PatientDocument.of(patient).model_dump_json(),
        "name": patient.name,
        "zone": patient.zone.key,
        "clinic": None if clinic is None else ClinicDocument.of(clinic).model_dump_json(),
    }


def _record(row: Row[tuple[object, ...]]) -> PatientRecord:
    return PatientRecord(
        id=row.id,
        patient=PatientDocument.model_validate_json(row.document).value(),
        clinic=None if row.clinic is None else ClinicDocument.model_validate_json(row.clinic).value(),
        shard=row.shard,
        revision=row.revision,
        revised_at=from_epoch_ms(row.revised_at),
        created_at=from_epoch_ms(row.created_at),
    )


def _unknown(patient_id: str) -> NotFoundError:
    return NotFoundError(f"there is no patient {patient_id!r}; see 'dosecal patient list'")
