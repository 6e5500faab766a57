"""What an audit of the reminders reads: nothing of the planner's and nothing of the queue's is used."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from scheduler.clock import from_epoch_ms
from scheduler.store import tables

_DUE = "due"
_DIGEST = "digest"
_UNSENT = ("not begun", "taken back", "given back", "late given back")
"""Outcomes of attempts of which nothing reached a channel; nor did anything of one without an outcome."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditedPatient:
    """Up to which instant a patient's reminders are planned."""

    id: str
    created_at: datetime
    planned_until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditedCaseload:
    """A caseload, what was chosen for its digest and since when, and up to which instant they are planned.

    ``document`` and ``chosen_at`` None: nothing was chosen.
    """

    id: str
    zone: ZoneInfo
    planned_until: datetime
    document: dict[str, Any] | None
    chosen_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditedReminder:
    """What became of telling one recipient that one dose is due, or of one digest of a caseload.

    ``told_at``: the instant it was put off to, by quiet hours or a spread; None: it was not. ``tried_at``:
    when the last attempt began that reached a channel; None: there was none.
    """

    id: int
    patient_id: str | None
    dose_id: str
    recipient_id: str
    planned_at: datetime
    told_at: datetime | None
    ended_at: datetime | None
    last_error: str | None
    tried_at: datetime | None
    caseload_id: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Patient, dose and recipient; or caseload, digest and contact point."""
        return (self.patient_id or self.caseload_id or "", self.dose_id, self.recipient_id)


class Audit:
    """Reads the ``patient``, ``caseload``, ``digest``, ``reminder`` and ``attempt`` tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def patients(self, after: str, limit: int) -> list[AuditedPatient]:
        """Up to ``limit`` patients whose ids come after ``after``, by id."""
        table = tables.patient
        query = select(table.c.id, table.c.created_at, table.c.reminders_planned_until)
        query = query.where(table.c.id > after).order_by(table.c.id).limit(limit)
        return [
            AuditedPatient(
                id=row.id,
                created_at=from_epoch_ms(row.created_at),
                planned_until=from_epoch_ms(row.reminders_planned_until),
            )
            for row in self._connection.execute(query)
        ]

    def told_due(self, patient_ids: Collection[str], dose_ids: Collection[str]) -> list[AuditedReminder]:
        """The reminders that these doses of these patients are due, in any state."""
        table = tables.reminder
        return self._told(table.c.patient_id.in_(patient_ids), table.c.dose_id.in_(dose_ids), step=_DUE)

    def caseloads(self, caseload_ids: Collection[str]) -> list[AuditedCaseload]:
        """These caseloads, by id."""
        table, chosen = tables.caseload, tables.digest
        current = and_(chosen.c.caseload_id == table.c.id, chosen.c.superseded_at.is_(None))
        query = select(table, chosen.c.document, chosen.c.set_at).select_from(
            table.outerjoin(chosen, current)
        )
        rows = self._connection.execute(query.where(table.c.id.in_(caseload_ids)).order_by(table.c.id))
        return [
            AuditedCaseload(
                id=row.id,
                zone=ZoneInfo(row.zone),
                planned_until=from_epoch_ms(row.digests_planned_until),
                document=None if row.document is None else json.loads(row.document),
                chosen_at=_instant(row.set_at),
            )
            for row in rows
        ]

    def digests(self, caseload_ids: Collection[str], digest_ids: Collection[str]) -> list[AuditedReminder]:
        """These digests of these caseloads, in any state."""
        table = tables.reminder
        theirs = table.c.caseload_id.in_(caseload_ids)
        return self._told(theirs, table.c.dose_id.in_(digest_ids), step=_DIGEST)

    def _told(self, *conditions: ColumnElement[bool], step: str) -> list[AuditedReminder]:
        table, tried = tables.reminder, tables.attempt
        reached = and_(tried.c.reminder_id == table.c.id, tried.c.outcome.not_in(_UNSENT))
        tried_at = select(func.max(tried.c.started_at)).where(reached)
        query = select(table, tried_at.scalar_subquery().label("tried_at"))
        rows = self._connection.execute(query.where(*conditions, table.c.step == step))
        return [_audited(row) for row in rows]


def _audited(row: Row[Any]) -> AuditedReminder:
    return AuditedReminder(
        id=row.id,
        patient_id=row.patient_id,
        caseload_id=row.caseload_id,
        dose_id=row.dose_id,
        recipient_id=row.recipient_id,
        planned_at=from_epoch_ms(row.planned_at),
        told_at=_told_at(row.policy),
        ended_at=_instant(row.ended_at),
        last_error=row.last_error,
        tried_at=_instant(row.tried_at),
    )


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_epoch_ms(milliseconds)


def _told_at(policy: str) -> datetime | None:
    # One row that cannot be read must not hide the others: it is judged by the time of its dose.
    try:
        return datetime.fromisoformat(json.loads(policy)["at"])
    except (ValueError, KeyError, TypeError):
        return None
