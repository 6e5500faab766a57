"""What waits to be said, what was said, and every attempt at it: for people to look at."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from scheduler.store import tables
from scheduler.store.reminder_row import AttemptRecord, ReminderRecord, attempt_record, reminder_record


class ReminderLog:
    """Reads the ``reminder`` and ``attempt`` tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def upcoming(self, patient_id: str | None, limit: int) -> list[ReminderRecord]:
        """What waits to be sent, earliest first."""
        table = tables.reminder
        query = select(table).where(table.c.ended_at.is_(None)).order_by(table.c.due_at, table.c.id)
        if patient_id is not None:
            query = query.where(table.c.patient_id == patient_id)
        return [reminder_record(row) for row in self._connection.execute(query.limit(limit))]

    def ended(self, patient_id: str | None, limit: int) -> list[ReminderRecord]:
        """What came to an end, latest first."""
        table = tables.reminder
        query = select(table).where(table.c.ended_at.is_not(None))
        if patient_id is not None:
            query = query.where(table.c.patient_id == patient_id)
        query = query.order_by(table.c.ended_at.desc(), table.c.id.desc()).limit(limit)
        return [reminder_record(row) for row in self._connection.execute(query)]

    def of_dose(self, patient_id: str, dose_id: str) -> list[ReminderRecord]:
        """Everybody's reminders of one dose, in any state, by when each was or is to be said."""
        table = tables.reminder
        query = select(table).where(table.c.patient_id == patient_id, table.c.dose_id == dose_id)
        return [reminder_record(row) for row in self._connection.execute(query.order_by(table.c.id))]

    def with_provider_id(self, patient_id: str, provider_id: str) -> list[ReminderRecord]:
        """What a patient's contact points were sent in the message that a provider knows by this id."""
        table = tables.reminder
        query = select(table).where(table.c.patient_id == patient_id, table.c.provider_id == provider_id)
        return [reminder_record(row) for row in self._connection.execute(query.order_by(table.c.id))]

    def of_step(self, record: ReminderRecord) -> list[ReminderRecord]:
        """Everybody's reminders of the same dose and step, in any state, oldest first."""
        table = tables.reminder
        same = (table.c.patient_id == record.patient_id, table.c.dose_id == record.dose_id)
        query = select(table).where(*same, table.c.step == record.step).order_by(table.c.id)
        return [reminder_record(row) for row in self._connection.execute(query)]

    def attempts(self, ids: Sequence[int]) -> list[AttemptRecord]:
        """Every try at these reminders, in order."""
        joined = tables.attempt.join(tables.reminder, tables.attempt.c.reminder_id == tables.reminder.c.id)
        columns = [column.label(f"attempt_{column.name}") for column in tables.attempt.c]
        query = select(*tables.reminder.c, *columns).select_from(joined)
        query = query.where(tables.reminder.c.id.in_(ids))
        rows = self._connection.execute(query.order_by(tables.attempt.c.reminder_id, tables.attempt.c.number))
        return [attempt_record(row) for row in rows]
