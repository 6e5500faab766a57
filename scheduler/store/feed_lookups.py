"""Look-ups of feeds over a connection that stays open, with a statement that stays prepared.

Nearly every request to a feed server is a look-up and nothing else, so what SQLAlchemy does around a
statement (taking a connection, beginning, making a result, giving it back) took ten times as long as the
statement itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from sqlalchemy import ARRAY, Engine, PoolProxiedConnection, String, any_, bindparam, event
from sqlalchemy.exc import DBAPIError

from scheduler.errors import UnreachableError
from scheduler.store import tables
from scheduler.store.feed_lookup import QUERY, FeedLookup, lookup_of

_key_id = tables.feed.c.key_id
_ONE = QUERY.where(_key_id == bindparam("key_id"))
_SOME = QUERY.where(_key_id == any_(bindparam("key_ids", type_=ARRAY(String))))
_Rows = list[tuple[Any, ...]]


class FeedLookups:
    """Safe to share between threads, of which one at a time is answered. Ends with its store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_file = engine.dialect.name == "sqlite"
        # The driver's own errors: SQLAlchemy stands aside here. PostgreSQL's is not loaded for a file.
        self._driver = engine.dialect.loaded_dbapi
        self._statement = str((_ONE if self._is_file else _SOME).compile(dialect=engine.dialect))
        self._held: PoolProxiedConnection | None = None
        self._lock = Lock()
        event.listen(engine, "engine_disposed", lambda _: self._close())

    def find(self, key_ids: Collection[str]) -> dict[str, FeedLookup]:
        """The feeds of those key ids, revoked or not, by key id, as they stand now.

        Raises UnreachableError.
        """
        with self._lock, self._translated():
            try:
                rows = self._rows(key_ids)
            except self._driver.OperationalError:
                # The database was restarted, perhaps; asking the connection each time would double the time.
                self._drop()
                rows = self._rows(key_ids)
        return {row[0]: lookup_of(row) for row in rows}

    def _rows(self, key_ids: Collection[str]) -> _Rows:
        if self._held is None:
            self._held = self._opened()
        connection: Any = self._held.dbapi_connection
        if self._is_file:
            # Fetched to the end: a statement that stops before keeps the file locked.
            return [row for one in key_ids for row in connection.execute(self._statement, (one,)).fetchall()]
        rows: _Rows = connection.execute(self._statement, {"key_ids": list(key_ids)}).fetchall()
        return rows

    def _opened(self) -> PoolProxiedConnection:
        """A connection that never goes back to the pool, and has no transaction around its statements."""
        opened = self._engine.raw_connection()
        connection: Any = opened.dbapi_connection
        if not self._is_file:
            connection.autocommit = True
        return opened

    def _close(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._held is not None:
            self._held.invalidate()
            self._held = None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (self._driver.Error, DBAPIError) as error:
            reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
            raise UnreachableError(f"the database does not answer: {reason}") from error
