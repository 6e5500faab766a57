"""Looking at what will be said and what was."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.errors import InputError
from scheduler.store.reminder_row import AttemptRecord, ReminderRecord
from scheduler.store.unit_of_work import Store, UnitOfWork


@dataclass(frozen=True, kw_only=True, slots=True)
class LoggedReminder:
    """A reminder that has ended, with every attempt at it."""

    reminder: ReminderRecord
    attempts: tuple[AttemptRecord, ...]


def upcoming_reminders(
    store: Store, patient_id: str | None, limit: int, *, caseload_id: str | None = None
) -> list[ReminderRecord]:
    """What waits to be sent, earliest first, up to the planning horizon: all of it, or one's.

    Raises NotFoundError, InputError where both a patient and a caseload are named.
    """
    with store.reading() as work:
        _check(work, patient_id, caseload_id)
        return work.reminder_log.upcoming(patient_id, limit, caseload_id=caseload_id)


def reminder_log(
    store: Store, patient_id: str | None, limit: int, *, caseload_id: str | None = None
) -> list[LoggedReminder]:
    """What came to an end, latest first, with its attempts; raises as `upcoming_reminders` does."""
    with store.reading() as work:
        _check(work, patient_id, caseload_id)
        ended = work.reminder_log.ended(patient_id, limit, caseload_id=caseload_id)
        attempts = work.reminder_log.attempts([record.id for record in ended])
    return [
        LoggedReminder(reminder=record, attempts=tuple(a for a in attempts if a.reminder.id == record.id))
        for record in ended
    ]


def _check(work: UnitOfWork, patient_id: str | None, caseload_id: str | None) -> None:
    if patient_id is not None and caseload_id is not None:
        raise InputError("name either a patient or a caseload")
    if patient_id is not None:
        work.patients.get(patient_id)
    if caseload_id is not None:
        work.caseloads.get(caseload_id)
