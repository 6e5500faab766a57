"""Another way to reach the same person, where one failed.

A reminder that was refused for good, or whose fate is unknown on a channel that cannot tell copies, is told
at once to the next contact point of that patient and role that has no reminder of this dose and step. A
digest is told to the next contact point of its caseload.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from scheduler.reminders.steps import BROKEN
from scheduler.store.patients import shard_of
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.reminder_queue import LeasedReminder
from scheduler.store.reminder_row import ReminderPlan, ReminderRecord, ReminderState
from scheduler.store.unit_of_work import UnitOfWork

INSTEAD_OF = "instead_of"
"""In the policy of a reminder that stands in for another: the recipient whom that one was for."""

_DISCREET = "discreet"
_HOPEFUL = {ReminderState.PENDING, ReminderState.LEASED, ReminderState.SENT}
_log = logging.getLogger(__name__)


def tell_another(work: UnitOfWork, failed: LeasedReminder, moment: datetime) -> bool:
    """Queue the stand-in for ``failed``, due at ``moment``; False where there is nobody else to tell."""
    record = failed.record
    told = {row.recipient_id for row in work.reminder_log.of_step(record)}
    contacts = [c for c in work.recipients.beside(record) if c.is_told]
    role = next((c.role for c in contacts if c.id == record.recipient_id), RecipientRole.PERSON)
    roles = {role, RecipientRole.STAND_IN}
    others = (c for c in contacts if c.id not in told and c.role in roles and _may_be_told(c))
    # One that is broken comes last: it may be well again.
    other = next(iter(sorted(others, key=lambda contact: contact.broken_at is not None)), None)
    if other is None:
        return False
    work.reminder_plans.add([_plan(failed, other, moment)], moment)
    text = "reminder=%d is told to recipient=%s instead of recipient=%s"
    _log.warning(text, record.id, other.id, record.recipient_id)
    return True


def told_nobody(work: UnitOfWork, record: ReminderRecord) -> bool:
    """Whether no reminder of the dose and step of ``record`` was sent or still may be."""
    return not any(row.state in _HOPEFUL for row in work.reminder_log.of_step(record))


def take_back_others(work: UnitOfWork, sent: Sequence[LeasedReminder], moment: datetime) -> None:
    """Take back what waits for another try and for which one of ``sent`` stood in."""
    for claimed in sent:
        first = claimed.record.policy.get(INSTEAD_OF)
        if first is not None:
            rows = work.reminder_log.of_step(claimed.record)
            waiting = [r.id for r in rows if r.recipient_id == first and r.state is ReminderState.PENDING]
            work.reminder_plans.cancel(waiting, moment, "told in another way meanwhile")


def _may_be_told(contact: RecipientRecord) -> bool:
    return contact.role is not RecipientRole.ESCALATION or contact.consented_at is not None


def _plan(failed: LeasedReminder, other: RecipientRecord, moment: datetime) -> ReminderPlan:
    record = failed.record
    return ReminderPlan(
        patient_id=record.patient_id,
        caseload_id=record.caseload_id,
        dose_id=record.dose_id,
        step=record.step,
        recipient_id=other.id,
        channel=other.channel,
        shard=shard_of(record.subject_id),
        due_at=moment,
        dose_due_at=record.dose_due_at,
        not_after=record.not_after,
        wall_due=record.wall_due,
        zone=record.zone,
        policy={**_words_for(record, other), INSTEAD_OF: record.recipient_id},
        priority=failed.priority,
    )


def _words_for(record: ReminderRecord, other: RecipientRecord) -> dict[str, str]:
    """What may be said at another address: what was to be said at the first, unless that was less private."""
    if other.privacy == record.policy.get("privacy", _DISCREET):
        return dict(record.policy)
    # A digest is worded when it is sent, and a broken address is told of without its dose.
    names_no_dose = record.caseload_id is not None or record.step == BROKEN
    return {**(record.policy if names_no_dose else {}), "privacy": _DISCREET}
