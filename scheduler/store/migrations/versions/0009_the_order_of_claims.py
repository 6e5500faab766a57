"""Indexes that keep the queue in the order of its claims.

Revision: 0009
After: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_PENDING = "state = 'pending'"


def upgrade() -> None:
    op.drop_index("ix_reminder_pending", table_name="reminder")
    _create("ix_reminder_untried", f"{_PENDING} AND attempt = 0", "channel", "priority", "due_at")
    _create("ix_reminder_tried", f"{_PENDING} AND attempt > 0", "channel", "priority", "due_at")
    _create("ix_reminder_not_after", f"{_PENDING} AND not_after IS NOT NULL", "not_after")


def downgrade() -> None:
    for name in ("ix_reminder_untried", "ix_reminder_tried", "ix_reminder_not_after"):
        op.drop_index(name, table_name="reminder")
    _create("ix_reminder_pending", _PENDING, "due_at")


def _create(name: str, condition: str, *columns: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "reminder", list(columns), sqlite_where=where, postgresql_where=where)
