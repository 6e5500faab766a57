"""Reminders and the attempts at them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from scheduler.store.tables.ground import (
    RowId,
    index_where,
    metadata,
    of_caseload,
    of_one_or_the_other,
    of_patient,
)

_WAITS = "state = 'pending'"
_STATES = "'pending', 'leased', 'sent', 'failed', 'unknown', 'cancelled', 'expired'"

reminder = Table(
    "reminder",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("patient_id", String(64)),
    Column("caseload_id", String(64)),  # of a digest, whose dose_id is "digest@" and its local date
    Column("dose_id", String(64), nullable=False),
    Column("step", String(16), nullable=False),
    Column("recipient_id", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("shard", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),  # when to try next
    Column("dose_due_at", BigInteger, nullable=False),
    Column("not_after", BigInteger),  # no longer useful from then on; NULL: useful until recorded
    Column("wall_due", String(16), nullable=False),  # what the words of the message are made from
    Column("zone", String(64), nullable=False),
    Column("policy", Text, nullable=False),  # JSON, frozen when the row was planned
    Column("priority", Integer, nullable=False),  # the lower is sent first where two are due
    Column("state", String(12), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lease_owner", String(80)),
    Column("lease_until", BigInteger),
    Column("provider_id", String(200)),
    Column("last_error", String(300)),
    Column("planned_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    of_patient(),
    of_caseload(),
    of_one_or_the_other(),
    # The promise that nobody is told twice on purpose: planning again finds the row and changes it.
    UniqueConstraint("patient_id", "dose_id", "step", "recipient_id"),
    # Of digests alone: a patient's reminder costs no entry.
    index_where(
        "caseload_id IS NOT NULL",
        "uq_reminder_digest",
        "caseload_id",
        "dose_id",
        "step",
        "recipient_id",
        unique=True,
    ),
    index_where("caseload_id IS NOT NULL AND ended_at IS NULL", "ix_reminder_open_digest", "caseload_id"),
    CheckConstraint(f"state IN ({_STATES})", name="state"),
    # The order of claims: see queue_ranks.py.
    index_where(_WAITS + " AND attempt = 0", "ix_reminder_untried", "channel", "priority", "due_at"),
    index_where(_WAITS + " AND attempt > 0", "ix_reminder_tried", "channel", "priority", "due_at"),
    index_where(_WAITS + " AND not_after IS NOT NULL", "ix_reminder_not_after", "not_after"),
    index_where("lease_until IS NOT NULL", "ix_reminder_leased", "lease_until"),
    index_where("ended_at IS NULL", "ix_reminder_open", "patient_id"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("reminder_id", RowId, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("node", String(80), nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("outcome", String(16)),
    Column("provider_id", String(200)),
    Column("detail", String(300)),
    ForeignKeyConstraint(["reminder_id"], ["reminder.id"], ondelete="CASCADE"),
)
