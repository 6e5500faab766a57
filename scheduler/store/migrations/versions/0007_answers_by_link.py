"""Answers by the links in messages, the keys of those links, and patients' pages.

Revision: 0007
After: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KINDS = "'given', 'not-given', 'undone', 'snoozed', 'asked'"


def _row_id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "answer",
        _row_id(),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("dose_id", sa.String(length=64), nullable=False),
        sa.Column("recipient_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_answer_patient_id"), ondelete="CASCADE"
        ),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_answer_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    op.create_index("ix_answer_dose", "answer", ["patient_id", "dose_id"])
    op.create_table(
        "link_key",
        _row_id(),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_key")),
    )
    op.create_table(
        "patient_page",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_patient_page_patient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_patient_page")),
        sa.UniqueConstraint("patient_id", name=op.f("uq_patient_page_patient_id")),
    )


def downgrade() -> None:
    op.drop_table("patient_page")
    op.drop_table("link_key")
    op.drop_index("ix_answer_dose", table_name="answer")
    op.drop_table("answer")
