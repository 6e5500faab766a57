"""Reminders that a backup shows as waiting, and that may have been sent since it was taken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Connection, Text, select, update

from scheduler.clock import epoch_ms
from scheduler.store import tables
from scheduler.store.json_rows import as_json, json_rows
from scheduler.store.reminder_row import ReminderRecord, ReminderState, reminder_record

_PAGE = 500
_ENDED = "due while the records were lost: it may have been sent then, and is of no more use"


class RestoredReminders:
    """Reads and writes the ``reminder`` table just after a restoration, when no daemon runs yet."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due_by(self, moment: datetime, after_id: int = 0) -> list[ReminderRecord]:
        """The first reminders of patients that wait and were due by ``moment``, by id, after ``after_id``."""
        table = tables.reminder
        waits = (table.c.state == ReminderState.PENDING.value, table.c.due_at <= epoch_ms(moment))
        # A caseload's digest is made from what is known when it is sent: it is no copy of the one before.
        of_patient = table.c.patient_id.is_not(None)
        query = (
            select(table).where(*waits, of_patient, table.c.id > after_id).order_by(table.c.id).limit(_PAGE)
        )
        return [reminder_record(row) for row in self._connection.execute(query)]

    def end_useless(self, moment: datetime, until: datetime) -> int:
        """End what waits, was due by ``until`` and is of no use at ``moment``; how many that is."""
        table = tables.reminder
        was_due = (table.c.state == ReminderState.PENDING.value, table.c.due_at <= epoch_ms(until))
        ended = {"state": ReminderState.UNKNOWN.value, "ended_at": epoch_ms(moment), "last_error": _ENDED}
        end = update(table).where(*was_due, table.c.not_after <= epoch_ms(moment)).values(**ended)
        return self._connection.execute(end).rowcount

    def mark(self, records: Sequence[ReminderRecord], flag: str, value: str, moment: datetime) -> None:
        """Let these be said at ``moment``, with ``flag`` in what their words are made from."""
        table, now = tables.reminder, epoch_ms(moment)
        given = json_rows(self._connection.dialect.name, {"id": BigInteger, "policy": Text})
        change = update(table).where(table.c.id == given.c.id, table.c.state == ReminderState.PENDING.value)
        change = change.values(policy=given.c.policy, due_at=now, planned_at=now)
        rows = [(r.id, json.dumps({**r.policy, flag: value}, sort_keys=True)) for r in records]
        self._connection.execute(change, as_json(rows))
