"""The statements of the queue, made once: building one anew costs more than the database needs to run it."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    Update,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from scheduler.store import tables
from scheduler.store.json_rows import id_rows, json_rows
from scheduler.store.leases import LOST, NOT_BEGUN, SENDING
from scheduler.store.reminder_row import ReminderState

_ATTEMPT = {"id": BigInteger, "attempt": BigInteger}
_reminder, _attempt = tables.reminder, tables.attempt
# Written out, not bound: a planner that does not know the value cannot know that the partial index serves.
_PENDING: ColumnElement[str] = literal_column(f"'{ReminderState.PENDING.value}'")

HAS_DUE = select(exists().where(_reminder.c.state == _PENDING, _reminder.c.due_at <= bindparam("by_ms")))

EXPIRE = (
    update(_reminder)
    # A reminder is never put off past the end of its use, so what is of no use is due: the index finds it.
    .where(_reminder.c.state == _PENDING, _reminder.c.due_at <= bindparam("now_ms"))
    .where(_reminder.c.not_after <= bindparam("now_ms"))
    .values(
        state=ReminderState.EXPIRED.value,
        ended_at=bindparam("now_ms"),
        last_error=func.coalesce(_reminder.c.last_error, "not sent while it was useful"),
    )
    .returning(_reminder.c.id, _reminder.c.last_error)
)


@cache
def claim(on_channel: bool, but_channels: bool) -> Update:
    """Lease the first ``most`` that are due: on one channel, on any but some, or on any."""
    channel = _reminder.c.channel
    if on_channel:
        return claim_where(channel == bindparam("on_channel"), limited=True)
    if but_channels:
        return claim_where(channel.not_in(bindparam("but_channels", expanding=True)), limited=True)
    return claim_where(limited=True)


def claim_where(*conditions: ColumnElement[bool], limited: bool = False) -> Update:
    """Lease what is due ``by_ms`` and useful at ``now_ms``, for ``owner`` ``until_ms``."""
    table = _reminder
    due = (
        select(table.c.id)
        .where(table.c.state == _PENDING, table.c.due_at <= bindparam("by_ms"))
        .where(or_(table.c.not_after.is_(None), table.c.not_after > bindparam("now_ms")), *conditions)
        .order_by(table.c.priority, table.c.attempt > 0, table.c.due_at, table.c.id)
    )
    if limited:
        due = due.limit(bindparam("most"))
    # PostgreSQL: daemons do not wait for each other. SQLite ignores it and has one writer.
    chosen = due.with_for_update(skip_locked=True).cte("due")
    return (
        update(table)
        .where(table.c.id == chosen.c.id)
        .values(
            state=ReminderState.LEASED.value,
            attempt=table.c.attempt + 1,
            lease_owner=bindparam("owner"),
            lease_until=bindparam("until_ms"),
        )
        .returning(*table.c)
    )


@cache
def open_attempts(dialect: str) -> Any:
    """A row in the log for each reminder just claimed."""
    given = id_rows(dialect)
    claimed = select(_reminder.c.id, _reminder.c.attempt, bindparam("owner"), bindparam("now_ms"))
    claimed = claimed.where(_reminder.c.id.in_(select(given.c.id)))
    return insert(_attempt).from_select(["reminder_id", "number", "node", "started_at"], claimed)


@cache
def addresses(dialect: str) -> Any:
    """Where these recipients are reached, and whether they are known as broken."""
    table, given = tables.recipient, json_rows(dialect, {"id": Text})
    is_broken = table.c.broken_at.is_not(None).label("is_broken")
    return select(table.c.id, table.c.address, is_broken).where(table.c.id.in_(select(given.c.id)))


@cache
def begin(dialect: str) -> Update:
    """Mark attempts as being sent, where their reminders still stand."""
    given = json_rows(dialect, _ATTEMPT)
    stands = exists().where(
        _reminder.c.id == _attempt.c.reminder_id,
        _reminder.c.attempt == _attempt.c.number,
        _reminder.c.state == ReminderState.LEASED.value,
    )
    return (
        update(_attempt)
        .where(_same_attempt(given), _attempt.c.ended_at.is_(None), stands)
        .values(outcome=SENDING)
        .returning(_attempt.c.reminder_id)
    )


@cache
def leave(dialect: str) -> Update:
    """End attempts at what no longer stood."""
    given = json_rows(dialect, _ATTEMPT)
    running = and_(_same_attempt(given), _attempt.c.ended_at.is_(None))
    return update(_attempt).where(running).values(ended_at=bindparam("at_ms"), outcome="taken back")


@cache
def finish(dialect: str) -> Update:
    """Write results into the reminders whose leases are held."""
    texts = {"state": Text, "provider_id": Text, "detail": Text}
    given = json_rows(dialect, {**_ATTEMPT, **texts, "ended_at": BigInteger, "due_at": BigInteger})
    return (
        update(_reminder)
        .where(_reminder.c.id == given.c.id, _reminder.c.attempt == given.c.attempt)
        .where(_reminder.c.state == ReminderState.LEASED.value)
        .values(
            state=given.c.state,
            lease_owner=None,
            lease_until=None,
            provider_id=given.c.provider_id,
            last_error=given.c.detail,
            ended_at=given.c.ended_at,
            due_at=func.coalesce(given.c.due_at, _reminder.c.due_at),
        )
        .returning(_reminder.c.id)
    )


@cache
def end_attempts(dialect: str) -> Update:
    """Write results into the log."""
    given = json_rows(dialect, {**_ATTEMPT, "outcome": Text, "provider_id": Text, "detail": Text})
    # A sweep has called it lost already; that it ended after all is worth more.
    open_or_lost = or_(_attempt.c.ended_at.is_(None), _attempt.c.outcome.in_([LOST, NOT_BEGUN]))
    return (
        update(_attempt)
        .where(_same_attempt(given), open_or_lost)
        .values(
            ended_at=bindparam("at_ms"),
            outcome=given.c.outcome,
            provider_id=given.c.provider_id,
            detail=given.c.detail,
        )
    )


def _same_attempt(given: Any) -> ColumnElement[bool]:
    return and_(_attempt.c.reminder_id == given.c.id, _attempt.c.number == given.c.attempt)
