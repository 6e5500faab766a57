"""Who is reminded, by which channel, at which address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Executable, Row, and_, case, func, insert, or_, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.errors import NotFoundError
from scheduler.store import tables
from scheduler.store.json_rows import ids_as_json, ids_given
from scheduler.store.prepared import prepared
from scheduler.store.reminder_row import ReminderRecord


class RecipientRole(StrEnum):
    """PERSON is told of every dose. ESCALATION is told of one that nobody records, and has to agree to it.

    Of a caseload, PERSON gets every digest, and STAND_IN one that could not be sent to another.
    """

    PERSON = "person"
    ESCALATION = "escalation"
    STAND_IN = "stand-in"


class BrokenHow(StrEnum):
    """REFUSED: the provider said so at once. BOUNCED: it took the message and sent it back."""

    REFUSED = "refused"
    BOUNCED = "bounced"


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientRecord:
    """One contact point of a patient or of somebody who cares for them, or of whoever has a caseload.

    ``verified_how`` is `BY_CODE`, or why somebody answered for it. Nothing but a code goes to one that is not
    verified, nor to one whose owner unsubscribed it. One that is broken is tried all the same, for it may be
    well again.
    """

    id: str
    patient_id: str | None
    channel: str
    address: str
    privacy: str
    added_at: datetime
    role: RecipientRole = RecipientRole.PERSON
    consented_at: datetime | None = None
    caseload_id: str | None = None
    verified_at: datetime | None = None
    verified_how: str | None = None
    broken_at: datetime | None = None
    broken_how: BrokenHow | None = None
    unsubscribed_at: datetime | None = None

    @property
    def subject_id(self) -> str:
        """The patient's id, or the caseload's."""
        return self.patient_id or self.caseload_id or ""

    @property
    def is_told(self) -> bool:
        """Whether anything but a code goes there."""
        return self.verified_at is not None and self.unsubscribed_at is None

    def is_told_of(self, due_at: datetime) -> bool:
        """Whether a dose due then came after it was added and verified, and it is told of any."""
        if self.verified_at is None or self.unsubscribed_at is not None:
            return False
        return due_at >= max(self.added_at, self.verified_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Of whom a contact point is told: a patient or a caseload, and never both."""

    patient_id: str | None
    caseload_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SentCode:
    """A code that was sent to a contact point: its hash, when, and how many wrong ones were tried since."""

    hash: bytes
    sent_at: datetime
    tries: int


BY_CODE = "code"


