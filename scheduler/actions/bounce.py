"""Taking note of mails that came back."""

from __future__ import annotations

from datetime import datetime

from scheduler.reminders.bounce import Bounce, bounces
from scheduler.reminders.broken_contact import mark_broken
from scheduler.reminders.planner import plan_reminders
from scheduler.reminders.stand_in import tell_another
from scheduler.store.recipients import BrokenHow
from scheduler.store.reminder_queue import LeasedReminder
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store, UnitOfWork

_CHANNEL = "smtp"


def note_bounces(store: Store, content: bytes, moment: datetime) -> list[int]:
    """The reminders that the report ``content`` says did not arrive, each told in another way if it can be.

    Their addresses count as broken. A report of nothing that was sent here changes nothing, and neither does
    the same one twice.
    """
    noted = []
    for bounce in bounces(content):
        for patient_id in _patients(store, bounce):
            with store.transaction() as work:
                noted += _note(work, patient_id, bounce, moment)
    return noted


def _patients(store: Store, bounce: Bounce) -> list[str]:
    """Whose reminders go to that address. Message-IDs have no index: bounces are few, and sending is not."""
    with store.reading() as work:
        return work.recipients.patients_with(_CHANNEL, bounce.address)


def _note(work: UnitOfWork, patient_id: str, bounce: Bounce, moment: datetime) -> list[int]:
    record = work.patients.lock(patient_id)
    sent = work.reminder_log.with_provider_id(patient_id, bounce.message_id)
    came_back = work.reminder_plans.come_back([row.id for row in sent], f"it came back ({bounce.status})")
    for row in sent:
        if row.id in came_back:
            _tell_otherwise(work, row, moment)
    if came_back:
        # What stands in for a reminder that nothing calls for any more is taken back at once.
        plan_reminders(work, [record], moment)
    return came_back


def _tell_otherwise(work: UnitOfWork, row: ReminderRecord, moment: datetime) -> None:
    mark_broken(work, row, moment, BrokenHow.BOUNCED)
    if row.not_after is None or row.not_after > moment:
        tell_another(work, LeasedReminder(record=row, address=""), moment)
