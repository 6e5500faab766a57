"""When the owner of a contact point ended what goes there.

Revision: 0010
After: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recipient", sa.Column("unsubscribed_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("recipient", "unsubscribed_at")
