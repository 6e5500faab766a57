"""The bytes that feeds were last served as, so that every server serves the same and none renders twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.errors import NotFoundError
from scheduler.store import tables

_rendered = tables.rendered_feed


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedRecord:
    """``body``: the calendar, gzip. ``state`` says what it was made from, ``events`` what each event was."""

    state: str
    etag: str
    last_modified: datetime
    body: bytes
    events: bytes


class RenderedFeeds:
    """Reads and writes the ``rendered_feed`` table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, key_id: str) -> RenderedRecord | None:
        """What the feed was last served as; None where it never was, or has ended."""
        row = self._connection.execute(select(_rendered).where(_rendered.c.key_id == key_id)).first()
        return None if row is None else _record(row)

    def get(self, key_id: str) -> RenderedRecord:
        """Raises NotFoundError where the feed was never served, or has ended."""
        record = self.find(key_id)
        if record is None:
            raise NotFoundError("the feed has no bytes")
        return record

    def replace(self, key_id: str, before: RenderedRecord | None, after: RenderedRecord) -> bool:
        """Put ``after`` in the place of ``before``; False, and nothing done, where that stands no longer.

        Two servers that render at once would count the same change of an event twice. Raises ConflictError
        where another was first to render the feed at all.
        """
        values = {
            "state": after.state,
            "etag": after.etag,
            "last_modified": epoch_ms(after.last_modified),
            "body": after.body,
            "events": after.events,
        }
        if before is None:
            self._connection.execute(insert(_rendered).values(key_id=key_id, **values))
            return True
        same = (_rendered.c.key_id == key_id) & (_rendered.c.state == before.state)
        return self._connection.execute(update(_rendered).where(same).values(**values)).rowcount == 1

    def copy(self, key_id: str, to: str) -> None:
        """Let the feed ``to``, which was never rendered, go on where ``key_id`` stands."""
        known = self.find(key_id)
        if known is not None:
            self.replace(to, None, known)

    def remove(self, key_id: str) -> None:
        """Forget the bytes of a feed: nobody is to see them any more."""
        self._connection.execute(delete(_rendered).where(_rendered.c.key_id == key_id))


def _record(row: Row[Any]) -> RenderedRecord:
    return RenderedRecord(
        state=row.state,
        etag=row.etag,
        last_modified=from_epoch_ms(row.last_modified),
        body=row.body,
        events=row.events,
    )
