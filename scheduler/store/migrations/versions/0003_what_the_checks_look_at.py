"""What the checks of a plan look at: operations, packages, and findings that somebody answered for.

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NOT_RETRACTED = sa.text("retracted_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "surgery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("planned_on", sa.String(length=10), nullable=False),
        sa.Column("dental", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("retracted_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("origin IN ('file', 'recorded')", name=op.f("ck_surgery_origin")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_surgery_patient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surgery")),
    )
    op.create_index(
        "ix_surgery_patient",
        "surgery",
        ["patient_id"],
        unique=False,
        sqlite_where=_NOT_RETRACTED,
        postgresql_where=_NOT_RETRACTED,
    )
    op.create_table(
        "supply",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("regimen_id", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("wall_out", sa.String(length=26), nullable=True),
        sa.Column("wall_back", sa.String(length=26), nullable=True),
        sa.Column("wall_opened", sa.String(length=26), nullable=True),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("retracted_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("origin IN ('file', 'recorded')", name=op.f("ck_supply_origin")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_supply_patient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply")),
    )
    op.create_index(
        "ix_supply_patient",
        "supply",
        ["patient_id"],
        unique=False,
        sqlite_where=_NOT_RETRACTED,
        postgresql_where=_NOT_RETRACTED,
    )
    op.create_table(
        "confirmation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("regimen_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("retracted_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("origin IN ('file', 'recorded')", name=op.f("ck_confirmation_origin")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_confirmation_patient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation")),
    )
    op.create_index(
        "ix_confirmation_patient",
        "confirmation",
        ["patient_id"],
        unique=False,
        sqlite_where=_NOT_RETRACTED,
        postgresql_where=_NOT_RETRACTED,
    )


def downgrade() -> None:
    for name in ("confirmation", "supply", "surgery"):
        op.drop_index(f"ix_{name}_patient", table_name=name)
        op.drop_table(name)
