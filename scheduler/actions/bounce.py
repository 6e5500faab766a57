"""Taking note of mails that came back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from scheduler.errors import NotFoundError
from scheduler.reminders.bounce import Bounce, bounces
from scheduler.reminders.broken_contact import mark_broken
from scheduler.reminders.digest_planner import plan_digests
from scheduler.reminders.planner import plan_reminders
from scheduler.reminders.stand_in import tell_another
from scheduler.store.recipients import BrokenHow, Subject
from scheduler.store.reminder_queue import LeasedReminder
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store, UnitOfWork

_CHANNEL = "smtp"
_OLDEST = timedelta(days=30)


def note_bounces(store: Store, content: bytes, moment: datetime) -> list[int]:
    """The reminders that the report ``content`` says did not arrive; see `note_bounce`.

    A report of nothing that was sent here changes nothing, and neither does the same one twice.
    """
    return [noted for bounce in bounces(content) for noted in note_bounce(store, bounce, moment)]


def note_bounce(store: Store, bounce: Bounce, moment: datetime) -> list[int]:
    """The reminders and digests of the mail that came back, each told in another way if it can be.

    Their address counts as broken where the next mail would come back too. A mail that was not sent here
    changes nothing, and neither does the same bounce twice.
    """
    noted = []
    for subject in _subjects(store, bounce):
        with store.transaction() as work:
            noted += _note(work, subject, bounce, moment)
    return noted


def _subjects(store: Store, bounce: Bounce) -> list[Subject]:
    """Who is told at that address. Message-IDs have no index: bounces are few, and sending is not."""
    with store.reading() as work:
        return work.recipients.subjects_at(_CHANNEL, bounce.address)


def _note(work: UnitOfWork, subject: Subject, bounce: Bounce, moment: datetime) -> list[int]:
    try:
        plan_again = _locked(work, subject, moment)
    except NotFoundError:
        return []  # removed meanwhile
    sent = work.reminder_log.with_provider_id(subject, bounce.message_id)
    came_back = work.reminder_plans.come_back([row.id for row in sent], f"it came back ({bounce.status})")
    for row in sent:
        if row.id in came_back:
            _tell_otherwise(work, row, bounce, moment)
    if came_back:
        # What stands in for a reminder that nothing calls for any more is taken back at once.
        plan_again()
    return came_back


def _locked(work: UnitOfWork, subject: Subject, moment: datetime) -> Callable[[], None]:
    """Lock whose reminders they are; what plans those anew. Raises NotFoundError."""
    if subject.patient_id is not None:
        patient = work.patients.lock(subject.patient_id)
        return lambda: plan_reminders(work, [patient], moment)
    caseload = work.caseloads.lock(subject.caseload_id or "")
    return lambda: plan_digests(work, [caseload], moment)


def _tell_otherwise(work: UnitOfWork, row: ReminderRecord, bounce: Bounce, moment: datetime) -> None:
    if bounce.is_lasting:
        mark_broken(work, row, moment, BrokenHow.BOUNCED, _since(bounce, moment))
    if row.not_after is None or row.not_after > moment:
        tell_another(work, LeasedReminder(record=row, address=""), moment)


def _since(bounce: Bounce, moment: datetime) -> datetime:
    """When it came back, where that can be: whoever tells it has another clock."""
    at = bounce.came_back_at
    return moment if at is None or not moment - _OLDEST < at < moment else at
