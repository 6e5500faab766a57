"""What was chosen about a patient's reminders. What was chosen before stays, as superseded."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable, Row, insert, select, update

from scheduler.clock import epoch_ms
from scheduler.store import tables
from scheduler.store.json_rows import ids_as_json, ids_given
from scheduler.store.prepared import prepared


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyScope:
    """For whose reminders: all of a patient's, or those of one regimen, to one recipient, or both."""

    patient_id: str
    regimen_id: str | None = None
    recipient_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyRecord:
    """What was chosen for ``scope``: the ``document`` of a policy, as JSON values."""

    scope: PolicyScope
    document: dict[str, Any]


class Policies:
    """Reads and writes the ``policy`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, patient_ids: Sequence[str]) -> dict[str, list[PolicyRecord]]:
        """What is in force for each patient, in no order."""
        found: defaultdict[str, list[PolicyRecord]] = defaultdict(list)
        query = _in_force(self._connection.dialect)
        for row in query.records(self._connection, ids_as_json(patient_ids)):
            found[row.patient_id].append(_record(row))
        return found

    def put(self, record: PolicyRecord, moment: datetime) -> None:
        """Let it take the place of what was chosen for its scope. An empty document chooses nothing."""
        table, scope = tables.policy, record.scope
        columns = {
            "patient_id": scope.patient_id,
            "regimen_id": scope.regimen_id or "",
            "recipient_id": scope.recipient_id or "",
        }
        at = epoch_ms(moment)
        same = [table.c[name] == value for name, value in columns.items()]
        ending = update(table).where(*same, table.c.superseded_at.is_(None))
        self._connection.execute(ending.values(superseded_at=at))
        document = json.dumps(record.document, sort_keys=True)
        self._connection.execute(insert(table).values(**columns, document=document, set_at=at))


@prepared
def _in_force(dialect: str) -> Executable:
    table = tables.policy
    return select(table).where(table.c.patient_id.in_(ids_given(dialect)), table.c.superseded_at.is_(None))


def _record(row: Row[Any]) -> PolicyRecord:
    scope = PolicyScope(
        patient_id=row.patient_id,
        regimen_id=row.regimen_id or None,
        recipient_id=row.recipient_id or None,
    )
    return PolicyRecord(scope=scope, document=json.loads(row.document))
