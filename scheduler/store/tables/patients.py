"""A patient and the versions of their regimens."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from scheduler.store.tables.ground import index_where, metadata, of_patient

patient = Table(
    "patient",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("document", Text, nullable=False),  # PatientDocument as JSON
    Column("name", String(200), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("clinic", Text),  # ClinicDocument as JSON
    Column("shard", Integer, nullable=False),
    Column("revision", Integer, nullable=False),  # +1 with every change of what is planned or recorded
    Column("revised_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("reminders_planned_until", BigInteger, nullable=False),
    Index("ix_patient_name", "name"),
)

regimen_version = Table(
    "regimen_version",
    metadata,
    Column("patient_id", String(64), primary_key=True),
    Column("regimen_id", String(40), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("place", Integer, nullable=False),  # order among the patient's regimens
    Column("effective_on", String(10), nullable=False),
    Column("document", Text, nullable=False),  # RegimenDocument as JSON
    Column("recorded_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),  # a later one is in force from its date or an earlier one
    of_patient(),
    index_where(
        "superseded_at IS NULL",
        "uq_regimen_version_effective",
        "patient_id",
        "regimen_id",
        "effective_on",
        unique=True,
    ),
)
