"""PostgreSQL's own programs ``pg_dump`` and ``pg_restore``, run on the database of an engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL, Connection, Engine

from scheduler.errors import BackupError

_ERROR = re.compile(r"error: (.+?)\s*(?:ERROR:.*)?$", re.MULTILINE)
_VERSIONS = re.compile(r"server version: [\w.]+.*?; pg_\w+ version: [\w.]+")
_OWNED_BY_WHOEVER_RESTORES = ("--no-owner", "--no-privileges")


def dump_postgresql(connection: Connection, engine: Engine, file: Path) -> None:
    """Write what ``connection`` sees to the new ``file``, in the custom format. Raises BackupError.

    ``connection`` is in a transaction that sees one moment.
    """
    # It waits while the dump runs, however long that takes.
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
    file.touch(mode=0o600, exist_ok=False)
    options = ("--format=custom", f"--snapshot={snapshot}", f"--file={file}", *_OWNED_BY_WHOEVER_RESTORES)
    _run("pg_dump", engine, *options)


def load_postgresql(engine: Engine, file: Path) -> None:
    """Fill the empty database of ``engine`` from ``file``: all of it or nothing. Raises BackupError."""
    options = ("--single-transaction", "--exit-on-error", *_OWNED_BY_WHOEVER_RESTORES, str(file))
    _run("pg_restore", engine, *options)


def _run(program: str, engine: Engine, *options: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupError(
            f"{program} is not on the path: install PostgreSQL's client programs, no older than the server"
        )
    command = [found, f"--dbname={_without_password(engine.url)}", "--no-password", *options]
    # Not on the command line, which other users of the machine can see.
    password = {} if engine.url.password is None else {"PGPASSWORD": str(engine.url.password)}
    environment = {**os.environ, **password, "LC_ALL": "C"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode != 0:
        raise BackupError(f"{program} failed: {_reason(ended.stderr)}")


def _without_password(url: URL) -> str:
    # `URL.set` leaves what is set to None as it was, and the password would be written as three stars.
    left = URL.create(
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.query,
    )
    return left.render_as_string()


def _reason(said: str) -> str:
    """What it said as far as no value of a row can stand in it: those come after the server's ERROR."""
    errors = _ERROR.findall(said)[:2]
    return "; ".join([*errors, *_VERSIONS.findall(said)]) or "it did not say why"
