"""What may go after a while. What was ordered and what was given never goes, but with its patient."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update
from sqlalchemy.sql.selectable import FromClause

from scheduler.clock import epoch_ms
from scheduler.store import tables

_reminder, _recipient = tables.reminder, tables.recipient
_node, _health = tables.node, tables.channel_health
_feed, _rendered = tables.feed, tables.rendered_feed


class Retention:
    """Counts and deletes what ended before an instant."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reminders(self, before: datetime) -> int:
        """How many reminders ended before, of whose doses nothing is to be said any more."""
        return self._count(_reminder, _old_reminder(before))

    def delete_reminders(self, before: datetime, most: int) -> int:
        """Delete ``most`` of them, the oldest first, with their attempts; how many there were."""
        oldest = select(_reminder.c.id).where(_old_reminder(before)).order_by(_reminder.c.id).limit(most)
        return self._connection.execute(delete(_reminder).where(_reminder.c.id.in_(oldest))).rowcount

    def addresses(self, before: datetime) -> int:
        """How many recipients were removed before and have their address still."""
        return self._count(_recipient, _left(before))

    def forget_addresses(self, before: datetime) -> int:
        """Forget where they were reached; that they were told stays in the log."""
        return self._connection.execute(update(_recipient).where(_left(before)).values(address="")).rowcount

    def calendars(self, before: datetime) -> int:
        """How many feeds ended before, by a new address, and have their last bytes still."""
        return self._count(_rendered, _revoked(before))

    def delete_calendars(self, before: datetime) -> int:
        """Delete the bytes; the feed stays, so that its address answers that it has ended."""
        return self._connection.execute(delete(_rendered).where(_revoked(before))).rowcount

    def daemons(self, before: datetime) -> int:
        """How many daemons were last seen before."""
        return self._count(_node, _silent(before))

    def forget_daemons(self, before: datetime) -> int:
        """Forget them, and how their channels fared."""
        names = select(_node.c.name).where(_silent(before))
        self._connection.execute(delete(_health).where(_health.c.node.in_(names)))
        return self._connection.execute(delete(_node).where(_silent(before))).rowcount

    def _count(self, table: FromClause, condition: ColumnElement[bool]) -> int:
        return int(
            self._connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one()
        )


def _old_reminder(before: datetime) -> ColumnElement[bool]:
    # Without an end of use its dose may be open still, and planning would tell of it anew.
    at = epoch_ms(before)
    return and_(_reminder.c.ended_at < at, _reminder.c.not_after < at)


def _left(before: datetime) -> ColumnElement[bool]:
    return and_(_recipient.c.removed_at < epoch_ms(before), _recipient.c.address != "")


def _revoked(before: datetime) -> ColumnElement[bool]:
    revoked = select(_feed.c.key_id).where(_feed.c.revoked_at < epoch_ms(before))
    return _rendered.c.key_id.in_(revoked)


def _silent(before: datetime) -> ColumnElement[bool]:
    return _node.c.heartbeat_at < epoch_ms(before)
