"""What outlives a process and belongs to no table of its own, by name."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from scheduler.store import tables


class Keeping:
    """Reads and writes the ``keeping`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        """What was last put under ``name``."""
        table = tables.keeping
        return self._connection.execute(select(table.c.value).where(table.c.name == name)).scalar()

    def put(self, name: str, value: str) -> None:
        """Keep ``value`` under ``name`` in place of what was there.

        Raises ConflictError where two add one name at once.
        """
        table = tables.keeping
        changed = self._connection.execute(update(table).where(table.c.name == name).values(value=value))
        if changed.rowcount == 0:
            self._connection.execute(insert(table).values(name=name, value=value))
