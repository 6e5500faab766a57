"""A contact point that takes no messages: its owner is told by another way, and their nurse sees it.

It is tried all the same, because a provider may refuse everybody for an hour; what it refused is told by
another way each time (`stand_in`). A message that it takes again shows that it is well. One that sent a
message back is well when its owner says so with a code.

One that its owner unsubscribed is not tried. They are told by another way all the same, because a program
may have done it: later, so that they can take it back before.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.reminders.steps import BROKEN, StepKind
from scheduler.store.patients import shard_of
from scheduler.store.recipients import BrokenHow, RecipientRecord, RecipientRole
from scheduler.store.reminder_queue import LeasedReminder
from scheduler.store.reminder_row import ReminderPlan, ReminderRecord
from scheduler.store.unit_of_work import UnitOfWork

BROKEN_CHANNEL, BROKEN_HOW = "broken_channel", "broken_how"
"""In the policy of such a reminder: which channel, and what it did, a `BrokenHow` or `UNSUBSCRIBED`."""
UNSUBSCRIBED = "unsubscribed"

_USE = timedelta(days=3)
_log = logging.getLogger(__name__)


def mark_broken(
    work: UnitOfWork,
    record: ReminderRecord,
    moment: datetime,
    how: BrokenHow,
    since: datetime | None = None,
) -> None:
    """Write down that the contact point of ``record`` takes no messages; tell its owner the first time.

    ``since``: from when on; None: from ``moment`` on.
    """
    if not work.recipients.mark_broken(record.recipient_id, since or moment, how):
        return
    other = _other_way(work, record)
    if other is None:
        _log.warning("recipient=%s is broken (%s) and its owner has no other way", record.recipient_id, how)
        return
    work.reminder_plans.add([_plan(record, other, moment, how.value)], moment)
    _log.warning("recipient=%s is broken (%s): recipient=%s is told", record.recipient_id, how, other.id)


def tell_unsubscribed(work: UnitOfWork, record: ReminderRecord, at: datetime, moment: datetime) -> None:
    """Tell the owner of the contact point of ``record``, ``at`` then, that it was unsubscribed.

    By another way; where there is none their nurse alone sees it.
    """
    other = _other_way(work, record)
    if other is not None:
        work.reminder_plans.add([_plan(record, other, at, UNSUBSCRIBED)], moment)


def take_back_unsubscribed(work: UnitOfWork, patient_id: str, channel: str, moment: datetime) -> None:
    """Take back that news, where it still waits, because ``channel`` is subscribed again."""
    news = {BROKEN_CHANNEL: channel, BROKEN_HOW: UNSUBSCRIBED}
    waiting = [row for row in work.reminder_plans.open([patient_id]) if row.step == BROKEN]
    work.reminder_plans.cancel([row.id for row in waiting if news.items() <= row.policy.items()], moment)


def mend(work: UnitOfWork, sent: Sequence[LeasedReminder]) -> None:
    """What had refused a message and took one of ``sent`` is well again."""
    mended = {claimed.record.recipient_id for claimed in sent if claimed.is_broken}
    if mended:
        work.recipients.mend_refused(mended)


def _other_way(work: UnitOfWork, record: ReminderRecord) -> RecipientRecord | None:
    """A contact point of the same person that works. Nobody else is told where a person cannot be reached."""
    if record.patient_id is None:
        return None  # a caseload's team has its stand-in, and sees its contact points
    contacts = work.recipients.of([record.patient_id]).get(record.patient_id, [])
    own = next((c for c in contacts if c.id == record.recipient_id), None)
    if own is None or own.role is not RecipientRole.PERSON:
        return None
    others = (c for c in contacts if c.role is RecipientRole.PERSON and c.is_told and c.broken_at is None)
    return next((c for c in others if c.id != own.id), None)


def _plan(record: ReminderRecord, other: RecipientRecord, at: datetime, how: str) -> ReminderPlan:
    wall_at = at.astimezone(ZoneInfo(record.zone)).replace(tzinfo=None)
    return ReminderPlan(
        patient_id=record.patient_id,
        dose_id=record.dose_id,
        step=BROKEN,
        recipient_id=other.id,
        channel=other.channel,
        shard=shard_of(record.subject_id),
        due_at=at,
        dose_due_at=at,
        not_after=at + _USE,
        wall_due=wall_at,
        zone=record.zone,
        policy={"privacy": "discreet", BROKEN_CHANNEL: record.channel, BROKEN_HOW: how},
        priority=StepKind.MISSED.value,
    )
