"""A database connection is opened so that a commit means what it says."""

from __future__ import annotations

import pytest

from scheduler.errors import SettingsError
from scheduler.store import engine as engine_module
from scheduler.store.engine import make_engine
from scheduler.store.sqlite_library import SQLITE, wal_is_safe


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 44, 9), True),
        ((3, 45, 0), False),
        ((3, 49, 2), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), False),
        ((3, 52, 1), True),
        ((3, 53, 0), True),
    ],
)
def test_wal_is_used_only_where_it_cannot_lose_a_commit(version: tuple[int, int, int], safe: bool) -> None:
    assert wal_is_safe(version) is safe


@pytest.mark.parametrize(
    ("version", "journal", "synchronous"), [((3, 40, 1), "delete", 3), ((3, 51, 3), "wal", 2)]
)
def test_sqlite_is_opened_to_survive_a_power_cut(
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, int, int],
    journal: str,
    synchronous: int,
) -> None:
    monkeypatch.setattr(SQLITE, "sqlite_version_info", version)
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert found == {
        "journal_mode": journal,
        "synchronous": synchronous,
        "foreign_keys": 1,
        "busy_timeout": engine_module._BUSY_MS,
    }


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "nonsense", "mssql+pyodbc://x"]
)
def test_other_databases_are_refused_in_words(url: str) -> None:
    with pytest.raises(SettingsError):
        make_engine(url)
