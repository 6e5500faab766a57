"""The queue of reminders: claim, finish, sweep.

::

    pending --claim--> leased --accepted--> sent
                         |------refused---> failed
                         |------later-----> pending, due at a later instant
                         |------unknown---> pending as above; the last time unknown
                         '--lease expired-> pending, the attempt marked lost
    pending, leased --recorded, moved, withheld--> cancelled
    pending --no longer useful-------------------> expired
    an ended one --called for again--------------> pending (`ReminderPlans.revive`)

The number of the attempt is the fencing token: a result is accepted only from the attempt that holds the
lease, so a daemon that slept through its lease changes nothing when it wakes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, insert, or_, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.store import tables
from scheduler.store.reminder_row import (
    AttemptResult,
    ClaimedReminder,
    ReminderRecord,
    ReminderState,
    reminder_record,
)

Pause = Callable[[int], timedelta]
"""How long a reminder waits that was lost so many times, from 1."""


class ReminderQueue:
    """Reads and writes the ``reminder`` and ``attempt`` tables as the daemons work through them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, owner: str, moment: datetime, lease_until: datetime, limit: int) -> list[ClaimedReminder]:
        """Lease up to ``limit`` reminders that are due at ``moment``, earliest first.

        An attempt is recorded for each in the same transaction, so that the intent is durable before
        anything is sent. A row that cannot be read fails by itself and keeps nobody else waiting.
        """
        now = epoch_ms(moment)
        table = tables.reminder
        due = (
            select(table.c.id)
            .where(table.c.state == ReminderState.PENDING.value, table.c.due_at <= now)
            .where(or_(table.c.not_after.is_(None), table.c.not_after > now))
            .order_by(table.c.due_at, table.c.id)
            .limit(limit)
            # PostgreSQL: daemons do not wait for each other. SQLite ignores it and has one writer.
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        claim = (
            update(table)
            .where(table.c.id == due.c.id)
            .values(
                state=ReminderState.LEASED.value,
                attempt=table.c.attempt + 1,
                lease_owner=owner,
                lease_until=epoch_ms(lease_until),
            )
            .returning(*table.c)
        )
        rows = sorted(self._connection.execute(claim), key=lambda row: (row.due_at, row.id))
        self._record_attempts(rows, owner, now)
        return self._with_addresses(self._readable(rows, now))

    def still_stands(self, claimed: ClaimedReminder) -> bool:
        """Whether the lease is still ours and nobody has taken the reminder back."""
        query = select(tables.reminder.c.id).where(_ours(claimed))
        return self._connection.execute(query).first() is not None

    def leave(self, claimed: ClaimedReminder, moment: datetime) -> None:
        """Log that nothing was sent, because the reminder no longer stood."""
        values = {"ended_at": epoch_ms(moment), "outcome": "taken back"}
        running = and_(_attempt_of(claimed), tables.attempt.c.ended_at.is_(None))
        self._connection.execute(update(tables.attempt).where(running).values(**values))

    def times_unknown(self, claimed: ClaimedReminder) -> int:
        """How many earlier attempts ended without anybody knowing what became of them."""
        table = tables.attempt
        query = select(func.count()).where(
            table.c.reminder_id == claimed.record.id, table.c.outcome == "unknown"
        )
        return self._connection.execute(query).scalar_one()

    def finish(self, claimed: ClaimedReminder, result: AttemptResult, moment: datetime) -> bool:
        """Record how an attempt ended. False where the lease was lost, and then only the log is written."""
        at = epoch_ms(moment)
        values = {
            "state": result.state.value,
            "lease_owner": None,
            "lease_until": None,
            "provider_id": result.provider_id,
            "last_error": result.short_detail,
            "ended_at": None if result.state is ReminderState.PENDING else at,
        }
        if result.retry_at is not None:
            values["due_at"] = epoch_ms(result.retry_at)
        changed = self._connection.execute(update(tables.reminder).where(_ours(claimed)).values(**values))
        held = changed.rowcount == 1
        self._end_attempt(claimed, at, result, held)
        return held

    def sweep(self, moment: datetime, pause: Pause) -> int:
        """Free every lease that has run out; how many there were.

        A reminder that was lost more than once waits for ``pause`` first, so that one which kills its
        daemon each time leaves the others time to be sent.
        """
        return self._free(tables.reminder.c.lease_until <= epoch_ms(moment), moment, pause)

    def free_leases_of(self, node: str, moment: datetime, pause: Pause) -> int:
        """Free what an earlier life of daemon ``node`` still holds, as `sweep` does; how many there were."""
        return self._free(_owned_by(node), moment, pause)

    def expire(self, moment: datetime) -> dict[int, str]:
        """End the pending reminders that would be pointless now; why each was not sent."""
        table = tables.reminder
        now = epoch_ms(moment)
        gone = and_(table.c.state == ReminderState.PENDING.value, table.c.not_after <= now)
        values = {
            "state": ReminderState.EXPIRED.value,
            "ended_at": now,
            "last_error": func.coalesce(table.c.last_error, "not sent while it was useful"),
        }
        expire = update(table).where(gone).values(**values).returning(table.c.id, table.c.last_error)
        return {row.id: row.last_error for row in self._connection.execute(expire)}

    def next_due(self) -> datetime | None:
        """When the earliest pending reminder is due."""
        table = tables.reminder
        query = select(func.min(table.c.due_at)).where(table.c.state == ReminderState.PENDING.value)
        due = self._connection.execute(query).scalar()
        return None if due is None else from_epoch_ms(due)

    def _record_attempts(self, rows: Sequence[Row[Any]], owner: str, now: int) -> None:
        begun = [{"reminder_id": r.id, "number": r.attempt, "node": owner, "started_at": now} for r in rows]
        if begun:
            self._connection.execute(insert(tables.attempt), begun)

    def _readable(self, rows: Sequence[Row[Any]], now: int) -> list[ReminderRecord]:
        records = []
        for row in rows:
            try:
                records.append(reminder_record(row))
            except ValueError:
                self._give_up(row, now)
        return records

    def _give_up(self, row: Row[Any], now: int) -> None:
        detail = "the stored reminder cannot be read"
        failed = {"state": ReminderState.FAILED.value, "ended_at": now, "last_error": detail}
        free = {"lease_owner": None, "lease_until": None}
        reminder, attempt = tables.reminder, tables.attempt
        self._connection.execute(update(reminder).where(reminder.c.id == row.id).values(**failed, **free))
        same = and_(attempt.c.reminder_id == row.id, attempt.c.number == row.attempt)
        ended = {"ended_at": now, "outcome": "unreadable", "detail": detail}
        self._connection.execute(update(attempt).where(same).values(**ended))

    def _with_addresses(self, records: Sequence[ReminderRecord]) -> list[ClaimedReminder]:
        ids = {record.recipient_id for record in records}
        table = tables.recipient
        rows = self._connection.execute(select(table.c.id, table.c.address).where(table.c.id.in_(ids)))
        addresses = {row.id: row.address for row in rows}
        return [ClaimedReminder(record=r, address=addresses[r.recipient_id]) for r in records]

    def _end_attempt(self, claimed: ClaimedReminder, at: int, result: AttemptResult, held: bool) -> None:
        table = tables.attempt
        # A sweep has called it lost already; that it ended after all is worth more.
        open_or_lost = or_(table.c.ended_at.is_(None), table.c.outcome == "lost")
        values = {
            "ended_at": at,
            "outcome": result.outcome if held else f"late {result.outcome}",
            "provider_id": result.provider_id,
            "detail": result.short_detail,
        }
        self._connection.execute(update(table).where(_attempt_of(claimed), open_or_lost).values(**values))

    def _free(self, condition: ColumnElement[bool], moment: datetime, pause: Pause) -> int:
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
        if ids:
            self._mark_lost(ids, epoch_ms(moment))
            self._hold_back(ids, moment, pause)
        return len(ids)

    def _mark_lost(self, ids: Sequence[int], at: int) -> None:
        running = and_(tables.attempt.c.reminder_id.in_(ids), tables.attempt.c.ended_at.is_(None))
        self._connection.execute(update(tables.attempt).where(running).values(ended_at=at, outcome="lost"))

    def _hold_back(self, ids: Sequence[int], moment: datetime, pause: Pause) -> None:
        attempt, reminder = tables.attempt, tables.reminder
        lost = (
            select(attempt.c.reminder_id, func.count().label("times"))
            .where(attempt.c.reminder_id.in_(ids), attempt.c.outcome == "lost")
            .group_by(attempt.c.reminder_id)
            .having(func.count() > 1)
        )
        for row in self._connection.execute(lost).all():
            due = epoch_ms(moment + pause(row.times))
            same = and_(reminder.c.id == row.reminder_id, reminder.c.state == ReminderState.PENDING.value)
            earlier = reminder.c.due_at < due
            self._connection.execute(update(reminder).where(same, earlier).values(due_at=due))


def _ours(claimed: ClaimedReminder) -> ColumnElement[bool]:
    table = tables.reminder
    return and_(
        table.c.id == claimed.record.id,
        table.c.state == ReminderState.LEASED.value,
        table.c.attempt == claimed.record.attempt,
    )


def _attempt_of(claimed: ClaimedReminder) -> ColumnElement[bool]:
    table = tables.attempt
    return and_(table.c.reminder_id == claimed.record.id, table.c.number == claimed.record.attempt)


def _owned_by(node: str) -> ColumnElement[bool]:
    """Leased by any life of ``node``: its name, an @, an epoch. Not by LIKE: SQLite ignores case there."""
    owner, prefix = tables.reminder.c.lease_owner, f"{node}@"
    epoch = func.substr(owner, len(prefix) + 1)
    return and_(func.substr(owner, 1, len(prefix)) == prefix, epoch.not_like("%@%"))
