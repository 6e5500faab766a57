"""Which SQLite keeps the files: the one that comes with pysqlite3, or the one that this Python links.

Many Pythons link one that is years old and must not use WAL. Nothing else in a process may open the same file
with the other library: neither knows of the other's locks, and a close by one frees those of both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import import_module
from typing import Any


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether SQLite ``version`` is free of the WAL-reset bug of 3.7.0 to 3.51.2.

    The fix came with 3.51.3 and was carried back to 3.50.7 and 3.44.6; 3.52.0 was withdrawn.
    Source: sqlite.org/wal.html, section "The WAL-Reset Bug".
    """
    if version[:2] == (3, 50):
        return version >= (3, 50, 7)
    if version[:2] == (3, 44):
        return version >= (3, 44, 6)
    return version >= (3, 51, 3) and version != (3, 52, 0)


def best_of(modules: Iterator[Any]) -> Any:
    """The module (DB-API 2) whose SQLite may use WAL, the newest of several."""
    return max(
        modules, key=lambda module: (wal_is_safe(module.sqlite_version_info), module.sqlite_version_info)
    )


def installed() -> Iterator[Any]:
    """Python's own module, and pysqlite3 where there is a wheel of it."""
    yield sqlite3
    try:
        yield import_module("pysqlite3.dbapi2")
    except ImportError:
        return


SQLITE: Any = best_of(installed())
"""The module that every connection to a file is made with, and whose errors it raises."""
