"""Claiming: lease what is due, write down that an attempt at each follows, and bring what it is sent with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select, tuple_, update

from scheduler.clock import epoch_ms
from scheduler.store import claim_statements, tables
from scheduler.store.json_rows import as_json
from scheduler.store.leases import LOST
from scheduler.store.queue_ranks import due_ranks
from scheduler.store.reminder_row import ClaimedReminder, ReminderState, record_of

_Row = tuple[Any, ...]
_ID, _ATTEMPT, _DUE_AT, _PRIORITY = map(
    claim_statements.CLAIMED.index, ("id", "attempt", "due_at", "priority")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LeasedReminder(ClaimedReminder):
    """A claimed one, with its place in the order and how often a daemon ended while sending it.

    ``is_broken``: its contact point is known to take no messages.
    """

    priority: int = 0
    times_lost: int = 0
    is_broken: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """For whom, from when and until when."""

    owner: str
    moment: datetime
    until: datetime


class Claims:
    """Reads and writes the ``reminder`` and ``attempt`` tables for one lease."""

    def __init__(self, connection: Connection, lease: Lease) -> None:
        self._connection = connection
        self._dialect = connection.dialect
        self._values = {
            "owner": lease.owner,
            "now_ms": epoch_ms(lease.moment),
            "until_ms": epoch_ms(lease.until),
        }

    def first(
        self, limit: int, due_by: datetime, channel: str | None, channels_but: Collection[str]
    ) -> list[LeasedReminder]:
        """Up to ``limit`` that are due by ``due_by``, rank by rank."""
        by_ms = epoch_ms(due_by)
        rows: list[_Row] = []
        for rank in due_ranks(self._connection, by_ms, channel, channels_but):
            if len(rows) >= limit:
                break
            place = {"on_channel": rank.channel, "of_priority": rank.priority}
            values = {"by_ms": by_ms, "most": limit - len(rows), **place, **self._values}
            rows += claim_statements.of_rank(self._dialect, rank.tried).rows(self._connection, values)
        return self._claimed(self._opened(rows))

    def rest_of(self, theirs: Collection[LeasedReminder]) -> list[LeasedReminder]:
        """What else is due for the recipients of ``theirs``, however much it is."""
        table = tables.reminder
        patients = {claimed.record.patient_id for claimed in theirs}
        recipients = {(claimed.record.recipient_id, claimed.record.channel) for claimed in theirs}
        wanted = and_(
            table.c.patient_id.in_(patients), tuple_(table.c.recipient_id, table.c.channel).in_(recipients)
        )
        values = {"by_ms": self._values["now_ms"], **self._values}
        rows = self._connection.execute(claim_statements.where(self._dialect.name, wanted), values).all()
        return self._claimed(self._opened([tuple(row) for row in rows]))

    def _opened(self, rows: list[_Row]) -> list[_Row]:
        """Write down the attempts, which on PostgreSQL is done already."""
        if rows and self._dialect.name != "postgresql":
            opened = as_json([(row[_ID], row[_ATTEMPT]) for row in rows])
            claim_statements.open_attempts(self._dialect).run(self._connection, {**opened, **self._values})
        return rows

    def _claimed(self, rows: list[_Row]) -> list[LeasedReminder]:
        rows.sort(key=_order)
        lost = failures(self._connection, [row[_ID] for row in rows if row[_ATTEMPT] > 1])
        found = (self._readable(row, lost) for row in rows)
        return [claimed for claimed in found if claimed is not None]

    def _readable(self, row: _Row, lost: Mapping[int, Counter[str]]) -> LeasedReminder | None:
        *values, priority, address, is_broken = row
        try:
            record = record_of(values)
        except ValueError:
            self._give_up(row[_ID], row[_ATTEMPT])
            return None
        times_lost = lost[record.id][LOST] if record.attempt > 1 else 0
        return LeasedReminder(
            record=record,
            address=address,
            priority=priority,
            times_lost=times_lost,
            is_broken=bool(is_broken),
        )

    def _give_up(self, number: int, tried: int) -> None:
        now, detail = self._values["now_ms"], "the stored reminder cannot be read"
        failed = {"state": ReminderState.FAILED.value, "ended_at": now, "last_error": detail}
        free = {"lease_owner": None, "lease_until": None}
        reminder, attempt = tables.reminder, tables.attempt
        self._connection.execute(update(reminder).where(reminder.c.id == number).values(**failed, **free))
        same = and_(attempt.c.reminder_id == number, attempt.c.number == tried)
        ended = {"ended_at": now, "outcome": "unreadable", "detail": detail}
        self._connection.execute(update(attempt).where(same).values(**ended))


def _order(row: _Row) -> tuple[int, bool, int, int]:
    """By priority, what was never tried first, then the earliest."""
    return (row[_PRIORITY], row[_ATTEMPT] > 1, row[_DUE_AT], row[_ID])


def failures(connection: Connection, ids: Iterable[int]) -> defaultdict[int, Counter[str]]:
    """How often earlier attempts at each of these ended in which way."""
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    wanted = list(ids)
    if not wanted:
        return found
    table = tables.attempt
    query = select(table.c.reminder_id, table.c.outcome, func.count().label("times"))
    query = query.where(table.c.reminder_id.in_(wanted), table.c.ended_at.is_not(None))
    for row in connection.execute(query.group_by(table.c.reminder_id, table.c.outcome)):
        found[row.reminder_id][row.outcome] = row.times
    return found
