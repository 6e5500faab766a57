"""A copy of an SQLite database that is in use.

By SQLite's own backup, in one go: it sees one moment. While it copies nobody else's commit gets through, or
with a write-ahead log everybody's does.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from scheduler.errors import BackupError


def copy_sqlite(engine: Engine, file: Path) -> None:
    """Copy the database of ``engine`` to ``file``, which is new, and see that the copy is whole."""
    file.touch(mode=0o600, exist_ok=False)
    module = driver(engine)
    try:
        with closing(module.connect(file)) as copy:
            _copy(engine, copy)
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    except module.Error as error:
        raise BackupError(f"the database cannot be copied: {error}") from error
    if found != "ok":
        raise BackupError("the copy of the database is damaged, so the database is: see 'dosecal doctor'")
    sync(file)


def _copy(engine: Engine, copy: Any) -> None:
    source: Any = engine.raw_connection()
    try:
        source.driver_connection.backup(copy)
    finally:
        source.close()
    # A copy is one file; in the other mode whoever opens it makes two more.
    copy.execute("PRAGMA journal_mode=DELETE")


def sync(file: Path) -> None:
    """Wait until ``file`` and its name are on the disk."""
    for path in (file, file.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def driver(engine: Engine) -> Any:
    """The module that speaks to the file: the standard library's, or another with a newer SQLite in it."""
    assert isinstance(engine.dialect, SQLiteDialect)
    return engine.dialect.loaded_dbapi
