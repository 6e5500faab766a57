"""Whether a contact point was verified, and whether it is broken.

Revision: 0008
After: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.Column("verified_how", sa.String(length=200), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("code_sent_at", sa.BigInteger(), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("broken_at", sa.BigInteger(), nullable=True),
        sa.Column("broken_how", sa.String(length=12), nullable=True),
    ):
        op.add_column("recipient", column)
    # Whoever was reminded until now goes on being reminded.
    op.execute(
        "UPDATE recipient SET verified_at = added_at, verified_how = 'added before addresses were verified'"
    )


def downgrade() -> None:
    for column in (
        "broken_how",
        "broken_at",
        "code_tries",
        "code_sent_at",
        "code_hash",
        "verified_how",
        "verified_at",
    ):
        op.drop_column("recipient", column)
