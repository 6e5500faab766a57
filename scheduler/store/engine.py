"""A connection pool for one database URL, set up so that a commit means what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from scheduler.errors import SettingsError
from scheduler.store.sqlite_library import SQLITE, wal_is_safe

_BUSY_MS = 10_000
_SESSION = {
    # A transaction left open would keep autovacuum from the queue.
    "idle_in_transaction_session_timeout": 60_000,
    "lock_timeout": 10_000,
    "tcp_keepalives_idle": 30,
    "tcp_keepalives_interval": 10,
    "tcp_keepalives_count": 3,
}


def make_engine(url: str) -> Engine:
    """An engine for ``url``: ``sqlite:///PATH`` or ``postgresql://...`` (psycopg 3).

    Raises SettingsError for any other kind of database or a URL that cannot be read.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    return create_engine(
        parsed,
        pool_pre_ping=True,
        hide_parameters=True,  # they are health data, and errors end up in logs
        connect_args={
            "connect_timeout": 5,
            # A server that vanished without a word is noticed in a minute, not in two hours; and so does
            # the server notice a daemon whose machine vanished, and frees its name.
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,
            "options": " ".join(f"-c {name}={value}" for name, value in _SESSION.items()),
        },
    )


def sqlite_file(engine: Engine) -> Path | None:
    """The file of an SQLite database, or None for PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return None
    return Path(str(engine.url.database))


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except ArgumentError as error:
        raise SettingsError(
            "the database URL cannot be read; write sqlite:///PATH or postgresql://USER@HOST/NAME"
        ) from error
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise SettingsError(f"the database {backend!r} is not supported; use sqlite or postgresql")
    if parsed.database in {None, "", ":memory:"}:
        raise SettingsError("an SQLite database needs a file: sqlite:///PATH")
    return parsed


def _sqlite_engine(url: URL) -> Engine:
    _make_file(Path(str(url.database)))
    engine = create_engine(
        url, module=SQLITE, hide_parameters=True, connect_args={"timeout": _BUSY_MS / 1000}
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _make_file(file: Path) -> None:
    """Make the file, empty, before SQLite does: the journal beside it takes its permissions over."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
    except OSError as error:
        reason = (error.strerror or "cannot be made").lower()
        raise SettingsError(f"the database {file} cannot be opened: {reason}") from error


def _set_up_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    # The driver's own transaction handling begins late and upgrades locks; of 400 concurrent increments
    # it lost 300. With it switched off, the begin hook below says when a transaction starts.
    connection.isolation_level = None
    wanted = "wal" if wal_is_safe(SQLITE.sqlite_version_info) else "delete"
    # Some file systems cannot do WAL. SQLite keeps the journal it had then, and says which.
    journal = connection.execute(f"PRAGMA journal_mode={wanted}").fetchone()[0]
    # NORMAL in WAL loses the last commits on power loss; so does FULL with a rollback journal, where the
    # deletion of the journal itself needs a sync, which EXTRA adds.
    connection.execute(f"PRAGMA synchronous={'FULL' if journal == 'wal' else 'EXTRA'}")
    connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_immediate(connection: Any) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
