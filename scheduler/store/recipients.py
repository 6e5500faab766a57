"""Who is reminded, by which channel, at which address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.errors import NotFoundError
from scheduler.store import tables


class RecipientRole(StrEnum):
    """PERSON is told of every dose. ESCALATION is told of one that nobody records, and has to agree to it."""

    PERSON = "person"
    ESCALATION = "escalation"


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientRecord:
    """One contact point of a patient or of somebody who cares for them."""

    id: str
    patient_id: str
    channel: str
    address: str
    privacy: str
    added_at: datetime
    role: RecipientRole = RecipientRole.PERSON
    consented_at: datetime | None = None


class Recipients:
    """Reads and writes the ``recipient`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, recipient: RecipientRecord) -> None:
        """Raises ConflictError where the patient has this address on this channel already."""
        values = {
            "id": recipient.id,
            "patient_id": recipient.patient_id,
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
        """Everybody's, by patient."""
        table = tables.recipient
        query = (
            select(table).where(table.c.removed_at.is_(None)).order_by(table.c.patient_id, table.c.added_at)
        )
        return [_record(row) for row in self._connection.execute(query)]

    def channels(self) -> set[str]:
        """The channels by which anybody is reached."""
        table = tables.recipient
        query = select(table.c.channel).where(table.c.removed_at.is_(None)).distinct()
        return set(self._connection.execute(query).scalars())

    def of(self, patient_ids: Sequence[str]) -> dict[str, list[RecipientRecord]]:
        """The recipients of each patient, oldest first."""
        table = tables.recipient
        query = select(table).where(table.c.patient_id.in_(patient_ids), table.c.removed_at.is_(None))
        found: defaultdict[str, list[RecipientRecord]] = defaultdict(list)
        for row in self._connection.execute(query.order_by(table.c.added_at, table.c.id)):
            found[row.patient_id].append(_record(row))
        return found

    def remove(self, recipient_id: str, moment: datetime) -> None:
        """Stop using it; what was sent there stays in the log."""
        same = tables.recipient.c.id == recipient_id
        self._connection.execute(update(tables.recipient).where(same).values(removed_at=epoch_ms(moment)))


def _record(row: Row[Any]) -> RecipientRecord:
    return RecipientRecord(
        id=row.id,
        patient_id=row.patient_id,
        channel=row.channel,
        address=row.address,
        privacy=row.privacy,
        added_at=from_epoch_ms(row.added_at),
        role=RecipientRole(row.role),
        consented_at=None if row.consented_at is None else from_epoch_ms(row.consented_at),
    )
