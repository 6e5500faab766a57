"""Files are kept by an SQLite that may use WAL, where one can be had."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.pool import ConnectionPoolEntry

from scheduler.errors import UnreachableError
from scheduler.formulary.formulary import load_formulary
from scheduler.store import engine, sqlite_library
from scheduler.store.engine import make_engine
from scheduler.store.sqlite_library import SQLITE, best_of, installed, wal_is_safe
from scheduler.store.unit_of_work import Store

pysqlite3 = pytest.importorskip("pysqlite3", reason="there is no wheel of it for this system")


def of(*version: int) -> Any:
    return SimpleNamespace(sqlite_version_info=version)


@pytest.mark.parametrize(
    ("one", "other"),
    [((3, 53, 4), (3, 40, 1)), ((3, 54, 0), (3, 53, 4)), ((3, 51, 3), (3, 52, 0)), ((3, 45, 0), (3, 40, 1))],
)
def test_the_newest_that_may_use_wal_is_taken(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    better, worse = of(*one), of(*other)
    assert best_of(iter([better, worse])) is better
    assert best_of(iter([worse, better])) is better


def test_here_files_are_in_wal(sqlite_url: str, tmp_path: Path) -> None:
    assert wal_is_safe(SQLITE.sqlite_version_info)
    opened = make_engine(sqlite_url)
    with opened.begin() as connection:
        connection.exec_driver_sql("INSERT INTO keeping VALUES ('a', 'b')")
    assert (tmp_path / "dosecal.db-wal").stat().st_size > 0
    files = (tmp_path / f"dosecal.db{end}" for end in ("", "-wal", "-shm"))
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    opened.dispose()
    assert [file.name for file in tmp_path.iterdir()] == ["dosecal.db"]


def test_where_there_is_no_wheel_pythons_own_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(sqlite_library, "import_module", absent)
    assert list(installed()) == [sqlite3]


@pytest.fixture(params=[sqlite3, pysqlite3.dbapi2], ids=["python's own", "pysqlite3"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("scheduler.store.engine.SQLITE", request.param)
    return request.param


def test_a_file_of_one_can_be_kept_on_by_the_other(sqlite_url: str, library: Any) -> None:
    opened = make_engine(sqlite_url)
    with opened.begin() as connection:
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
        connection.exec_driver_sql("INSERT INTO keeping VALUES ('a', 'b')")
    opened.dispose()
    assert version == library.sqlite_version
    opened = make_engine(sqlite_url)
    with opened.connect() as connection:
        assert connection.exec_driver_sql("SELECT value FROM keeping").scalar() == "b"
    opened.dispose()


def _in_a_transaction(store: Store) -> None:
    with store.transaction():
        pass


def _in_a_look_up(store: Store) -> None:
    store.feed_lookups().find(["12345678"])


@pytest.mark.parametrize("act", [_in_a_transaction, _in_a_look_up])
def test_a_file_that_is_none_is_said_to_be_none(
    tmp_path: Path, library: Any, act: Callable[[Store], None]
) -> None:
    file = tmp_path / "notes.db"
    file.write_bytes(b"dear diary" * 100)
    store = Store(f"sqlite:///{file}", load_formulary())
    with pytest.raises(UnreachableError, match="file is not a database"):
        act(store)
    store.close()


class WithoutSharedMemory:
    """A connection to a file where there can be no WAL: SQLite keeps the journal it had, and says which."""

    isolation_level: str | None = ""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def execute(self, statement: str) -> Any:
        self.asked.append(statement)
        return SimpleNamespace(fetchone=lambda: ("delete",))


def test_a_file_system_without_wal_gets_the_journal_that_survives_a_power_cut() -> None:
    connection = WithoutSharedMemory()
    engine._set_up_sqlite(connection, ConnectionPoolEntry())
    assert "PRAGMA journal_mode=wal" in connection.asked
    assert "PRAGMA synchronous=EXTRA" in connection.asked
