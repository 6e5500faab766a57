"""The daemons that work on this database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.store import tables


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeRecord:
    """A daemon by its name, and when it was last seen alive."""

    name: str
    heartbeat_at: datetime


class Nodes:
    """Reads and writes the ``node`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def start(self, name: str, moment: datetime) -> int:
        """Count a start of the daemon ``name`` and return its epoch, from 1."""
        table = tables.node
        at = epoch_ms(moment)
        epoch = self._connection.execute(select(table.c.epoch).where(table.c.name == name)).scalar()
        if epoch is None:
            self._connection.execute(insert(table).values(name=name, epoch=1, heartbeat_at=at))
            return 1
        values = {"epoch": epoch + 1, "heartbeat_at": at}
        self._connection.execute(update(table).where(table.c.name == name).values(**values))
        return int(epoch) + 1

    def beat(self, name: str, moment: datetime) -> None:
        """Say that the daemon ``name`` is alive."""
        same = tables.node.c.name == name
        self._connection.execute(update(tables.node).where(same).values(heartbeat_at=epoch_ms(moment)))

    def all(self) -> list[NodeRecord]:
        """Every daemon there ever was, by name."""
        query = select(tables.node).order_by(tables.node.c.name)
        return [
            NodeRecord(name=row.name, heartbeat_at=from_epoch_ms(row.heartbeat_at))
            for row in self._connection.execute(query)
        ]

    def database_now(self) -> datetime | None:
        """The clock of the database's machine; None for SQLite, which has that of this one."""
        if self._connection.dialect.name != "postgresql":
            return None
        found: datetime | None = self._connection.execute(select(func.clock_timestamp())).scalar()
        return found
