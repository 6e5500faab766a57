"""All that a request for a feed has to know to be answered, found in one query.

A client that has the bytes already, which is nearly every request, costs this and nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from scheduler.clock import from_epoch_ms
from scheduler.store import tables
from scheduler.store.caseloads import Caseloads

_feed, _patient, _caseload, _rendered = (
    tables.feed,
    tables.patient,
    tables.caseload,
    tables.rendered_feed,
)
_QUERY = select(
    _feed.c.key_id,
    _feed.c.secret_hash,
    _feed.c.revoked_at,
    _feed.c.last_used_on,
    _feed.c.caseload_id,
    func.coalesce(_patient.c.zone, _caseload.c.zone).label("zone"),
    _patient.c.revision,
    _rendered.c.state,
    _rendered.c.etag,
    _rendered.c.last_modified,
).select_from(_feed.outerjoin(_patient).outerjoin(_caseload).outerjoin(_rendered))


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedLookup:
    """``mark`` is the same at two moments only where nothing that the feed shows changed between them.

    ``zone`` is the one whose midnight begins the feed's day. ``state``, ``etag`` and ``last_modified`` are
    those of the stored bytes; None where there are none.
    """

    key_id: str
    secret_hash: bytes
    revoked_at: datetime | None
    last_used_on: date | None
    zone: ZoneInfo
    mark: str
    state: str | None
    etag: str | None
    last_modified: datetime | None


def look_up(connection: Connection, key_id: str) -> FeedLookup | None:
    """The feed of that key id, revoked or not."""
    row = connection.execute(_QUERY.where(_feed.c.key_id == key_id)).first()
    return None if row is None else _lookup(connection, row)


def _lookup(connection: Connection, row: Any) -> FeedLookup:
    return FeedLookup(
        key_id=row.key_id,
        secret_hash=row.secret_hash,
        revoked_at=None if row.revoked_at is None else from_epoch_ms(row.revoked_at),
        last_used_on=None if row.last_used_on is None else date.fromisoformat(row.last_used_on),
        zone=ZoneInfo(row.zone),
        mark=str(row.revision) if row.caseload_id is None else caseload_mark(connection, row.caseload_id),
        state=row.state,
        etag=row.etag,
        last_modified=None if row.last_modified is None else from_epoch_ms(row.last_modified),
    )


def caseload_mark(connection: Connection, caseload_id: str) -> str:
    """What tells whether anything changed of who belongs to a caseload or of what is planned for them."""
    mark = Caseloads(connection).mark(caseload_id)
    return f"{mark.revision}.{mark.members}.{mark.patient_revisions}"
