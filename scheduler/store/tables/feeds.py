"""Feeds, as they were last served, and the pages that events lead to."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from scheduler.store.tables.ground import metadata, of_caseload, of_one_or_the_other, of_patient

feed = Table(
    "feed",
    metadata,
    Column("key_id", String(8), primary_key=True),
    Column("patient_id", String(64)),
    Column("caseload_id", String(64)),
    Column("audience", String(16), nullable=False),
    Column("label", String(80), nullable=False),
    Column("privacy", String(16), nullable=False),
    Column("alias", String(80), nullable=False),
    Column("lead_tasks", String(80), nullable=False),  # "prepare,food,order=7": what the person chose
    Column("secret_hash", LargeBinary(32), nullable=False),  # SHA-256; the secret itself is shown once
    Column("issued_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),  # in the future while a new address takes this one's place
    Column("last_used_on", String(10)),
    Column("last_used_by", String(24)),  # the family of calendar programs, nothing finer
    of_patient(),
    of_caseload(),
    CheckConstraint("audience IN ('patient', 'carer', 'nurse', 'clinic')", name="audience"),
    of_one_or_the_other(),
    Index("ix_feed_patient", "patient_id"),
    Index("ix_feed_caseload", "caseload_id"),
)

# The bytes a feed was last served as, and what each of its events was then: see ical/revisions.py.
rendered_feed = Table(
    "rendered_feed",
    metadata,
    Column("key_id", String(8), primary_key=True),
    Column("state", String(120), nullable=False),  # what the bytes were made from
    Column("etag", String(48), nullable=False),
    Column("last_modified", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # gzip
    Column("events", LargeBinary, nullable=False),
    ForeignKeyConstraint(["key_id"], ["feed.key_id"], ondelete="CASCADE"),
)

# What stands for a patient in an address that is no secret.
patient_page = Table(
    "patient_page",
    metadata,
    Column("code", String(12), primary_key=True),
    Column("patient_id", String(64), nullable=False),
    of_patient(),
    UniqueConstraint("patient_id"),
)
