"""A reminder and an attempt at one, as values, and how they stand in their tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Row

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.dosing.frozen import maker_of

_LONGEST_DETAIL = 300


class ReminderState(StrEnum):
    """Where a reminder stands."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReminderPlan:
    """A reminder that ought to exist: one recipient, one dose, one step, at one instant.

    It is of a patient's dose, or of a caseload's day: then ``dose_id`` names the digest.
    ``due_at`` is when to say it, ``dose_due_at`` when the dose is due. ``not_after`` is the first instant at
    which it would be pointless; None where there is none. Of two that are due the one with the lower
    ``priority`` is sent first.
    ``policy`` is what was in force when it was planned, and is not looked up again.
    """

    patient_id: str | None
    dose_id: str
    step: str
    recipient_id: str
    channel: str
    shard: int
    due_at: datetime
    dose_due_at: datetime
    not_after: datetime | None
    wall_due: datetime
    zone: str
    policy: dict[str, str]
    priority: int = 0
    caseload_id: str | None = None

    @property
    def subject_id(self) -> str:
        """The patient's id, or the caseload's."""
        return self.patient_id or self.caseload_id or ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it one of its kind."""
        return (self.subject_id, self.dose_id, self.step, self.recipient_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReminderRecord:
    """A reminder as stored. ``wall_due`` is the naive local reading of the clock for its words."""

    id: int
    patient_id: str | None
    dose_id: str
    step: str
    recipient_id: str
    channel: str
    due_at: datetime
    dose_due_at: datetime
    not_after: datetime | None
    wall_due: datetime
    zone: str
    policy: dict[str, str]
    state: ReminderState
    attempt: int
    last_error: str | None
    ended_at: datetime | None
    caseload_id: str | None = None

    @property
    def was_said(self) -> bool:
        """Whether its message arrived, or may have."""
        return self.state in {ReminderState.SENT, ReminderState.UNKNOWN}

    @property
    def subject_id(self) -> str:
        """The patient's id, or the caseload's."""
        return self.patient_id or self.caseload_id or ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it one of its kind, as in `ReminderPlan`."""
        return (self.subject_id, self.dose_id, self.step, self.recipient_id)


COLUMNS = tuple(field.name for field in fields(ReminderRecord))
"""What a reminder is read from, in the order of `record_of`."""

_record = maker_of(ReminderRecord)
_read = attrgetter(*COLUMNS)
_STATES = {state.value: state for state in ReminderState}


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimedReminder:
    """A reminder leased to this daemon, with the address to send it to."""

    record: ReminderRecord
    address: str

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt to tell of one time, on every machine.

        A dose told again because it was moved is news: mail systems drop a second copy of one id.
        """
        record, due = self.record, epoch_ms(self.record.dose_due_at)
        return f"{record.subject_id}/{record.dose_id}/{record.step}/{record.recipient_id}/{due}"


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptRecord:
    """One try. ``outcome`` None while it runs."""

    reminder: ReminderRecord
    number: int
    node: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    detail: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptResult:
    """What an attempt came to: the state it leaves the reminder in, a word for the log, the next try."""

    state: ReminderState
    outcome: str
    provider_id: str | None = None
    detail: str | None = None
    retry_at: datetime | None = None

    @property
    def short_detail(self) -> str | None:
        """As much of ``detail`` as is kept."""
        return None if self.detail is None else self.detail[:_LONGEST_DETAIL]


def due_columns(plan: ReminderPlan) -> dict[str, Any]:
    """What changes in the row when the dose stands elsewhere."""
    return {
        "due_at": epoch_ms(plan.due_at),
        "dose_due_at": epoch_ms(plan.dose_due_at),
        "priority": plan.priority,
        "not_after": None if plan.not_after is None else epoch_ms(plan.not_after),
        "wall_due": plan.wall_due.isoformat(timespec="minutes"),
        "zone": plan.zone,
        "policy": json.dumps(plan.policy, sort_keys=True),
    }


def plan_columns(plan: ReminderPlan, now: int) -> dict[str, Any]:
    """A row that waits to be sent, planned at ``now`` (epoch ms)."""
    return {
        "patient_id": plan.patient_id,
        "caseload_id": plan.caseload_id,
        "dose_id": plan.dose_id,
        "step": plan.step,
        "recipient_id": plan.recipient_id,
        "channel": plan.channel,
        "shard": plan.shard,
        "state": ReminderState.PENDING.value,
        "attempt": 0,
        "planned_at": now,
        **due_columns(plan),
    }


def reminder_record(row: Row[Any]) -> ReminderRecord:
    """The reminder of a row of the ``reminder`` table."""
    return record_of(_read(row))


def record_of(values: Sequence[Any]) -> ReminderRecord:
    """The reminder of the values of `COLUMNS`. Raises ValueError where one of them cannot be read."""
    (
        number,
        patient_id,
        dose_id,
        step,
        recipient_id,
        channel,
        due_at,
        dose_due_at,
        not_after,
        wall_due,
        zone,
        policy,
        state,
        attempt,
        last_error,
        ended_at,
        caseload_id,
    ) = values
    return _record(
        id=number,
        patient_id=patient_id,
        caseload_id=caseload_id,
        dose_id=dose_id,
        step=step,
        recipient_id=recipient_id,
        channel=channel,
        due_at=from_epoch_ms(due_at),
        dose_due_at=from_epoch_ms(dose_due_at),
        not_after=None if not_after is None else from_epoch_ms(not_after),
        wall_due=datetime.fromisoformat(wall_due),
        zone=zone,
        policy=dict(_policy(policy)),
        state=_STATES[state],
        attempt=attempt,
        last_error=last_error,
        ended_at=None if ended_at is None else from_epoch_ms(ended_at),
    )


@lru_cache(maxsize=1024)
def _policy(document: str) -> dict[str, str]:
    """Of all that wait, many have the same."""
    policy = json.loads(document)
    if not isinstance(policy, dict):
        raise ValueError("a policy in force is not a table")  # noqa: TRY004  # as json's own error is
    return policy


def attempt_record(row: Row[Any]) -> AttemptRecord:
    """The attempt of a row of the join that `ReminderLog.attempts` makes."""
    return AttemptRecord(
        reminder=reminder_record(row),
        number=row.attempt_number,
        node=row.attempt_node,
        started_at=from_epoch_ms(row.attempt_started_at),
        ended_at=None if row.attempt_ended_at is None else from_epoch_ms(row.attempt_ended_at),
        outcome=row.attempt_outcome,
        detail=row.attempt_detail,
    )
