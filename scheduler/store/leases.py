"""Leases whose daemon is gone: freed, and what that says about the reminder.

A reminder whose daemon ended before it began to send it is due again at once: nothing is held against it.
One that was being sent may have been the reason. The second time it waits before it is tried again, and from
the third time on it is set aside if it is to `blame`: a row that ends every daemon that touches it would
silence everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, select, update

from scheduler.clock import epoch_ms
from scheduler.store import tables
from scheduler.store.blame import ENOUGH, is_to_blame
from scheduler.store.json_rows import id_rows, ids_as_json
from scheduler.store.reminder_row import ReminderState

SENDING = "sending"
"""The outcome of an attempt whose message is being handed over."""

LOST = "lost"
"""The outcome of one that was being sent when its daemon ended: the message may have arrived."""

NOT_BEGUN = "not begun"
"""The outcome of one that was only claimed when its daemon ended: nothing was sent."""

_SET_ASIDE = "set aside: three daemons ended while sending it"

Pause = Callable[[int], timedelta]
"""How long a reminder waits that was lost so many times, from 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Freed:
    """How many leases were freed, and the ids of the reminders that are set aside for it."""

    count: int = 0
    set_aside: tuple[int, ...] = ()


class Leases:
    """Reads and writes the leases in the ``reminder`` table and their attempts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    def sweep(self, moment: datetime, pause: Pause) -> Freed:
        """Free every lease that has run out."""
        return self._free(tables.reminder.c.lease_until <= epoch_ms(moment), moment, pause)

    def free_leases_of(self, node: str, moment: datetime, pause: Pause) -> Freed:
        """Free what an earlier life of daemon ``node`` still holds."""
        return self._free(_owned_by(node), moment, pause)

    def _free(self, condition: ColumnElement[bool], moment: datetime, pause: Pause) -> Freed:
        table = tables.reminder
        # One that was cancelled while leased stays so; its attempt is closed all the same.
        state = case(
            (table.c.state == ReminderState.LEASED.value, ReminderState.PENDING.value), else_=table.c.state
        )
        freed = (
            update(table)
            .where(table.c.lease_owner.is_not(None), condition)
            .values(state=state, lease_owner=None, lease_until=None)
            .returning(table.c.id)
        )
        ids = [row.id for row in self._connection.execute(freed)]
        if not ids:
            return Freed()
        lost = end_attempts(self._connection, ids, moment)
        return Freed(count=len(ids), set_aside=self._hold_back(lost, moment, pause))

    def _hold_back(self, lost: Sequence[int], moment: datetime, pause: Pause) -> tuple[int, ...]:
        set_aside = []
        for row in self._often_lost(lost):
            if row.times >= ENOUGH and self._is_to_blame(row.reminder_id):
                values = {"state": ReminderState.FAILED.value, "last_error": _SET_ASIDE}
                changed = self._change_pending(row.reminder_id, {**values, "ended_at": epoch_ms(moment)})
                set_aside += [row.reminder_id] if changed else []
            else:
                due = epoch_ms(moment + pause(row.times))
                later = case((tables.reminder.c.due_at < due, due), else_=tables.reminder.c.due_at)
                self._change_pending(row.reminder_id, {"due_at": later})
        return tuple(set_aside)

    def _is_to_blame(self, reminder_id: int) -> bool:
        table, node = tables.attempt, tables.node
        lost = select(table.c.node).where(table.c.reminder_id == reminder_id, table.c.outcome == LOST)
        epochs = self._connection.execute(select(node.c.name, node.c.epoch))
        return is_to_blame(
            list(self._connection.execute(lost).scalars()), {row.name: row.epoch for row in epochs}
        )

    def _often_lost(self, lost: Sequence[int]) -> Sequence[Row[Any]]:
        table, given = tables.attempt, id_rows(self._dialect)
        query = (
            select(table.c.reminder_id, func.count().label("times"))
            .where(table.c.reminder_id.in_(select(given.c.id)), table.c.outcome == LOST)
            .group_by(table.c.reminder_id)
            .having(func.count() > 1)
        )
        return self._connection.execute(query, ids_as_json(lost)).all() if lost else ()

    def _change_pending(self, reminder_id: int, values: dict[str, Any]) -> bool:
        table = tables.reminder
        same = and_(table.c.id == reminder_id, table.c.state == ReminderState.PENDING.value)
        return self._connection.execute(update(table).where(same).values(**values)).rowcount == 1


def end_attempts(connection: Connection, ids: Sequence[int], moment: datetime) -> list[int]:
    """Close what was running at the reminders ``ids``, whose leases are gone; the ids of those being sent.

    A daemon that lives after all writes what came of it over this: see `queue_statements.end_attempts`.
    """
    table, given = tables.attempt, id_rows(connection.dialect.name)
    outcome = case((table.c.outcome == SENDING, LOST), else_=NOT_BEGUN)
    running = and_(table.c.reminder_id.in_(select(given.c.id)), table.c.ended_at.is_(None))
    end = update(table).where(running).values(ended_at=epoch_ms(moment), outcome=outcome)
    ended = connection.execute(end.returning(table.c.reminder_id, table.c.outcome), ids_as_json(ids))
    return [row.reminder_id for row in ended if row.outcome == LOST]


def _owned_by(node: str) -> ColumnElement[bool]:
    """Leased by any life of ``node``: its name, an @, an epoch. Not by LIKE: SQLite ignores case there."""
    owner, prefix = tables.reminder.c.lease_owner, f"{node}@"
    epoch = func.substr(owner, len(prefix) + 1)
    return and_(func.substr(owner, 1, len(prefix)) == prefix, epoch.not_like("%@%"))
