"""How the channels fare with each daemon: for operators to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.store import tables


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelHealth:
    """``state`` is closed (it works), open (nothing is sent) or half open (one is sent to see)."""

    channel: str
    node: str
    state: str
    failures: int
    changed_at: datetime


class ChannelHealths:
    """Reads and writes the ``channel_health`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, health: ChannelHealth) -> None:
        """Write down how a channel fares with a daemon, in place of what was known."""
        table = tables.channel_health
        same = (table.c.channel == health.channel, table.c.node == health.node)
        self._connection.execute(delete(table).where(*same))
        values = {"channel": health.channel, "node": health.node, "state": health.state}
        counted = {"failures": health.failures, "changed_at": epoch_ms(health.changed_at)}
        self._connection.execute(insert(table).values(**values, **counted))

    def forget_all(self) -> None:
        """Know nothing of any channel."""
        self._connection.execute(delete(tables.channel_health))

    def all(self) -> list[ChannelHealth]:
        """Everything known, by channel and node."""
        table = tables.channel_health
        query = select(table).order_by(table.c.channel, table.c.node)
        return [
            ChannelHealth(
                channel=row.channel,
                node=row.node,
                state=row.state,
                failures=row.failures,
                changed_at=from_epoch_ms(row.changed_at),
            )
            for row in self._connection.execute(query)
        ]
