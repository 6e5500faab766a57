"""All that a request for a feed has to know to be answered, found in one query.

A client that has the bytes already, which is nearly every request, costs this and nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, func, select

from scheduler.clock import from_epoch_ms
from scheduler.dosing.frozen import maker_of
from scheduler.store import tables

_feed, _patient, _caseload, _rendered = (
    tables.feed,
    tables.patient,
    tables.caseload,
    tables.rendered_feed,
)
_member, _of_caseload = tables.caseload_member, tables.patient.alias("of_caseload")


def _of_members(what: Any) -> Any:
    """A column of the query: ``what`` over the patients of the caseload."""
    members = select(what).select_from(_member.join(_of_caseload))
    return members.where(_member.c.caseload_id == _feed.c.caseload_id).scalar_subquery()


# One statement, which sees one moment without a transaction around it.
QUERY: Select[Any] = select(
    _feed.c.key_id,
    _feed.c.secret_hash,
    _feed.c.revoked_at,
    _feed.c.last_used_on,
    func.coalesce(_patient.c.zone, _caseload.c.zone),
    _patient.c.revision,
    _caseload.c.revision,
    _of_members(func.count()),
    _of_members(func.sum(_of_caseload.c.revision)),
    _rendered.c.state,
    _rendered.c.etag,
    _rendered.c.last_modified,
).select_from(_feed.outerjoin(_patient).outerjoin(_caseload).outerjoin(_rendered))
"""Of every feed what `lookup_of` takes, the key id first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedLookup:
    """``mark`` is the same at two moments only where nothing that the feed shows changed between them.

    Of a patient it is the revision; of a caseload what `Caseloads.mark` compares. ``zone`` is the one whose
    midnight begins the feed's day. ``state``, ``etag`` and ``last_modified`` are those of the stored bytes;
    None where there are none.
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


_made = maker_of(FeedLookup)


def look_up(connection: Connection, key_id: str) -> FeedLookup | None:
    """The feed of that key id, revoked or not, as the transaction of ``connection`` sees it."""
    row = connection.execute(QUERY.where(_feed.c.key_id == key_id)).first()
    return None if row is None else lookup_of(row)


def lookup_of(row: Sequence[Any]) -> FeedLookup:
    """What a row of `QUERY` tells."""
    key_id, secret_hash, revoked, used_on, zone, revision, *caseload, state, etag, modified = row
    return _made(
        key_id=key_id,
        secret_hash=secret_hash,
        revoked_at=None if revoked is None else from_epoch_ms(revoked),
        last_used_on=None if used_on is None else date.fromisoformat(used_on),
        zone=ZoneInfo(zone),
        mark=_caseload_mark(*caseload) if revision is None else str(revision),
        state=state,
        etag=etag,
        last_modified=None if modified is None else from_epoch_ms(modified),
    )


def _caseload_mark(revision: int, members: int, patient_revisions: int | None) -> str:
    return f"{revision}.{members}.{patient_revisions or 0}"
