"""Whom to tell, and how."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text

from scheduler.store.tables.ground import (
    RowId,
    index_where,
    metadata,
    of_caseload,
    of_one_or_the_other,
    of_patient,
)

recipient = Table(
    "recipient",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("patient_id", String(64)),
    Column("caseload_id", String(64)),  # whose digest is sent there
    Column("channel", String(16), nullable=False),
    Column("address", String(320), nullable=False),
    Column("privacy", String(16), nullable=False),
    Column("role", String(12), nullable=False),  # RecipientRole
    Column("consented_at", BigInteger),  # when somebody who is told on escalation agreed to it
    Column("added_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    Column("verified_at", BigInteger),  # nothing but a code goes there before
    Column("verified_how", String(200)),  # 'code', or why somebody answered for it
    Column("code_hash", LargeBinary(32)),
    Column("code_sent_at", BigInteger),
    Column("code_tries", Integer, nullable=False, default=0),  # wrong codes since it was sent
    Column("broken_at", BigInteger),
    Column("broken_how", String(12)),  # 'refused' or 'bounced'
    Column("unsubscribed_at", BigInteger),  # when its owner ended what goes there
    of_patient(),
    of_caseload(),
    of_one_or_the_other(),
    # An address is used once for each patient or caseload and channel.
    index_where(
        "removed_at IS NULL", "uq_recipient_address", "patient_id", "channel", "address", unique=True
    ),
    index_where(
        "removed_at IS NULL",
        "uq_recipient_caseload_address",
        "caseload_id",
        "channel",
        "address",
        unique=True,
    ),
)

# What was chosen for a patient, one of their regimens or one of their recipients; '' where it is for all.
policy = Table(
    "policy",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("patient_id", String(64), nullable=False),
    Column("regimen_id", String(40), nullable=False),
    Column("recipient_id", String(16), nullable=False),
    Column("document", Text, nullable=False),  # PolicyDocument as JSON
    Column("set_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    of_patient(),
    index_where(
        "superseded_at IS NULL", "uq_policy_scope", "patient_id", "regimen_id", "recipient_id", unique=True
    ),
)
