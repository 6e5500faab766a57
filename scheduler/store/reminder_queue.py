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
from datetime import datetime

from sqlalchemy import Connection, select

from scheduler.clock import epoch_ms
from scheduler.store import queue_statements, tables
from scheduler.store.claims import Claims, Lease, LeasedReminder, failures
from scheduler.store.json_rows import as_json
from scheduler.store.leases import LOST, NOT_BEGUN, SENDING, Freed, Leases, Pause
from scheduler.store.queue_ranks import due_ranks
from scheduler.store.reminder_row import AttemptResult, ClaimedReminder, ReminderState

__all__ = ["LOST", "NOT_BEGUN", "SENDING", "Freed", "LeasedReminder", "Pause", "ReminderQueue", "Result"]

Result = tuple[ClaimedReminder, AttemptResult]
Values = tuple[int | str | None, ...]


class ReminderQueue:
    """Reads and writes the ``reminder`` and ``attempt`` tables as the daemons work through them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect
        self._leases = Leases(connection)

    def has_due(self, until: datetime) -> bool:
        """Whether any reminder waits that is due by ``until``."""
        return bool(due_ranks(self._connection, epoch_ms(until)))

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
        claims = Claims(self._connection, Lease(owner=owner, moment=moment, until=lease_until))
        return claims.first(limit, due_by or moment, channel, channels_but)

    def claim_more(
        self, owner: str, moment: datetime, lease_until: datetime, theirs: Collection[LeasedReminder]
    ) -> list[LeasedReminder]:
        """Lease what else is due at ``moment`` for the recipients of ``theirs``, however much it is."""
        return Claims(self._connection, Lease(owner=owner, moment=moment, until=lease_until)).rest_of(theirs)

    def begin(self, claimed: Sequence[ClaimedReminder]) -> set[int]:
        """Write down that these are being sent from now on; the ids of those that still stand.

        One that no longer stands was taken back or its lease was lost, and must not be sent.
        """
        if not claimed:
            return set()
        begun = queue_statements.begin(self._dialect).rows(self._connection, _attempts(claimed))
        return {number for (number,) in begun}

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
            queue_statements.leave(self._dialect).run(self._connection, {**_attempts(claimed), **at})

    def failures(self, ids: Iterable[int]) -> defaultdict[int, Counter[str]]:
        """How often earlier attempts at each of these ended in which way."""
        return failures(self._connection, ids)

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
        changed = queue_statements.finish(self._dialect).rows(self._connection, given)
        held = {number for (number,) in changed}
        logged = as_json([_logged(claimed, result, held) for claimed, result in results])
        queue_statements.end_attempts(self._dialect).run(self._connection, {**logged, "at_ms": at})
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


def _attempts(claimed: Sequence[ClaimedReminder]) -> dict[str, str]:
    """Rows of `queue_statements.ATTEMPT`."""
    return as_json([(c.record.id, c.record.attempt) for c in claimed])


def _ended(claimed: ClaimedReminder, result: AttemptResult, at: int) -> Values:
    """A row of `queue_statements.ENDED`."""
    ended_at = None if result.state is ReminderState.PENDING else at
    due_at = None if result.retry_at is None else epoch_ms(result.retry_at)
    state, provider_id, detail = result.state.value, result.provider_id, result.short_detail
    return (claimed.record.id, claimed.record.attempt, state, provider_id, detail, ended_at, due_at)


def _logged(claimed: ClaimedReminder, result: AttemptResult, held: Collection[int]) -> Values:
    """A row of `queue_statements.LOGGED`."""
    outcome = result.outcome if claimed.record.id in held else f"late {result.outcome}"
    return (claimed.record.id, claimed.record.attempt, outcome, result.provider_id, result.short_detail)
