"""The calendars handed out. A token's secret half is stored as a hash alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.errors import NotFoundError
from scheduler.store import tables


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRecord:
    """A feed. ``secret_hash`` is the SHA-256 of the token's secret; ``alias`` the title of its events."""

    key_id: str
    patient_id: str
    label: str
    privacy: str
    alias: str
    secret_hash: bytes
    issued_at: datetime
    revoked_at: datetime | None
    last_used_on: date | None


class Feeds:
    """Reads and writes the ``feed`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, feed: FeedRecord) -> None:
        """Raises ConflictError where the key id is taken."""
        values = {
            "key_id": feed.key_id,
            "patient_id": feed.patient_id,
            "label": feed.label,
            "audience": "patient",
            "privacy": feed.privacy,
            "alias": feed.alias,
            "lead_tasks": "",
            "secret_hash": feed.secret_hash,
            "issued_at": epoch_ms(feed.issued_at),
        }
        self._connection.execute(insert(tables.feed).values(**values))

    def find(self, key_id: str) -> FeedRecord | None:
        """The feed of that key id, revoked or not."""
        row = self._connection.execute(select(tables.feed).where(tables.feed.c.key_id == key_id)).first()
        return None if row is None else _record(row)

    def of(self, patient_id: str | None) -> list[FeedRecord]:
        """The feeds of one patient, or of everybody, oldest first."""
        query = select(tables.feed).order_by(tables.feed.c.issued_at, tables.feed.c.key_id)
        if patient_id is not None:
            query = query.where(tables.feed.c.patient_id == patient_id)
        return [_record(row) for row in self._connection.execute(query)]

    def revoke(self, key_id: str, moment: datetime) -> None:
        """End a feed. Raises NotFoundError; a feed revoked before keeps its first moment."""
        feed = self.find(key_id)
        if feed is None:
            raise NotFoundError(f"there is no feed {key_id!r}; see 'dosecal feed list'")
        unrevoked = (tables.feed.c.key_id == key_id) & tables.feed.c.revoked_at.is_(None)
        self._connection.execute(update(tables.feed).where(unrevoked).values(revoked_at=epoch_ms(moment)))

    def used(self, key_id: str, on: date) -> None:
        """Remember the day of the last use; not the hour, nor from where."""
        same = tables.feed.c.key_id == key_id
        self._connection.execute(update(tables.feed).where(same).values(last_used_on=on.isoformat()))


def _record(row: Row[Any]) -> FeedRecord:
    return FeedRecord(
        key_id=row.key_id,
        patient_id=row.patient_id,
        label=row.label,
        privacy=row.privacy,
        alias=row.alias,
        secret_hash=row.secret_hash,
        issued_at=from_epoch_ms(row.issued_at),
        revoked_at=None if row.revoked_at is None else from_epoch_ms(row.revoked_at),
        last_used_on=None if row.last_used_on is None else date.fromisoformat(row.last_used_on),
    )
