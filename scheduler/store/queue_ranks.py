"""Who comes first in the queue: the ranks of what is due, found without looking at all that is due.

A claim that sorted everything due would cost more the more there is, and it is made when there is most. So
two indexes keep the queue in the order of its claims, one what was never tried and one what was: by channel,
priority, due instant. A rank is a stretch of one of them. There are few, and each is found by one step from
the one before.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    select,
)

from scheduler.store import tables
from scheduler.store.prepared import prepared
from scheduler.store.reminder_row import ReminderState

_reminder = tables.reminder
# Written out, not bound: a planner that does not know the values cannot know that the partial indexes serve.
PENDING: ColumnElement[bool] = _reminder.c.state == literal_column(f"'{ReminderState.PENDING.value}'")


@dataclass(frozen=True, slots=True, order=True)
class Rank:
    """What has one priority on one channel, and was tried before or was not; in the order of claims."""

    priority: int
    tried: bool
    channel: str


def due_ranks(
    connection: Connection, by_ms: int, channel: str | None = None, channels_but: Collection[str] = ()
) -> list[Rank]:
    """The ranks of what is due ``by_ms``, the first first: on ``channel``, or on any but ``channels_but``."""
    on = [channel] if channel is not None else _waiting_channels(connection, channels_but)
    priorities = _due_priorities(connection.dialect)
    found = [
        Rank(priority, bool(tried), name)
        for name in on
        for priority, tried in priorities.rows(connection, {"on_channel": name, "by_ms": by_ms})
    ]
    return sorted(found)


def in_rank(tried: bool) -> ColumnElement[bool]:
    """Pending, on ``on_channel``, of ``of_priority``."""
    same = (_reminder.c.channel == bindparam("on_channel"), _reminder.c.priority == bindparam("of_priority"))
    return _waiting(tried) & same[0] & same[1]


def _waiting_channels(connection: Connection, but: Collection[str]) -> list[str]:
    found = {name for (name,) in _channels(connection.dialect).rows(connection, {})}
    return sorted(found.difference(but))


def _waiting(tried: bool) -> ColumnElement[bool]:
    zero: ColumnElement[int] = literal_column("0")
    return PENDING & (_reminder.c.attempt > zero if tried else _reminder.c.attempt == zero)


@prepared
def _channels(_: str) -> Executable:
    never, before = (_distinct(_reminder.c.channel, _waiting(tried)) for tried in (False, True))
    return never.union(before)


@prepared
def _due_priorities(_: str) -> Executable:
    never, before = (_due_priorities_of(tried) for tried in (False, True))
    return never.union_all(before)


def _due_priorities_of(tried: bool) -> Select[Any]:
    there = _waiting(tried) & (_reminder.c.channel == bindparam("on_channel"))
    each = _distinct(_reminder.c.priority, there).subquery()
    due = exists().where(
        there, _reminder.c.priority == each.c.value, _reminder.c.due_at <= bindparam("by_ms")
    )
    return select(each.c.value.label("priority"), literal_column(str(int(tried))).label("tried")).where(due)


def _distinct(column: ColumnElement[Any], condition: ColumnElement[bool]) -> Select[Any]:
    """The values of ``column``, each found by one look into an index for the next larger one."""
    first = select(func.min(column).label("value")).where(condition).cte(recursive=True)
    larger = select(func.min(column)).where(condition, column > first.c.value).scalar_subquery()
    steps = first.union_all(select(larger).where(first.c.value.is_not(None)))
    return select(steps.c.value).where(steps.c.value.is_not(None))
