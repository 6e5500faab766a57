"""The statements of a claim, made once: building one anew costs more than the database needs to run it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Select,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from scheduler.store import tables
from scheduler.store.json_rows import json_rows
from scheduler.store.prepared import prepared
from scheduler.store.queue_ranks import PENDING, in_rank
from scheduler.store.reminder_row import COLUMNS, ReminderState

_reminder, _attempt = tables.reminder, tables.attempt
_OPENED = ["reminder_id", "number", "node", "started_at"]


CLAIMED = (*COLUMNS, "priority", "address", "is_broken")
"""What stands in a row."""


@prepared
def of_rank(dialect: str, tried: bool) -> Executable:
    """Lease the earliest ``most`` of one rank; a row of `CLAIMED` for each."""
    due = _due(in_rank(tried)).order_by(_reminder.c.due_at).limit(bindparam("most"))
    return _claim(dialect, due)


def where(dialect: str, condition: ColumnElement[bool]) -> Executable:
    """Lease all that is due under ``condition``; rows as of `of_rank`."""
    return _claim(dialect, _due(PENDING & condition))


@prepared
def open_attempts(dialect: str) -> Executable:
    """A row in the log for each reminder just claimed, on SQLite, which changes one table in a statement."""
    given = json_rows(dialect, {"id": BigInteger, "attempt": BigInteger})
    return insert(_attempt).from_select(_OPENED, _opened(given))


def _due(condition: ColumnElement[bool]) -> Select[tuple[int]]:
    useful = or_(_reminder.c.not_after.is_(None), _reminder.c.not_after > bindparam("now_ms"))
    return select(_reminder.c.id).where(condition, _reminder.c.due_at <= bindparam("by_ms"), useful)


def _claim(dialect: str, due: Select[tuple[int]]) -> Executable:
    if dialect != "postgresql":
        on_file: Executable = _lease(_reminder.c.id.in_(due))
        return on_file
    # Daemons do not wait for each other. As an array: a planner that guesses how many they are may read the
    # whole table to find them.
    ids = func.array(due.with_for_update(skip_locked=True).scalar_subquery())
    leased = _lease(_reminder.c.id == func.any(ids)).cte("leased")
    opened = insert(_attempt).from_select(_OPENED, _opened(leased)).cte("opened")
    rows: Executable = select(*leased.c).add_cte(opened)
    return rows


def _lease(chosen: ColumnElement[bool]) -> Any:
    recipient = tables.recipient
    same = recipient.c.id == _reminder.c.recipient_id
    address = select(recipient.c.address).where(same).scalar_subquery().label("address")
    is_broken = select(recipient.c.broken_at.is_not(None)).where(same).scalar_subquery().label("is_broken")
    return (
        update(_reminder)
        .where(chosen)
        .values(
            state=ReminderState.LEASED.value,
            attempt=_reminder.c.attempt + 1,
            lease_owner=bindparam("owner"),
            lease_until=bindparam("until_ms"),
        )
        .returning(*(_reminder.c[name] for name in COLUMNS), _reminder.c.priority, address, is_broken)
    )


def _opened(leased: Any) -> Select[Any]:
    return select(leased.c.id, leased.c.attempt, bindparam("owner"), bindparam("now_ms"))
