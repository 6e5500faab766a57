"""Looking at what will be said and what was."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.store.reminder_row import AttemptRecord, ReminderRecord
from scheduler.store.unit_of_work import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class LoggedReminder:
    """A reminder that has ended, with every attempt at it."""

    reminder: ReminderRecord
    attempts: tuple[AttemptRecord, ...]


def upcoming_reminders(store: Store, patient_id: str | None, limit: int) -> list[ReminderRecord]:
    """What waits to be sent, earliest first, up to the planning horizon. Raises NotFoundError."""
    with store.reading() as work:
        if patient_id is not None:
            work.patients.get(patient_id)
        return work.reminder_log.upcoming(patient_id, limit)


def reminder_log(store: Store, patient_id: str | None, limit: int) -> list[LoggedReminder]:
    """What came to an end, latest first, with its attempts. Raises NotFoundError."""
    with store.reading() as work:
        if patient_id is not None:
            work.patients.get(patient_id)
        ended = work.reminder_log.ended(patient_id, limit)
        attempts = work.reminder_log.attempts([record.id for record in ended])
    return [
        LoggedReminder(reminder=record, attempts=tuple(a for a in attempts if a.reminder.id == record.id))
        for record in ended
    ]
