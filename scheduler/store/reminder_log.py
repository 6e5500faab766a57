"""What waits to be said, what was said, and every attempt at it: for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from scheduler.clock import epoch_ms
from scheduler.store import tables
from scheduler.store.recipients import Subject
from scheduler.store.reminder_row import AttemptRecord, ReminderRecord, attempt_record, reminder_record


class ReminderLog:
    """Reads the ``reminder`` and ``attempt`` tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def upcoming(
        self, patient_id: str | None, limit: int, *, caseload_id: str | None = None
    ) -> list[ReminderRecord]:
        """What waits to be sent, earliest first; where neither is said, everybody's."""
        table = tables.reminder
        query = select(table).where(table.c.ended_at.is_(None), *_of(patient_id, caseload_id))
        query = query.order_by(table.c.due_at, table.c.id).limit(limit)
        return [reminder_record(row) for row in self._connection.execute(query)]

    def ended(
        self, patient_id: str | None, limit: int, *, caseload_id: str | None = None
    ) -> list[ReminderRecord]:
        """What came to an end, latest first; where neither is said, everybody's."""
        table = tables.reminder
        query = select(table).where(table.c.ended_at.is_not(None), *_of(patient_id, caseload_id))
        query = query.order_by(table.c.ended_at.desc(), table.c.id.desc()).limit(limit)
        return [reminder_record(row) for row in self._connection.execute(query)]

    def of_dose(self, patient_id: str, dose_id: str) -> list[ReminderRecord]:
        """Everybody's reminders of one dose, in any state, by when each was or is to be said."""
        table = tables.reminder
        query = select(table).where(table.c.patient_id == patient_id, table.c.dose_id == dose_id)
        return [reminder_record(row) for row in self._connection.execute(query.order_by(table.c.id))]

    def with_provider_id(self, subject: Subject, provider_id: str) -> list[ReminderRecord]:
        """What its contact points were sent in the message that a provider knows by this id."""
        table = tables.reminder
        of = _of(subject.patient_id, subject.caseload_id)
        query = select(table).where(*of, table.c.provider_id == provider_id)
        return [reminder_record(row) for row in self._connection.execute(query.order_by(table.c.id))]

    def find(self, reminder_id: int) -> ReminderRecord | None:
        """The reminder of that row, in any state."""
        query = select(tables.reminder).where(tables.reminder.c.id == reminder_id)
        row = self._connection.execute(query).first()
        return None if row is None else reminder_record(row)

    def last_of(self, patient_id: str, recipient_id: str) -> ReminderRecord | None:
        """The reminder of a recipient that was planned last; None where there is none."""
        table = tables.reminder
        theirs = (table.c.patient_id == patient_id, table.c.recipient_id == recipient_id)
        query = select(table).where(*theirs).order_by(table.c.id.desc()).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else reminder_record(row)

    def asking(self, patient_id: str, recipient_id: str, since: datetime) -> list[ReminderRecord]:
        """What a recipient was told, or is being told, of doses due ``since`` then, oldest first."""
        table = tables.reminder
        theirs = (table.c.patient_id == patient_id, table.c.recipient_id == recipient_id)
        query = select(table).where(*theirs, table.c.dose_due_at >= epoch_ms(since), table.c.attempt > 0)
        query = query.order_by(table.c.dose_due_at, table.c.id)
        return [reminder_record(row) for row in self._connection.execute(query)]

    def of_step(self, record: ReminderRecord) -> list[ReminderRecord]:
        """Everybody's reminders of the same dose and step, in any state, oldest first."""
        table = tables.reminder
        of = _of(record.patient_id, record.caseload_id)
        same = (table.c.dose_id == record.dose_id, table.c.step == record.step)
        query = select(table).where(*of, *same).order_by(table.c.id)
        return [reminder_record(row) for row in self._connection.execute(query)]

    def attempts(self, ids: Sequence[int]) -> list[AttemptRecord]:
        """Every try at these reminders, in order."""
        joined = tables.attempt.join(tables.reminder, tables.attempt.c.reminder_id == tables.reminder.c.id)
        columns = [column.label(f"attempt_{column.name}") for column in tables.attempt.c]
        query = select(*tables.reminder.c, *columns).select_from(joined)
        query = query.where(tables.reminder.c.id.in_(ids))
        rows = self._connection.execute(query.order_by(tables.attempt.c.reminder_id, tables.attempt.c.number))
        return [attempt_record(row) for row in rows]


def _of(patient_id: str | None, caseload_id: str | None) -> tuple[ColumnElement[bool], ...]:
    """What is true of a patient's reminder, or of a caseload's; of any where neither is said."""
    table = tables.reminder
    chosen = ((table.c.patient_id, patient_id), (table.c.caseload_id, caseload_id))
    return tuple(column == value for column, value in chosen if value is not None)
