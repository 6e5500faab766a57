"""What people did by the links in their messages. Append-only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Connection, Executable, Row, bindparam, func, insert, select

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.store import tables
from scheduler.store.json_rows import ids_as_json, ids_given
from scheduler.store.prepared import prepared

_answer = tables.answer


class AnswerKind(StrEnum):
    """GIVEN, NOT_GIVEN: recorded so. UNDONE: that was taken back. SNOOZED: to be told of it later.

    ASKED: somebody wanted a link for the dose.
    """

    GIVEN = "given"
    NOT_GIVEN = "not-given"
    UNDONE = "undone"
    SNOOZED = "snoozed"
    ASKED = "asked"


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerRecord:
    """What ``recipient_id`` did about one dose. ``told_at``: when to tell of it again, None: never."""

    patient_id: str
    dose_id: str
    recipient_id: str
    kind: AnswerKind
    answered_at: datetime
    told_at: datetime | None = None


class Answers:
    """Reads and writes the ``answer`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, answer: AnswerRecord) -> None:
        """Write it down."""
        values = {
            "patient_id": answer.patient_id,
            "dose_id": answer.dose_id,
            "recipient_id": answer.recipient_id,
            "kind": answer.kind.value,
            "answered_at": epoch_ms(answer.answered_at),
            "told_at": None if answer.told_at is None else epoch_ms(answer.told_at),
        }
        self._connection.execute(insert(_answer).values(**values))

    def of_dose(self, patient_id: str, dose_id: str) -> list[AnswerRecord]:
        """Everybody's answers to one dose, oldest first."""
        same = (_answer.c.patient_id == patient_id, _answer.c.dose_id == dose_id)
        rows = self._connection.execute(select(_answer).where(*same).order_by(_answer.c.id))
        return [_record(row) for row in rows]

    def to_be_told(self, patient_ids: Collection[str], since: datetime) -> list[AnswerRecord]:
        """What these patients' doses are to be told for, ``since`` then or later, oldest first."""
        values = {**ids_as_json(patient_ids), "since_ms": epoch_ms(since)}
        rows = _to_be_told(self._connection.dialect).records(self._connection, values)
        return [_record(row) for row in rows]

    def count_asked(self, patient_id: str, since: datetime) -> int:
        """How often a link to one of the patient's doses was asked for ``since`` then, by recipient."""
        theirs = (_answer.c.patient_id == patient_id, _answer.c.kind == AnswerKind.ASKED.value)
        query = select(func.count()).where(*theirs, _answer.c.answered_at >= epoch_ms(since))
        return int(self._connection.execute(query).scalar_one())


@prepared
def _to_be_told(dialect: str) -> Executable:
    since = bindparam("since_ms", type_=BigInteger)
    theirs = (_answer.c.patient_id.in_(ids_given(dialect)), _answer.c.told_at >= since)
    return select(_answer).where(*theirs).order_by(_answer.c.id)


def _record(row: Row[Any]) -> AnswerRecord:
    return AnswerRecord(
        patient_id=row.patient_id,
        dose_id=row.dose_id,
        recipient_id=row.recipient_id,
        kind=AnswerKind(row.kind),
        answered_at=from_epoch_ms(row.answered_at),
        told_at=None if row.told_at is None else from_epoch_ms(row.told_at),
    )
