"""Caseloads, feeds of a caseload, and the bytes that a feed was last served as.

Revision: 0004
After: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "caseload",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("revised_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caseload")),
    )
    op.create_table(
        "caseload_member",
        sa.Column("caseload_id", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["caseload_id"],
            ["caseload.id"],
            name=op.f("fk_caseload_member_caseload_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_caseload_member_patient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("caseload_id", "patient_id", name=op.f("pk_caseload_member")),
    )
    op.create_index("ix_caseload_member_patient", "caseload_member", ["patient_id"])
    # SQLite makes the table anew; nothing hangs on it yet that dropping the old one could take along.
    with op.batch_alter_table("feed") as feed:
        feed.alter_column("patient_id", existing_type=sa.String(length=64), nullable=True)
        feed.add_column(sa.Column("caseload_id", sa.String(length=64), nullable=True))
        feed.add_column(sa.Column("audience", sa.String(length=16), nullable=False, server_default="patient"))
        feed.add_column(sa.Column("lead_tasks", sa.String(length=80), nullable=False, server_default=""))
        feed.add_column(sa.Column("last_used_by", sa.String(length=24), nullable=True))
        feed.create_foreign_key(
            op.f("fk_feed_caseload_id"), "caseload", ["caseload_id"], ["id"], ondelete="CASCADE"
        )
        feed.create_check_constraint(
            op.f("ck_feed_audience"), "audience IN ('patient', 'carer', 'nurse', 'clinic')"
        )
        feed.create_check_constraint(op.f("ck_feed_subject"), "(patient_id IS NULL) <> (caseload_id IS NULL)")
    with op.batch_alter_table("feed") as feed:
        feed.alter_column("audience", existing_type=sa.String(length=16), server_default=None)
        feed.alter_column("lead_tasks", existing_type=sa.String(length=80), server_default=None)
    op.create_index("ix_feed_caseload", "feed", ["caseload_id"])
    op.create_table(
        "rendered_feed",
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=120), nullable=False),
        sa.Column("etag", sa.String(length=48), nullable=False),
        sa.Column("last_modified", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("events", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["feed.key_id"], name=op.f("fk_rendered_feed_key_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_rendered_feed")),
    )


def downgrade() -> None:
    op.drop_table("rendered_feed")
    op.drop_index("ix_feed_caseload", table_name="feed")
    # A program of before knows no caseload: its feeds go, and their addresses answer 404.
    op.execute("DELETE FROM feed WHERE caseload_id IS NOT NULL")
    with op.batch_alter_table("feed") as feed:
        feed.drop_constraint(op.f("ck_feed_subject"), type_="check")
        feed.drop_constraint(op.f("ck_feed_audience"), type_="check")
        feed.drop_constraint(op.f("fk_feed_caseload_id"), type_="foreignkey")
        feed.drop_column("last_used_by")
        feed.drop_column("lead_tasks")
        feed.drop_column("audience")
        feed.drop_column("caseload_id")
        feed.alter_column("patient_id", existing_type=sa.String(length=64), nullable=False)
    op.drop_index("ix_caseload_member_patient", table_name="caseload_member")
    op.drop_table("caseload_member")
    op.drop_table("caseload")
