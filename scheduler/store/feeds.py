"""The calendars handed out. A token's secret half is stored as a hash alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.errors import NotFoundError
from scheduler.store import tables
from scheduler.store.feed_lookup import FeedLookup, look_up

_feed = tables.feed


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRecord:
    """A feed of one patient or of one caseload, whichever is not None.

    ``secret_hash`` is the SHA-256 of the token's secret; ``alias`` the title of its events; ``lead_tasks``
    what is told before a dose. It ends at ``revoked_at``, which lies in the future where a new address takes
    its place. ``last_used_by`` is a family of calendar programs.
    """

    key_id: str
    patient_id: str | None
    caseload_id: str | None
    audience: str
    label: str
    privacy: str
    alias: str
    lead_tasks: tuple[str, ...]
    secret_hash: bytes
    issued_at: datetime
    revoked_at: datetime | None = None
    last_used_on: date | None = None
    last_used_by: str | None = None


class Feeds:
    """Reads and writes the ``feed`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, feed: FeedRecord) -> None:
        """Raises ConflictError where the key id is taken."""
        values = {
            "key_id": feed.key_id,
            "patient_id": feed.patient_id,
            "caseload_id": feed.caseload_id,
            "audience": feed.audience,
            "label": feed.label,
            "privacy": feed.privacy,
            "alias": feed.alias,
            "lead_tasks": ",".join(feed.lead_tasks),
            "secret_hash": feed.secret_hash,
            "issued_at": epoch_ms(feed.issued_at),
        }
        self._connection.execute(insert(_feed).values(**values))

    def find(self, key_id: str) -> FeedRecord | None:
        """The feed of that key id, revoked or not."""
        row = self._connection.execute(select(_feed).where(_feed.c.key_id == key_id)).first()
        return None if row is None else _record(row)

    def look_up(self, key_id: str) -> FeedLookup | None:
        """What a request for the feed of that key id has to know."""
        return look_up(self._connection, key_id)

    def get(self, key_id: str) -> FeedRecord:
        """Raises NotFoundError."""
        feed = self.find(key_id)
        if feed is None:
            raise NotFoundError(f"there is no feed {key_id!r}; see 'dosecal feed list'")
        return feed

    def of(self, patient_id: str | None, caseload_id: str | None = None) -> list[FeedRecord]:
        """The feeds of one patient or caseload, or of everybody, oldest first."""
        query = select(_feed).order_by(_feed.c.issued_at, _feed.c.key_id)
        if patient_id is not None:
            query = query.where(_feed.c.patient_id == patient_id)
        if caseload_id is not None:
            query = query.where(_feed.c.caseload_id == caseload_id)
        return [_record(row) for row in self._connection.execute(query)]

    def revoke(self, key_id: str, ends_at: datetime) -> None:
        """End a feed, at its first end where it has one. Raises NotFoundError."""
        self.get(key_id)
        at = epoch_ms(ends_at)
        later = _feed.c.revoked_at.is_(None) | (_feed.c.revoked_at > at)
        self._connection.execute(update(_feed).where(_feed.c.key_id == key_id, later).values(revoked_at=at))

    def used(self, key_id: str, on: date, by: str) -> None:
        """Remember the day of the last use and the family of the client; not the hour, nor from where."""
        same = _feed.c.key_id == key_id
        values = {"last_used_on": on.isoformat(), "last_used_by": by}
        self._connection.execute(update(_feed).where(same).values(**values))


def _record(row: Row[Any]) -> FeedRecord:
    return FeedRecord(
        key_id=row.key_id,
        patient_id=row.patient_id,
        caseload_id=row.caseload_id,
        audience=row.audience,
        label=row.label,
        privacy=row.privacy,
        alias=row.alias,
        lead_tasks=tuple(row.lead_tasks.split(",")) if row.lead_tasks else (),
        secret_hash=row.secret_hash,
        issued_at=from_epoch_ms(row.issued_at),
        revoked_at=None if row.revoked_at is None else from_epoch_ms(row.revoked_at),
        last_used_on=None if row.last_used_on is None else date.fromisoformat(row.last_used_on),
        last_used_by=row.last_used_by,
    )
