"""The queue of reminders: claim, begin, finish, sweep.

::

    pending --claim--> leased --begin--> leased and being sent
                         |--accepted------> sent
                         |--refused-------> failed
                         |--later---------> pending, due at a later instant
                         |--unknown-------> pending as above; the last time unknown
                         '--lease expired-> pending, the attempt marked lost (`Leases`)
    pending, leased --recorded, moved, withheld--> cancelled
    pending --no longer useful-------------------> expired
    an ended one --called for again--------------> pending (`ReminderPlans.revive`)

The number of the attempt is the fencing token: a result is accepted only from the attempt that holds the
lease, so a daemon that slept through its lease changes nothing when it wakes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, tuple_, update

from scheduler.clock import epoch_ms
from scheduler.store import queue_statements, tables
from scheduler.store.json_rows import as_json, ids_as_json
from scheduler.store.leases import LOST, NOT_BEGUN, SENDING, Freed, Leases, Pause
from scheduler.store.reminder_row import (
    AttemptResult,
    ClaimedReminder,
    ReminderRecord,
    ReminderState,
    reminder_record,
)

__all__ = ["LOST", "NOT_BEGUN", "SENDING", "Freed", "LeasedReminder", "Pause", "ReminderQueue", "Result"]

Result = tuple[ClaimedReminder, AttemptResult]


@dataclass(frozen=True, kw_only=True, slots=True)
class LeasedReminder(ClaimedReminder):
    """A claimed one, with its place in the order and how often a daemon ended while sending it.

    ``is_broken``: its contact point is known to take no messages.
    """

    priority: int = 0
    times_lost: int = 0
    is_broken: bool = False


class ReminderQueue:
    """Reads and writes the ``reminder`` and ``attempt`` tables as the daemons work through them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._leases = Leases(connection)

    def has_due(self, until: datetime) -> bool:
        """Whether any reminder waits that is due by ``until``."""
        return bool(self._connection.execute(queue_statements.HAS_DUE, {"by_ms": epoch_ms(until)}).scalar())

    def claim(
        self,
        owner: str,
        moment: datetime,
        lease_until: datetime,
        limit: int,
        *,
        due_by: datetime | None = None,
        channel: str | None = None,
        channels_but: Collection[str] = (),
    ) -> list[LeasedReminder]:
        """Lease up to ``limit`` reminders that are due by ``due_by`` (else ``moment``) on ``channel``.

        Without a ``channel``: on any but ``channels_but``. By priority, what was never tried first, then
        the earliest. An attempt is recorded for each in the same transaction, so that the intent is durable
        before anything is sent. A row that cannot be read fails by itself and keeps nobody else waiting.
        """
        statement = queue_statements.claim(channel is not None, bool(channels_but))
        values = {
            "by_ms": epoch_ms(due_by or moment),
            "now_ms": epoch_ms(moment),
            "most": limit,
            "owner": owner,
            "until_ms": epoch_ms(lease_until),
        }
        if channel is not None:
            values["on_channel"] = channel
        elif channels_but:
            values["but_channels"] = list(channels_but)
        return self._claimed(self._connection.execute(statement, values).all(), owner, moment)

    def claim_more(
        self, owner: str, moment: datetime, lease_until: datetime, theirs: Collection[LeasedReminder]
    ) -> list[LeasedReminder]:
        """Lease what else is due at ``moment`` for the recipients of ``theirs``, however much it is."""
        table = tables.reminder
        patients = {claimed.record.patient_id for claimed in theirs}
        recipients = {(claimed.record.recipient_id, claimed.record.channel) for claimed in theirs}
        wanted = and_(
            table.c.patient_id.in_(patients), tuple_(table.c.recipient_id, table.c.channel).in_(recipients)
        )
        statement = queue_statements.claim_where(wanted)
        values = {
            "by_ms": epoch_ms(moment),
            "now_ms": epoch_ms(moment),
            "owner": owner,
            "until_ms": epoch_ms(lease_until),
        }
        return self._claimed(self._connection.execute(statement, values).all(), owner, moment)

    def begin(self, claimed: Sequence[ClaimedReminder]) -> set[int]:
        """Write down that these are being sent from now on; the ids of those that still stand.

        One that no longer stands was taken back or its lease was lost, and must not be sent.
        """
        if not claimed:
            return set()
        begun = self._connection.execute(queue_statements.begin(self._dialect), _attempts(claimed))
        return {row.reminder_id for row in begun}

    def still_stands(self, claimed: ClaimedReminder) -> bool:
        """Whether the lease is still ours and nobody has taken the reminder back."""
        table = tables.reminder
        leased = table.c.state == ReminderState.LEASED.value
        query = select(table.c.id).where(
            table.c.id == claimed.record.id, leased, table.c.attempt == claimed.record.attempt
        )
        return self._connection.execute(query).first() is not None

    def leave(self, claimed: Sequence[ClaimedReminder], moment: datetime) -> None:
        """Log that nothing was sent, because the reminders no longer stood."""
        if claimed:
            at = {"at_ms": epoch_ms(moment)}
            self._connection.execute(queue_statements.leave(self._dialect), {**_attempts(claimed), **at})

    def failures(self, ids: Iterable[int]) -> defaultdict[int, Counter[str]]:
        """How often earlier attempts at each of these ended in which way."""
        table = tables.attempt
        query = select(table.c.reminder_id, table.c.outcome, func.count().label("times"))
        query = query.where(table.c.reminder_id.in_(list(ids)), table.c.ended_at.is_not(None))
        found: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for row in self._connection.execute(query.group_by(table.c.reminder_id, table.c.outcome)):
            found[row.reminder_id][row.outcome] = row.times
        return found

    def finish(self, claimed: ClaimedReminder, result: AttemptResult, moment: datetime) -> bool:
        """Record how one attempt ended, as `finish_all` does; whether the lease was still held."""
        return bool(self.finish_all([(claimed, result)], moment))

    def finish_all(self, results: Sequence[Result], moment: datetime) -> set[int]:
        """Record how attempts ended; the ids of those whose lease was held.

        Of the others only the log is written.
        """
        if not results:
            return set()
        at = epoch_ms(moment)
        given = as_json([_ended(claimed, result, at) for claimed, result in results])
        changed = self._connection.execute(queue_statements.finish(self._dialect), given)
        held = {row.id for row in changed}
        logged = as_json([_logged(claimed, result, held) for claimed, result in results])
        statement = queue_statements.end_attempts(self._dialect)
        self._connection.execute(statement, {**logged, "at_ms": at})
        return held

    def sweep(self, moment: datetime, pause: Pause) -> Freed:
        """Free every lease that has run out by ``moment``; see `Leases`."""
        return self._leases.sweep(moment, pause)

    def free_leases_of(self, node: str, moment: datetime, pause: Pause) -> Freed:
        """Free what an earlier life of daemon ``node`` still holds, as `sweep` does."""
        return self._leases.free_leases_of(node, moment, pause)

    def expire(self, moment: datetime) -> dict[int, str]:
        """End the pending reminders that would be pointless now; why each was not sent."""
        expired = self._connection.execute(queue_statements.EXPIRE, {"now_ms": epoch_ms(moment)})
        return {row.id: row.last_error for row in expired}

    def _claimed(self, rows: Sequence[Row[Any]], owner: str, moment: datetime) -> list[LeasedReminder]:
        if not rows:
            return []
        now = epoch_ms(moment)
        rows = sorted(rows, key=lambda row: (row.priority, row.attempt > 1, row.due_at, row.id))
        begun = queue_statements.open_attempts(self._dialect)
        ids = ids_as_json([row.id for row in rows])
        self._connection.execute(begun, {**ids, "owner": owner, "now_ms": now})
        return self._with_addresses(rows, now)

    def _with_addresses(self, rows: Sequence[Row[Any]], now: int) -> list[LeasedReminder]:
        tried = [row.id for row in rows if row.attempt > 1]
        lost = self.failures(tried) if tried else {}
        addresses = self._addresses({row.recipient_id for row in rows})
        claimed = []
        for row in rows:
            record = self._readable(row, now)
            if record is not None:
                times_lost = lost[row.id][LOST] if row.attempt > 1 else 0
                leased = LeasedReminder(
                    record=record,
                    address=addresses[row.recipient_id].address,
                    is_broken=addresses[row.recipient_id].is_broken,
                    priority=row.priority,
                    times_lost=times_lost,
                )
                claimed.append(leased)
        return claimed

    def _addresses(self, recipients: Collection[str]) -> dict[str, Row[Any]]:
        given = as_json([{"id": recipient} for recipient in recipients])
        rows = self._connection.execute(queue_statements.addresses(self._dialect), given)
        return {row.id: row for row in rows}

    def _readable(self, row: Row[Any], now: int) -> ReminderRecord | None:
        try:
            return reminder_record(row)
        except ValueError:
            self._give_up(row, now)
            return None

    def _give_up(self, row: Row[Any], now: int) -> None:
        detail = "the stored reminder cannot be read"
        failed = {"state": ReminderState.FAILED.value, "ended_at": now, "last_error": detail}
        free = {"lease_owner": None, "lease_until": None}
        reminder, attempt = tables.reminder, tables.attempt
        self._connection.execute(update(reminder).where(reminder.c.id == row.id).values(**failed, **free))
        same = and_(attempt.c.reminder_id == row.id, attempt.c.number == row.attempt)
        ended = {"ended_at": now, "outcome": "unreadable", "detail": detail}
        self._connection.execute(update(attempt).where(same).values(**ended))


def _attempts(claimed: Sequence[ClaimedReminder]) -> dict[str, str]:
    return as_json([{"id": c.record.id, "attempt": c.record.attempt} for c in claimed])


def _ended(claimed: ClaimedReminder, result: AttemptResult, at: int) -> dict[str, Any]:
    return {
        "id": claimed.record.id,
        "attempt": claimed.record.attempt,
        "state": result.state.value,
        "provider_id": result.provider_id,
        "detail": result.short_detail,
        "ended_at": None if result.state is ReminderState.PENDING else at,
        "due_at": None if result.retry_at is None else epoch_ms(result.retry_at),
    }


def _logged(claimed: ClaimedReminder, result: AttemptResult, held: Collection[int]) -> dict[str, Any]:
    return {
        "id": claimed.record.id,
        "attempt": claimed.record.attempt,
        "outcome": result.outcome if claimed.record.id in held else f"late {result.outcome}",
        "provider_id": result.provider_id,
        "detail": result.short_detail,
    }
