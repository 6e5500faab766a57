"""Reminders put into the queue by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.dosing.patient import Patient
from scheduler.dosing.product import Market
from scheduler.reminders.backoff import pause_after_loss
from scheduler.store.patients import shard_of
from scheduler.store.recipients import RecipientRecord
from scheduler.store.reminder_queue import LeasedReminder
from scheduler.store.reminder_row import AttemptRecord, ClaimedReminder, ReminderPlan, ReminderRecord
from scheduler.store.unit_of_work import Store

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)
ZOE = Patient(name="Zoe Marsh", zone=ZoneInfo("America/New_York"), market=Market.US, travel=())


def add_patient_with_recipient(
    store: Store,
    patient_id: str = "p-1",
    recipient_id: str = "r-1",
    channel: str = "smtp",
    *,
    is_verified: bool = True,
) -> None:
    recipient = RecipientRecord(
        id=recipient_id,
        patient_id=patient_id,
        channel=channel,
        address=f"{recipient_id}@example.org",
        privacy="discreet",
        added_at=NOON - timedelta(days=30),
        verified_at=NOON - timedelta(days=30) if is_verified else None,
        verified_how="code",
    )
    with store.transaction() as work:
        if not work.patients.exists(patient_id):
            work.patients.add(patient_id, ZOE, NOON)
        work.recipients.add(recipient)


def planned(
    number: int,
    due_at: datetime = NOON,
    *,
    not_after: datetime | None = None,
    patient_id: str = "p-1",
    recipient_id: str = "r-1",
    channel: str = "smtp",
    zone: str = "America/New_York",
    priority: int = 0,
) -> ReminderPlan:
    return ReminderPlan(
        patient_id=patient_id,
        dose_id=f"lar#{number}",
        step="due",
        recipient_id=recipient_id,
        channel=channel,
        shard=shard_of(patient_id),
        due_at=due_at,
        dose_due_at=due_at,
        not_after=not_after,
        wall_due=datetime(2026, 12, 1, 7, 0),  # noqa: DTZ001  # a wall time
        zone=zone,
        policy={"privacy": "discreet"},
        priority=priority,
    )


def queue(store: Store, *plans: ReminderPlan) -> None:
    with store.transaction() as work:
        work.reminder_plans.add(plans, NOON)


def claim(
    store: Store, limit: int = 100, *, owner: str = "ward@1", moment: datetime = NOON
) -> list[LeasedReminder]:
    with store.transaction() as work:
        return work.reminders.claim(owner, moment, moment + LEASE, limit)


def begin(store: Store, *claimed: ClaimedReminder) -> set[int]:
    """Say that they are being sent now."""
    with store.transaction() as work:
        return work.reminders.begin(claimed)


def sweep(store: Store, moment: datetime) -> int:
    with store.transaction() as work:
        return work.reminders.sweep(moment, pause_after_loss).count


def everything(store: Store) -> list[ReminderRecord]:
    """Every reminder, by dose."""
    with store.reading() as work:
        found = [*work.reminder_log.upcoming(None, 10_000), *work.reminder_log.ended(None, 10_000)]
    return sorted(found, key=lambda record: (record.subject_id, record.dose_id, record.recipient_id))


def attempts(store: Store, ids: Sequence[int] | None = None) -> list[AttemptRecord]:
    wanted = [record.id for record in everything(store)] if ids is None else ids
    with store.reading() as work:
        return work.reminder_log.attempts(wanted)
