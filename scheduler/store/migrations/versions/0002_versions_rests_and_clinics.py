"""Versions of a regimen that stand side by side, resting sites, and the days of a clinic.

Revision: 0002
After: 0001
"""

from itertools import pairwise

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CURRENT = sa.text("superseded_at IS NULL")
_NOT_RETRACTED = sa.text("retracted_at IS NULL")


def upgrade() -> None:
    op.drop_index(
        "ix_regimen_version_current",
        table_name="regimen_version",
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )
    # A version used to bear the date on which it was written down, and took the place of the one before
    # from the beginning.
    op.execute("UPDATE regimen_version SET effective_on = '0001-01-01'")
    op.create_index(
        "uq_regimen_version_effective",
        "regimen_version",
        ["patient_id", "regimen_id", "effective_on"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )
    op.add_column("patient", sa.Column("clinic", sa.Text(), nullable=True))
    op.create_table(
        "rest",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=40), nullable=False),
        sa.Column("first_on", sa.String(length=10), nullable=False),
        sa.Column("last_on", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("retracted_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("origin IN ('file', 'recorded')", name=op.f("ck_rest_origin")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_rest_patient_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rest")),
    )
    op.create_index(
        "ix_rest_patient",
        "rest",
        ["patient_id"],
        unique=False,
        sqlite_where=_NOT_RETRACTED,
        postgresql_where=_NOT_RETRACTED,
    )


def downgrade() -> None:
    op.drop_index("ix_rest_patient", table_name="rest")
    op.drop_table("rest")
    # Not as a batch: SQLite would make the table anew, and dropping the old one takes every row that hangs
    # on it along.
    op.drop_column("patient", "clinic")
    op.drop_index("uq_regimen_version_effective", table_name="regimen_version")
    _stand_one_by_one()
    op.create_index(
        "ix_regimen_version_current",
        "regimen_version",
        ["patient_id", "regimen_id"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )


def _stand_one_by_one() -> None:
    """Supersede each version that has a later one beside it, at the time at which that was written down."""
    standing = sa.text(
        "SELECT patient_id, regimen_id, version, recorded_at FROM regimen_version"
        " WHERE superseded_at IS NULL ORDER BY patient_id, regimen_id, version"
    )
    supersede = sa.text(
        "UPDATE regimen_version SET superseded_at = :at"
        " WHERE patient_id = :patient_id AND regimen_id = :regimen_id AND version = :version"
    )
    connection = op.get_bind()
    for row, following in pairwise(connection.execute(standing).all()):
        if (row.patient_id, row.regimen_id) == (following.patient_id, following.regimen_id):
            of_row = {"patient_id": row.patient_id, "regimen_id": row.regimen_id, "version": row.version}
            connection.execute(supersede, {**of_row, "at": following.recorded_at})
