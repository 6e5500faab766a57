"""What the links in messages are signed with.

In the database, because whoever signs and whoever checks share nothing else, and a restored backup then
brings the keys of the links that it knows of. Who can read the database has no need of a link.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.store import tables

_key = tables.link_key


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkKey:
    """A key. From ``ends_at`` on no link that it signed is good; None: it is the newest."""

    id: int
    secret: bytes = field(repr=False)
    made_at: datetime
    ends_at: datetime | None


class LinkKeys:
    """Reads and writes the ``link_key`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standing(self, moment: datetime) -> list[LinkKey]:
        """The keys whose links are good at ``moment``, oldest first: the last one signs."""
        good = or_(_key.c.ends_at.is_(None), _key.c.ends_at > epoch_ms(moment))
        rows = self._connection.execute(select(_key).where(good).order_by(_key.c.id))
        return [
            LinkKey(
                id=row.id,
                secret=bytes(row.secret),
                made_at=from_epoch_ms(row.made_at),
                ends_at=None if row.ends_at is None else from_epoch_ms(row.ends_at),
            )
            for row in rows
        ]

    def add(self, secret: bytes, moment: datetime) -> None:
        """Sign with ``secret`` from now on."""
        self._connection.execute(insert(_key).values(secret=secret, made_at=epoch_ms(moment)))

    def end(self, at: datetime) -> None:
        """Let every key end ``at`` then, or at its own end where that is earlier."""
        ends_at = epoch_ms(at)
        later = or_(_key.c.ends_at.is_(None), _key.c.ends_at > ends_at)
        self._connection.execute(update(_key).where(later).values(ends_at=ends_at))
