"""Ending what goes to one contact point by the link in the head of a mail, and taking that back.

That contact point alone: others of the same person, the plan and calendars go on. It stays in the lists, so
that a nurse sees who asked for no more.
"""

from __future__ import annotations

import logging
from datetime import datetime

from scheduler.actions.answer_link import LinkError, LinkFault
from scheduler.actions.contact_in_hand import UNDO_FOR, ContactInHand, contact_in_hand
from scheduler.errors import NotFoundError
from scheduler.reminders.broken_contact import take_back_unsubscribed, tell_unsubscribed
from scheduler.reminders.digest_planner import plan_digests
from scheduler.reminders.planner import plan_reminders
from scheduler.store.recipients import RecipientRecord
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store, UnitOfWork

_WHY = "unsubscribed by the link in a mail"
_log = logging.getLogger(__name__)


def look_at_contact(store: Store, text: str, moment: datetime) -> ContactInHand:
    """What the link with the token ``text`` leads to. Changes nothing. Raises LinkError."""
    with store.reading() as work:
        return contact_in_hand(work, text, moment)


def unsubscribe(store: Store, text: str, moment: datetime) -> ContactInHand:
    """Send nothing more to the contact point of the link; how it stands then. Raises LinkError.

    What waits for it is taken back, and its owner is told by another of their contact points, when the link
    can no longer take it back. Twice is once.
    """
    with store.transaction() as work:
        recipient = _locked(work, text, moment)
        if work.recipients.unsubscribe(recipient.id, moment):
            waiting = _waiting(work, recipient)
            work.reminder_plans.cancel([row.id for row in waiting], moment, _WHY)
            _tell_by_another_way(work, recipient, waiting, moment)
            _log.warning("recipient=%s was unsubscribed by the link in a mail", recipient.id)
        return contact_in_hand(work, text, moment)


def subscribe_again(store: Store, text: str, moment: datetime) -> tuple[ContactInHand, bool]:
    """Take it back, for a quarter of an hour; how it stands then, and whether it was not too late.

    What waited for it waits again, and what came due meanwhile is said late. Raises LinkError.
    """
    with store.transaction() as work:
        recipient = _locked(work, text, moment)
        found = contact_in_hand(work, text, moment)
        if recipient.unsubscribed_at is None or not found.may_undo:
            return found, recipient.unsubscribed_at is None
        work.recipients.subscribe_again(recipient.id)
        work.reminder_plans.wait_again(recipient, recipient.unsubscribed_at, _WHY, moment)
        _plan(work, recipient, moment)
        _log.warning("recipient=%s was subscribed again by the link in a mail", recipient.id)
        return contact_in_hand(work, text, moment), True


def _locked(work: UnitOfWork, text: str, moment: datetime) -> RecipientRecord:
    """The contact point, read after the lock on whose it is. Raises LinkError."""
    recipient = contact_in_hand(work, text, moment).recipient
    try:
        if recipient.patient_id is not None:
            work.patients.lock(recipient.patient_id)
        else:
            work.caseloads.lock(recipient.subject_id)
    except NotFoundError as error:
        raise LinkError(LinkFault.ENDED) from error
    return contact_in_hand(work, text, moment).recipient


def _waiting(work: UnitOfWork, recipient: RecipientRecord) -> list[ReminderRecord]:
    of_patient = recipient.patient_id is not None
    rows = (work.reminder_plans if of_patient else work.digests).open([recipient.subject_id])
    return [row for row in rows if row.recipient_id == recipient.id]


def _tell_by_another_way(
    work: UnitOfWork, recipient: RecipientRecord, waiting: list[ReminderRecord], moment: datetime
) -> None:
    """The news hangs on a reminder of theirs, as one of a broken address does: of what waits, or the last."""
    if recipient.patient_id is None:
        return
    record = waiting[0] if waiting else work.reminder_log.last_of(recipient.patient_id, recipient.id)
    if record is not None:
        tell_unsubscribed(work, record, moment + UNDO_FOR, moment)


def _plan(work: UnitOfWork, recipient: RecipientRecord, moment: datetime) -> None:
    if recipient.patient_id is None:
        plan_digests(work, [work.caseloads.get(recipient.subject_id)], moment)
        return
    take_back_unsubscribed(work, recipient.patient_id, recipient.channel, moment)
    plan_reminders(work, [work.patients.get(recipient.patient_id)], moment)
