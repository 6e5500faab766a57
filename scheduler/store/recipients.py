"""Who is reminded, by which channel, at which address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.errors import NotFoundError
from scheduler.store import tables
from scheduler.store.reminder_row import ReminderRecord


class RecipientRole(StrEnum):
    """PERSON is told of every dose. ESCALATION is told of one that nobody records, and has to agree to it.

    Of a caseload, PERSON gets every digest, and STAND_IN one that could not be sent to another.
    """

    PERSON = "person"
    ESCALATION = "escalation"
    STAND_IN = "stand-in"


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientRecord:
    """One contact point of a patient or of somebody who cares for them, or of whoever has a caseload."""

    id: str
    patient_id: str | None
    channel: str
    address: str
    privacy: str
    added_at: datetime
    role: RecipientRole = RecipientRole.PERSON
    consented_at: datetime | None = None
    caseload_id: str | None = None

    @property
    def subject_id(self) -> str:
        """The patient's id, or the caseload's."""
        return self.patient_id or self.caseload_id or ""


class Recipients:
    """Reads and writes the ``recipient`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, recipient: RecipientRecord) -> None:
        """Raises ConflictError where the patient or caseload has this address on this channel already."""
        values = {
            "id": recipient.id,
            "patient_id": recipient.patient_id,
            "caseload_id": recipient.caseload_id,
            "channel": recipient.channel,
            "address": recipient.address,
            "privacy": recipient.privacy,
            "role": recipient.role.value,
            "consented_at": None if recipient.consented_at is None else epoch_ms(recipient.consented_at),
            "added_at": epoch_ms(recipient.added_at),
        }
        self._connection.execute(insert(tables.recipient).values(**values))

    def get(self, recipient_id: str) -> RecipientRecord:
        """Raises NotFoundError, also where it was removed."""
        table = tables.recipient
        query = select(table).where(table.c.id == recipient_id, table.c.removed_at.is_(None))
        row = self._connection.execute(query).first()
        if row is None:
            raise NotFoundError(f"there is no recipient {recipient_id!r}; see 'dosecal recipient list'")
        return _record(row)

    def of_all(self) -> list[RecipientRecord]:
        """Every patient's, by patient."""
        table = tables.recipient
        of_patients = select(table).where(table.c.patient_id.is_not(None), table.c.removed_at.is_(None))
        query = of_patients.order_by(table.c.patient_id, table.c.added_at)
        return [_record(row) for row in self._connection.execute(query)]

    def channels(self) -> set[str]:
        """The channels by which anybody is reached."""
        table = tables.recipient
        query = select(table.c.channel).where(table.c.removed_at.is_(None)).distinct()
        return set(self._connection.execute(query).scalars())

    def of(self, patient_ids: Sequence[str]) -> dict[str, list[RecipientRecord]]:
        """The recipients of each patient, oldest first."""
        return self._by_subject(tables.recipient.c.patient_id.in_(patient_ids))

    def of_caseloads(self, caseload_ids: Sequence[str]) -> dict[str, list[RecipientRecord]]:
        """The contact points of each caseload, oldest first."""
        return self._by_subject(tables.recipient.c.caseload_id.in_(caseload_ids))

    def beside(self, record: ReminderRecord) -> list[RecipientRecord]:
        """The contact points of whomever ``record`` is of, oldest first."""
        if record.caseload_id is not None:
            return self.of_caseloads([record.caseload_id]).get(record.caseload_id, [])
        return self.of([record.subject_id]).get(record.subject_id, [])

    def caseloads(self, after: str, limit: int) -> list[str]:
        """Up to ``limit`` ids, after ``after`` and in order, of caseloads that have a contact point."""
        column = tables.recipient.c.caseload_id
        query = select(column).distinct().where(column > after, tables.recipient.c.removed_at.is_(None))
        return list(self._connection.execute(query.order_by(column).limit(limit)).scalars())

    def remove(self, recipient_id: str, moment: datetime) -> None:
        """Stop using it; what was sent there stays in the log."""
        same = tables.recipient.c.id == recipient_id
        self._connection.execute(update(tables.recipient).where(same).values(removed_at=epoch_ms(moment)))

    def _by_subject(self, theirs: ColumnElement[bool]) -> dict[str, list[RecipientRecord]]:
        table = tables.recipient
        query = select(table).where(theirs, table.c.removed_at.is_(None))
        found: defaultdict[str, list[RecipientRecord]] = defaultdict(list)
        for row in self._connection.execute(query.order_by(table.c.added_at, table.c.id)):
            record = _record(row)
            found[record.subject_id].append(record)
        return found


def _record(row: Row[Any]) -> RecipientRecord:
    return RecipientRecord(
        id=row.id,
        patient_id=row.patient_id,
        caseload_id=row.caseload_id,
        channel=row.channel,
        address=row.address,
        privacy=row.privacy,
        added_at=from_epoch_ms(row.added_at),
        role=RecipientRole(row.role),
        consented_at=None if row.consented_at is None else from_epoch_ms(row.consented_at),
    )
