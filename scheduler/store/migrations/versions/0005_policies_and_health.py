"""Policies of reminding, who agreed to be told, how channels fare, and what outlives a process.

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CURRENT = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    # Not as a batch: SQLite would make the tables anew, and dropping the old ones takes every row that hangs
    # on them along. So the defaults stay; every row is written with a value of its own.
    op.add_column(
        "recipient", sa.Column("role", sa.String(length=12), nullable=False, server_default="person")
    )
    op.add_column("recipient", sa.Column("consented_at", sa.BigInteger(), nullable=True))
    op.add_column("reminder", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "policy",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("regimen_id", sa.String(length=40), nullable=False),
        sa.Column("recipient_id", sa.String(length=16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_policy_patient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy")),
    )
    op.create_index(
        "uq_policy_scope",
        "policy",
        ["patient_id", "regimen_id", "recipient_id"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )
    op.create_table(
        "channel_health",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "node", name=op.f("pk_channel_health")),
    )
    op.create_table(
        "keeping",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_keeping")),
    )


def downgrade() -> None:
    op.drop_table("keeping")
    op.drop_table("channel_health")
    op.drop_index("uq_policy_scope", table_name="policy")
    op.drop_table("policy")
    op.drop_column("reminder", "priority")
    op.drop_column("recipient", "consented_at")
    op.drop_column("recipient", "role")
