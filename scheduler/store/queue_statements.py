"""The statements of the queue, made once: building one anew costs more than the database needs to run it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Text,
    and_,
    bindparam,
    exists,
    func,
    or_,
    update,
)

from scheduler.store import tables
from scheduler.store.json_rows import json_rows
from scheduler.store.leases import LOST, NOT_BEGUN, SENDING
from scheduler.store.prepared import prepared
from scheduler.store.queue_ranks import PENDING
from scheduler.store.reminder_row import ReminderState

_TEXTS = {"provider_id": Text, "detail": Text}
ATTEMPT = {"id": BigInteger, "attempt": BigInteger}
ENDED = {**ATTEMPT, "state": Text, **_TEXTS, "ended_at": BigInteger, "due_at": BigInteger}
LOGGED = {**ATTEMPT, "outcome": Text, **_TEXTS}
_reminder, _attempt = tables.reminder, tables.attempt

_WHY_EXPIRED = func.coalesce(_reminder.c.last_error, "not sent while it was useful")

EXPIRE = (
    update(_reminder)
    .where(PENDING, _reminder.c.not_after <= bindparam("now_ms"))
    .values(state=ReminderState.EXPIRED.value, ended_at=bindparam("now_ms"), last_error=_WHY_EXPIRED)
    .returning(_reminder.c.id, _reminder.c.last_error)
)


@prepared
def begin(dialect: str) -> Executable:
    """Mark attempts as being sent, where their reminders still stand."""
    given = json_rows(dialect, ATTEMPT)
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


@prepared
def leave(dialect: str) -> Executable:
    """End attempts at what no longer stood."""
    given = json_rows(dialect, ATTEMPT)
    running = and_(_same_attempt(given), _attempt.c.ended_at.is_(None))
    return update(_attempt).where(running).values(ended_at=bindparam("at_ms"), outcome="taken back")


@prepared
def finish(dialect: str) -> Executable:
    """Write results into the reminders whose leases are held."""
    given = json_rows(dialect, ENDED)
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


@prepared
def end_attempts(dialect: str) -> Executable:
    """Write results into the log."""
    given = json_rows(dialect, LOGGED)
    # A sweep has called it lost already; that it ended after all is worth more.
    open_or_lost = or_(
        _attempt.c.ended_at.is_(None), _attempt.c.outcome == LOST, _attempt.c.outcome == NOT_BEGUN
    )
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
