"""A caseload, who belongs to it, and the digest of its day."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from scheduler.store.tables.ground import RowId, index_where, metadata, of_caseload, of_patient

caseload = Table(
    "caseload",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("zone", String(64), nullable=False),  # whose midnight begins its day
    Column("revision", Integer, nullable=False),  # +1 with every change of who belongs to it
    Column("revised_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("digests_planned_until", BigInteger, nullable=False, server_default="0"),
)

caseload_member = Table(
    "caseload_member",
    metadata,
    Column("caseload_id", String(64), primary_key=True),
    Column("patient_id", String(64), primary_key=True),
    Column("place", String(60), nullable=False),  # where to find the patient: "room 12"; may be empty
    Column("added_at", BigInteger, nullable=False),
    of_caseload(),
    of_patient(),
    Index("ix_caseload_member_patient", "patient_id"),
)

# What was chosen for the digest of a caseload's day. What was chosen before stays, as superseded.
digest = Table(
    "digest",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("caseload_id", String(64), nullable=False),
    Column("document", Text, nullable=False),  # DigestDocument as JSON
    Column("set_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    of_caseload(),
    index_where("superseded_at IS NULL", "uq_digest_caseload", "caseload_id", unique=True),
)
