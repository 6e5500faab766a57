"""What stands for a patient in an address that is no secret: random, and the same for good."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from scheduler.store import tables

_page = tables.patient_page


class PatientPages:
    """Reads and writes the ``patient_page`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def code_of(self, patient_id: str) -> str | None:
        """The patient's code, None where they have none yet."""
        return self._connection.execute(select(_page.c.code).where(_page.c.patient_id == patient_id)).scalar()

    def patient_of(self, code: str) -> str | None:
        """The id of the patient whose code it is."""
        return self._connection.execute(select(_page.c.patient_id).where(_page.c.code == code)).scalar()

    def add(self, patient_id: str, code: str) -> None:
        """Raises ConflictError where the patient has a code, or another the same."""
        self._connection.execute(insert(_page).values(patient_id=patient_id, code=code))
