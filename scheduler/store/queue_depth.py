"""How much waits to be sent, and how much of it longer than it should: for operators and their monitors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.store import tables
from scheduler.store.reminder_row import ReminderState


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueDepth:
    """Counts of reminders at one moment.

    ``waiting`` wait for their time or another try, ``overdue`` of them should have been sent, of which
    ``never_tried`` were not tried once. ``leased`` are being sent; of ``stuck`` ones the lease ran out.
    ``oldest_due_at``: since when the first of the overdue waits.
    """

    waiting: int
    overdue: int
    never_tried: int
    leased: int
    stuck: int
    oldest_due_at: datetime | None


class QueueDepths:
    """Reads the ``reminder`` table by its partial indexes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def at(self, moment: datetime, grace: timedelta) -> QueueDepth:
        """The depth at ``moment``; what is late by less than ``grace`` is neither overdue nor stuck."""
        table, by = tables.reminder, epoch_ms(moment - grace)
        overdue = table.c.due_at <= by
        pending = select(
            func.count(),
            func.count().filter(overdue),
            func.count().filter(overdue, table.c.attempt == 0),
            func.min(table.c.due_at).filter(overdue),
        ).where(table.c.state == ReminderState.PENDING.value)
        waiting, late, never, oldest = self._connection.execute(pending).one()
        held = select(func.count(), func.count().filter(table.c.lease_until <= by))
        held = held.where(table.c.lease_until.is_not(None))
        leased, stuck = self._connection.execute(held).one()
        return QueueDepth(
            waiting=waiting,
            overdue=late,
            never_tried=never,
            leased=leased,
            stuck=stuck,
            oldest_due_at=None if oldest is None else from_epoch_ms(oldest),
        )
