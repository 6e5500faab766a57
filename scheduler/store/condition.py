"""How the database itself is: which library or server, and whether what it holds is whole."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from scheduler.store.sqlite_library import wal_is_safe


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseCondition:
    """``product`` is the library or server with its version, ``journal`` None for PostgreSQL.

    ``is_whole``: what SQLite's quick check says; True for PostgreSQL, which has none.
    """

    product: str
    journal: str | None
    wal_is_safe: bool
    is_whole: bool


def condition(engine: Engine) -> DatabaseCondition:
    """Ask the database. SQLite reads its whole file for it."""
    with engine.connect() as connection:
        return _sqlite(engine, connection) if engine.dialect.name == "sqlite" else _postgresql(connection)


def _sqlite(engine: Engine, connection: Connection) -> DatabaseCondition:
    library = engine.dialect.loaded_dbapi.sqlite_version_info
    return DatabaseCondition(
        product="SQLite " + ".".join(map(str, library)),
        journal=str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()),
        wal_is_safe=wal_is_safe(library),
        is_whole=connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok",
    )


def _postgresql(connection: Connection) -> DatabaseCondition:
    version = connection.exec_driver_sql("SHOW server_version").scalar()
    return DatabaseCondition(product=f"PostgreSQL {version}", journal=None, wal_is_safe=True, is_whole=True)
