"""The ledger and the log held against each other.

I1 every reminder is told or explained. I2 copies are bounded, for each reminder by the attempts that may
have reached the server, and in all by the seats of what was killed or stopped. I3 nothing comes before its
time. I5 every receipt has an attempt in the log. I4 needs people who record: see `test_rows_and_plans`.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from scheduler.clock import epoch_ms
from scheduler.store.reminder_queue import LOST, NOT_BEGUN
from scheduler.store.reminder_row import AttemptRecord, ClaimedReminder, ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store
from tests.faults.campaign.fleet import Member
from tests.faults.campaign.ledger import Receipt

_PAGE = 2000
_NOTHING_LEFT = {None, NOT_BEGUN, "given back", "taken back"}
"""The outcomes of attempts that handed nothing to the server; None: claimed and not begun yet."""

_SUSPECT_AFTER = 2
_ENDED_ALONE = "daemons ended while sending it"


@dataclass(kw_only=True, slots=True)
class Rescues:
    """Seconds until what a killed daemon held was accepted by way of another attempt.

    ``restarted``: where the same daemon started again, how long it ran until then, in one life or several.
    ``others``: from its death, where another saw the lease run out. ``held_back``: from its death, of what
    was lost twice and therefore waits on purpose.
    """

    restarted: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    held_back: list[float] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class Verdict:
    """What came of ``planned`` reminders. ``faults``: sentences, none where every invariant holds."""

    planned: int
    told: int
    set_aside: int
    lost: int
    copies: int
    most_copies: int
    early: int
    lost_attempts: int
    not_begun: int
    rescues: Rescues
    faults: tuple[str, ...]


def verdict(
    store: Store, receipts: Sequence[Receipt], members: Sequence[Member], most_copies: int
) -> Verdict:
    """Look at everything; ``most_copies``: the bound on copies in all."""
    records = _records(store)
    attempts = _attempts(store, [record.id for record in records])
    heard = _by_message(receipts)
    outcomes = Counter(a.outcome for tried in attempts.values() for a in tried)
    seen = _Seen(records, attempts, heard)
    copies = len(receipts) - len(heard)
    return Verdict(
        planned=len(records),
        told=sum(message_id(record) in heard for record in records),
        set_aside=sum(_ENDED_ALONE in (record.last_error or "") for record in records),
        lost=len(seen.lost()),
        copies=copies,
        most_copies=most_copies,
        early=len(seen.early()),
        lost_attempts=outcomes[LOST],
        not_begun=outcomes[NOT_BEGUN],
        rescues=_rescues(attempts, members),
        faults=(*seen.faults(), *([f"{copies} copies in all"] if copies > most_copies else [])),
    )


def without_intent(store: Store, receipts: Sequence[Receipt]) -> list[int]:
    """The reminders that were told more often than the log says that it was tried."""
    records = _records(store)
    attempts = _attempts(store, [record.id for record in records])
    return _Seen(records, attempts, _by_message(receipts)).told_too_often()


def message_id(record: ReminderRecord) -> str:
    """The one that every mail of this reminder has."""
    key = ClaimedReminder(record=record, address="").idempotency_key
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@localhost>"


class _Seen:
    """What breaks an invariant, by the id of the reminder."""

    def __init__(
        self,
        records: Sequence[ReminderRecord],
        attempts: Mapping[int, Sequence[AttemptRecord]],
        heard: Mapping[str, Sequence[Receipt]],
    ) -> None:
        self._heard = {record.id: heard.get(message_id(record), ()) for record in records}
        self._records = records
        self._attempts = attempts
        self._strangers = heard.keys() - {message_id(record) for record in records}

    def faults(self) -> Iterator[str]:
        """A sentence for each kind."""
        found = {
            "lost": self.lost(),
            "told more often than attempts may have reached the server": self.told_too_often(),
            "told before their time": self.early(),
            "with a gap in the log": self._gaps(),
        }
        for what, ids in found.items():
            if ids:
                yield f"{len(ids)} reminders {what}: {ids[:5]}"
        if self._strangers:
            yield f"{len(self._strangers)} mails without a reminder"

    def lost(self) -> list[int]:
        """I1: neither told nor explained, or called sent and never received, or still waiting."""
        return [record.id for record in self._records if not self._is_told_or_explained(record)]

    def _is_told_or_explained(self, record: ReminderRecord) -> bool:
        if record.state is ReminderState.SENT:
            return bool(self._heard[record.id])
        return record.ended_at is not None and record.last_error is not None

    def early(self) -> list[int]:
        """I3."""
        return [
            record.id
            for record in self._records
            if any(receipt.at < epoch_ms(record.dose_due_at) for receipt in self._heard[record.id])
        ]

    def told_too_often(self) -> list[int]:
        """I2 and I5, for each reminder."""
        return [
            record.id
            for record in self._records
            if len(self._heard[record.id]) > self._may_have_left(record.id)
        ]

    def _may_have_left(self, reminder: int) -> int:
        return sum(a.outcome not in _NOTHING_LEFT for a in self._attempts.get(reminder, ()))

    def _gaps(self) -> list[int]:
        """I5: attempts are numbered without a gap and all of them have ended."""
        return [
            reminder
            for reminder, tried in self._attempts.items()
            if [a.number for a in tried] != list(range(1, len(tried) + 1))
            or any(not a.ended_at for a in tried)
        ]


def _by_message(receipts: Sequence[Receipt]) -> dict[str, list[Receipt]]:
    heard: defaultdict[str, list[Receipt]] = defaultdict(list)
    for receipt in receipts:
        heard[receipt.message_id].append(receipt)
    return heard


def _rescues(attempts: Mapping[int, Sequence[AttemptRecord]], members: Sequence[Member]) -> Rescues:
    rescues = Rescues()
    by_name = {member.name: member for member in members}
    for tried in attempts.values():
        lost = 0
        for attempt, following in pairwise(tried):
            lost += attempt.outcome == LOST
            member = by_name.get(attempt.node.partition("@")[0])
            died_at = member.deaths.get(attempt.node) if member else None
            if member is None or died_at is None or not _is_rescue(died_at, following):
                continue
            is_suspect = attempt.outcome == LOST and lost >= _SUSPECT_AFTER
            _note(rescues, member, died_at, following, is_suspect=is_suspect)
    return rescues


def _is_rescue(died_at: int, following: AttemptRecord) -> bool:
    """Where the next daemon was killed too, the clock starts anew with its death.

    A lease may also have run out before its daemon died, because it was stopped.
    """
    return following.outcome == "accepted" and epoch_ms(following.started_at) >= died_at


def _note(
    rescues: Rescues, member: Member, died_at: int, following: AttemptRecord, *, is_suspect: bool
) -> None:
    assert following.ended_at is not None
    accepted_at, claimed_at = epoch_ms(following.ended_at), epoch_ms(following.started_at)
    if is_suspect:
        rescues.held_back.append((accepted_at - died_at) / 1000)
    elif member.up_ms(died_at, claimed_at):
        rescues.restarted.append(member.up_ms(died_at, accepted_at) / 1000)
    else:
        rescues.others.append((accepted_at - died_at) / 1000)


def _records(store: Store) -> list[ReminderRecord]:
    with store.reading() as work:
        return [*work.reminder_log.upcoming(None, 10**7), *work.reminder_log.ended(None, 10**7)]


def _attempts(store: Store, ids: Sequence[int]) -> dict[int, list[AttemptRecord]]:
    found: defaultdict[int, list[AttemptRecord]] = defaultdict(list)
    for start in range(0, len(ids), _PAGE):
        with store.reading() as work:
            for attempt in work.reminder_log.attempts(ids[start : start + _PAGE]):
                found[attempt.reminder.id].append(attempt)
    return found
