"""Digests of a caseload's day: contact points and reminders of a caseload, and what was chosen for them.

Revision: 0006
After: 0005
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SUBJECT = "(patient_id IS NULL) <> (caseload_id IS NULL)"
_IN_USE = sa.text("removed_at IS NULL")
_DIGESTS = sa.text("caseload_id IS NOT NULL")
_OPEN_DIGESTS = sa.text("caseload_id IS NOT NULL AND ended_at IS NULL")
_CURRENT = sa.text("superseded_at IS NULL")


def upgrade() -> None:
    op.add_column(
        "caseload", sa.Column("digests_planned_until", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_table(
        "digest",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("caseload_id", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["caseload_id"], ["caseload.id"], name=op.f("fk_digest_caseload_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
    )
    op.create_index(
        "uq_digest_caseload",
        "digest",
        ["caseload_id"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )
    _let_belong_to_a_caseload("recipient")
    op.create_index(
        "uq_recipient_caseload_address",
        "recipient",
        ["caseload_id", "channel", "address"],
        unique=True,
        sqlite_where=_IN_USE,
        postgresql_where=_IN_USE,
    )
    with _attempts_kept():
        _let_belong_to_a_caseload("reminder")
    op.create_index(
        "uq_reminder_digest",
        "reminder",
        ["caseload_id", "dose_id", "step", "recipient_id"],
        unique=True,
        sqlite_where=_DIGESTS,
        postgresql_where=_DIGESTS,
    )
    op.create_index(
        "ix_reminder_open_digest",
        "reminder",
        ["caseload_id"],
        sqlite_where=_OPEN_DIGESTS,
        postgresql_where=_OPEN_DIGESTS,
    )


def downgrade() -> None:
    op.drop_index("ix_reminder_open_digest", table_name="reminder")
    op.drop_index("uq_reminder_digest", table_name="reminder")
    op.drop_index("uq_recipient_caseload_address", table_name="recipient")
    # A program of before knows no digest: nobody gets one any more.
    op.execute("DELETE FROM reminder WHERE caseload_id IS NOT NULL")
    op.execute("DELETE FROM recipient WHERE caseload_id IS NOT NULL")
    with _attempts_kept():
        _let_belong_to_patients_alone("reminder")
    _let_belong_to_patients_alone("recipient")
    op.drop_index("uq_digest_caseload", table_name="digest")
    op.drop_table("digest")
    op.drop_column("caseload", "digests_planned_until")


def _let_belong_to_a_caseload(table: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.alter_column("patient_id", existing_type=sa.String(length=64), nullable=True)
        batch.add_column(sa.Column("caseload_id", sa.String(length=64), nullable=True))
        batch.create_foreign_key(
            op.f(f"fk_{table}_caseload_id"), "caseload", ["caseload_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_check_constraint(op.f(f"ck_{table}_subject"), _SUBJECT)


def _let_belong_to_patients_alone(table: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_subject"), type_="check")
        batch.drop_constraint(op.f(f"fk_{table}_caseload_id"), type_="foreignkey")
        batch.drop_column("caseload_id")
        batch.alter_column("patient_id", existing_type=sa.String(length=64), nullable=False)


@contextmanager
def _attempts_kept() -> Iterator[None]:
    """SQLite makes ``reminder`` anew, and dropping the old one takes the attempts along: put them aside.

    Its own recipe, foreign keys switched off, works outside a transaction alone, and all migrations are one.
    """
    if op.get_context().dialect.name != "sqlite":
        yield
        return
    op.execute("CREATE TABLE kept_attempt AS SELECT * FROM attempt")
    yield
    op.execute("DELETE FROM attempt")
    op.execute("INSERT INTO attempt SELECT * FROM kept_attempt")
    op.execute("DROP TABLE kept_attempt")
