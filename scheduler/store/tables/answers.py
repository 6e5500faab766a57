"""Answers by link, and what signs the links."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, String, Table

from scheduler.store.tables.ground import RowId, metadata, of_patient

# What somebody did by a link in a message; the record itself, where there is one, is an administration.
answer = Table(
    "answer",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("patient_id", String(64), nullable=False),
    Column("dose_id", String(64), nullable=False),
    Column("recipient_id", String(16), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("answered_at", BigInteger, nullable=False),
    Column("told_at", BigInteger),  # when to tell of the dose, where the answer was to be told of it later
    of_patient(),
    CheckConstraint("kind IN ('given', 'not-given', 'undone', 'snoozed', 'asked')", name="kind"),
    Index("ix_answer_dose", "patient_id", "dose_id"),
)

# What links in messages are signed with. Several may stand; the newest signs.
link_key = Table(
    "link_key",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("secret", LargeBinary(32), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),  # from then on no link that it signed is good; NULL: it is the newest
)
