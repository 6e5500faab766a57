"""What a database that was just restored from a backup says to people.

What was sent before the backup is in it and is not sent again. What came due between the backup and the
restoration may have been sent or not: nobody knows. It is not sent one by one; each recipient gets one
message that lists it, and says so. What came due after ``sent_until`` was sent by nobody, and goes as after
any outage.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.reminders.backoff import pause_after_loss
from scheduler.reminders.planner import plan_everyone
from scheduler.reminders.restored import RESTORED
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store

UNFINISHED = "unfinished"
STATE, TAKEN_AT, RESTORED_AT = "restore_state", "restored_backup_taken_at", "restored_at"
"""Names in `Keeping`."""

_EVERY_LEASE = timedelta(days=3660)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Restoration:
    """How many reminders will be told in one message for each recipient, and how many are of no more use."""

    told_together: int
    useless: int


def begin_restoration(store: Store) -> None:
    """Keep daemons off until `finish_restoration` has ended."""
    with store.transaction() as work:
        work.keeping.put(STATE, UNFINISHED)


def is_unfinished(store: Store) -> bool:
    """Whether a restoration was begun and has not ended."""
    with store.reading() as work:
        return work.keeping.get(STATE) == UNFINISHED


def finish_restoration(
    store: Store, taken_at: datetime, sent_until: datetime, moment: datetime
) -> Restoration:
    """See that nothing is sent again; all instants are aware, and ``moment`` is now."""
    _free_leases(store, moment)
    # What came due meanwhile beyond the horizon of the backup has no rows yet.
    plan_everyone(store, moment)
    until = min(sent_until, moment)
    with store.transaction() as work:
        useless = work.restored_reminders.end_useless(moment, until)
    told = 0
    for page in _pages(store, until):
        with store.transaction() as work:
            work.restored_reminders.mark(page, RESTORED, taken_at.isoformat(), moment)
        told += len(page)
    with store.transaction() as work:
        work.channel_health.forget_all()
        work.keeping.put(TAKEN_AT, taken_at.isoformat())
        work.keeping.put(RESTORED_AT, moment.isoformat())
        work.keeping.put(STATE, "finished")
    return Restoration(told_together=told, useless=useless)


def _free_leases(store: Store, moment: datetime) -> None:
    with store.transaction() as work:
        freed = work.reminders.sweep(moment + _EVERY_LEASE, pause_after_loss)
    if freed.count:
        _log.warning("freed %d reminders that were being sent when the backup was taken", freed.count)


def _pages(store: Store, until: datetime) -> Iterator[Sequence[ReminderRecord]]:
    after = 0
    while True:
        with store.reading() as work:
            page = work.restored_reminders.due_by(until, after)
        if not page:
            return
        yield page
        after = page[-1].id