class Recipients:
    """Reads and writes the ``recipient`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, recipient: RecipientRecord) -> None:
        """Raises ConflictError where the patient or caseload has this address on this channel already."""
        values = {
            "id": recipient.id,
            "patient_id": recipient.patient_id,
            "caseload_id": recipient.caseload_id,
            "channel": recipient.channel,
            "address": recipient.address,
            "privacy": recipient.privacy,
            "role": recipient.role.value,
            "consented_at": None if recipient.consented_at is None else epoch_ms(recipient.consented_at),
            "added_at": epoch_ms(recipient.added_at),
            "verified_at": None if recipient.verified_at is None else epoch_ms(recipient.verified_at),
            "verified_how": recipient.verified_how,
            "code_tries": 0,
        }
        self._connection.execute(insert(tables.recipient).values(**values))

    def get(self, recipient_id: str) -> RecipientRecord:
        """Raises NotFoundError, also where it was removed."""
        found = self.find(recipient_id)
        if found is None:
            raise NotFoundError(f"there is no recipient {recipient_id!r}; see 'dosecal recipient list'")
        return found

    def find(self, recipient_id: str) -> RecipientRecord | None:
        """None where there is none, or it was removed."""
        table = tables.recipient
        query = select(table).where(table.c.id == recipient_id, table.c.removed_at.is_(None))
        row = self._connection.execute(query).first()
        return None if row is None else _record(row)

    def of_all(self) -> list[RecipientRecord]:
        """Every patient's, by patient."""
        table = tables.recipient
        of_patients = select(table).where(table.c.patient_id.is_not(None), table.c.removed_at.is_(None))
        query = of_patients.order_by(table.c.patient_id, table.c.added_at)
        return [_record(row) for row in self._connection.execute(query)]

    def channels(self) -> set[str]:
        """The channels by which anybody is reached."""
        table = tables.recipient
        query = select(table.c.channel).where(table.c.removed_at.is_(None)).distinct()
        return set(self._connection.execute(query).scalars())

    def of(self, patient_ids: Sequence[str]) -> dict[str, list[RecipientRecord]]:
        """The recipients of each patient, oldest first."""
        rows = _of_patients(self._connection.dialect).records(self._connection, ids_as_json(patient_ids))
        return _by_subject(rows)

    def of_caseloads(self, caseload_ids: Sequence[str]) -> dict[str, list[RecipientRecord]]:
        """The contact points of each caseload, oldest first."""
        table = tables.recipient
        theirs = select(table).where(table.c.caseload_id.in_(caseload_ids), table.c.removed_at.is_(None))
        return _by_subject(self._connection.execute(theirs.order_by(table.c.added_at, table.c.id)))

    def beside(self, record: ReminderRecord) -> list[RecipientRecord]:
        """The contact points of whomever ``record`` is of, oldest first."""
        if record.caseload_id is not None:
            return self.of_caseloads([record.caseload_id]).get(record.caseload_id, [])
        return self.of([record.subject_id]).get(record.subject_id, [])

    def caseloads(self, after: str, limit: int) -> list[str]:
        """Up to ``limit`` ids, after ``after`` and in order, of caseloads that have a contact point."""
        column = tables.recipient.c.caseload_id
        query = select(column).distinct().where(column > after, tables.recipient.c.removed_at.is_(None))
        return list(self._connection.execute(query.order_by(column).limit(limit)).scalars())

    def told(self, patient_ids: Sequence[str]) -> dict[str, list[RecipientRecord]]:
        """Those of `of` to whom reminders go, without the patients who have none."""
        found = {
            patient: [recipient for recipient in recipients if recipient.is_told]
            for patient, recipients in self.of(patient_ids).items()
        }
        return {patient: recipients for patient, recipients in found.items() if recipients}

    def subjects_at(self, channel: str, address: str) -> list[Subject]:
        """Whose reminders or digests go or went to ``address``, however it writes its letters."""
        table = tables.recipient
        same = and_(table.c.channel == channel, func.lower(table.c.address) == address.lower())
        columns = (table.c.patient_id, table.c.caseload_id)
        rows = self._connection.execute(select(*columns).where(same).distinct().order_by(*columns))
        return [Subject(patient_id=row.patient_id, caseload_id=row.caseload_id) for row in rows]

    def code(self, recipient_id: str) -> SentCode | None:
        """The last code that was sent there and not used; None where there is none."""
        table = tables.recipient
        row = self._connection.execute(select(table).where(table.c.id == recipient_id)).one()
        if row.code_hash is None:
            return None
        return SentCode(hash=row.code_hash, sent_at=from_epoch_ms(row.code_sent_at), tries=row.code_tries)

    def put_code(self, recipient_id: str, code: SentCode) -> None:
        """Remember a code in place of an earlier one, or how often it was tried."""
        values = {"code_hash": code.hash, "code_sent_at": epoch_ms(code.sent_at), "code_tries": code.tries}
        self._change(recipient_id, values)

    def verify(self, recipient_id: str, moment: datetime, how: str) -> None:
        """From ``moment`` on it is verified, unless it was before; and it is broken no more.

        One that was unsubscribed begins anew: what came due meanwhile is not told of.
        """
        table, at = tables.recipient, epoch_ms(moment)
        is_told = table.c.unsubscribed_at.is_(None)
        first = case((is_told, func.coalesce(table.c.verified_at, at)), else_=at)
        values = {"verified_at": first, "verified_how": how, "code_hash": None, "code_sent_at": None}
        well = {"broken_at": None, "broken_how": None, "unsubscribed_at": None}
        self._change(recipient_id, {**values, **well, "code_tries": 0})

    def unsubscribe(self, recipient_id: str, moment: datetime) -> bool:
        """Let nothing go there from now on; whether that is news: also where a code went there since."""
        table = tables.recipient
        is_told = or_(table.c.unsubscribed_at.is_(None), table.c.unsubscribed_at < table.c.code_sent_at)
        told = and_(table.c.id == recipient_id, is_told)
        changed = update(table).where(told).values(unsubscribed_at=epoch_ms(moment)).returning(table.c.id)
        return self._connection.execute(changed).first() is not None

    def subscribe_again(self, recipient_id: str) -> None:
        """As if it had never been unsubscribed."""
        self._change(recipient_id, {"unsubscribed_at": None})

    def mark_broken(self, recipient_id: str, moment: datetime, how: BrokenHow) -> bool:
        """Whether that is news: it was not marked as broken before."""
        table = tables.recipient
        well = and_(table.c.id == recipient_id, table.c.broken_at.is_(None), table.c.removed_at.is_(None))
        values = {"broken_at": epoch_ms(moment), "broken_how": how.value}
        marked = update(table).where(well).values(**values).returning(table.c.id)
        return self._connection.execute(marked).first() is not None

    def mend_refused(self, recipient_ids: Collection[str]) -> None:
        """These took a message: those that had refused one are broken no more."""
        table = tables.recipient
        refused = and_(table.c.id.in_(recipient_ids), table.c.broken_how == BrokenHow.REFUSED.value)
        self._connection.execute(update(table).where(refused).values(broken_at=None, broken_how=None))

    def remove(self, recipient_id: str, moment: datetime) -> None:
        """Stop using it; what was sent there stays in the log."""
        same = tables.recipient.c.id == recipient_id
        self._connection.execute(update(tables.recipient).where(same).values(removed_at=epoch_ms(moment)))

    def _change(self, recipient_id: str, values: dict[str, Any]) -> None:
        same = tables.recipient.c.id == recipient_id
        self._connection.execute(update(tables.recipient).where(same).values(**values))


@prepared
def _of_patients(dialect: str) -> Executable:
    table = tables.recipient
    theirs = select(table).where(table.c.patient_id.in_(ids_given(dialect)), table.c.removed_at.is_(None))
    return theirs.order_by(table.c.added_at, table.c.id)


def _by_subject(rows: Iterable[Row[Any]]) -> dict[str, list[RecipientRecord]]:
    found: defaultdict[str, list[RecipientRecord]] = defaultdict(list)
    for row in rows:
        record = _record(row)
        found[record.subject_id].append(record)
    return found


def _record(row: Row[Any]) -> RecipientRecord:
    return RecipientRecord(
        id=row.id,
        patient_id=row.patient_id,
        caseload_id=row.caseload_id,
        channel=row.channel,
        address=row.address,
        privacy=row.privacy,
        added_at=from_epoch_ms(row.added_at),
        role=RecipientRole(row.role),
        consented_at=_moment(row.consented_at),
        verified_at=_moment(row.verified_at),
        verified_how=row.verified_how,
        broken_at=_moment(row.broken_at),
        broken_how=None if row.broken_how is None else BrokenHow(row.broken_how),
        unsubscribed_at=_moment(row.unsubscribed_at),
    )


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_epoch_ms(milliseconds)
