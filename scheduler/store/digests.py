"""Digests of a caseload's day: what was chosen, how far they are planned, what waits and what was told."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.store import tables
from scheduler.store.reminder_row import ReminderRecord, ReminderState, reminder_record

DIGEST = "digest"
"""The step of a digest's reminder."""

_digest, _reminder, _attempt = tables.digest, tables.reminder, tables.attempt


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestRecord:
    """What was chosen for a caseload at ``set_at``: a ``document`` as JSON values."""

    caseload_id: str
    document: dict[str, Any]
    set_at: datetime


class Digests:
    """Reads and writes the ``digest`` table, and the digests in the ``reminder`` table as planning asks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, caseload_ids: Sequence[str]) -> dict[str, DigestRecord]:
        """What is in force for each caseload; one for which nothing was chosen is left out."""
        theirs = _digest.c.caseload_id.in_(caseload_ids)
        query = select(_digest).where(theirs, _digest.c.superseded_at.is_(None))
        return {
            row.caseload_id: DigestRecord(
                caseload_id=row.caseload_id,
                document=json.loads(row.document),
                set_at=from_epoch_ms(row.set_at),
            )
            for row in self._connection.execute(query)
        }

    def put(self, record: DigestRecord) -> None:
        """Let it take the place of what was chosen for its caseload. An empty document chooses nothing."""
        at = epoch_ms(record.set_at)
        same = (_digest.c.caseload_id == record.caseload_id, _digest.c.superseded_at.is_(None))
        self._connection.execute(update(_digest).where(*same).values(superseded_at=at))
        document = json.dumps(record.document, sort_keys=True)
        values = {"caseload_id": record.caseload_id, "document": document, "set_at": at}
        self._connection.execute(insert(_digest).values(**values))

    def planned_until(self, caseload_ids: Sequence[str]) -> dict[str, datetime]:
        """Up to which instant each caseload's digests have been planned."""
        table = tables.caseload
        query = select(table.c.id, table.c.digests_planned_until).where(table.c.id.in_(caseload_ids))
        return {row[0]: from_epoch_ms(row[1]) for row in self._connection.execute(query)}

    def set_planned_until(self, caseload_ids: Sequence[str], moment: datetime) -> None:
        """Remember that digests are planned up to ``moment``."""
        query = update(tables.caseload).where(tables.caseload.c.id.in_(caseload_ids))
        self._connection.execute(query.values(digests_planned_until=epoch_ms(moment)))

    def open(self, caseload_ids: Sequence[str]) -> list[ReminderRecord]:
        """The pending and leased digests of these caseloads."""
        theirs = _reminder.c.caseload_id.in_(caseload_ids)
        query = select(_reminder).where(theirs, _reminder.c.ended_at.is_(None))
        return [reminder_record(row) for row in self._connection.execute(query)]

    def ended(self, caseload_ids: Collection[str], digest_ids: Collection[str]) -> list[ReminderRecord]:
        """Those of these digests of these caseloads that came to an end."""
        theirs = _reminder.c.caseload_id.in_(caseload_ids)
        same = (theirs, _reminder.c.dose_id.in_(digest_ids), _reminder.c.ended_at.is_not(None))
        return [reminder_record(row) for row in self._connection.execute(select(_reminder).where(*same))]

    def last_told_at(self, caseload_id: str, recipient_id: str) -> datetime | None:
        """When the last attempt began that brought this contact point a digest; None: it never got one."""
        theirs = (_reminder.c.caseload_id == caseload_id, _reminder.c.recipient_id == recipient_id)
        sent = (*theirs, _reminder.c.state == ReminderState.SENT.value)
        began = select(func.max(_attempt.c.started_at)).join(_reminder).where(*sent)
        found = self._connection.execute(began).scalar()
        return None if found is None else from_epoch_ms(found)
