"""Fixtures for every room: a store on each database, and no skip where none is allowed."""

from __future__ import annotations

import os
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest

from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from tests.support.postgresql import PostgresqlServer, running_postgresql

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server of this session's own, in a folder that no other session tidies away."""
    own = TemporaryDirectory(prefix="dosecal-", ignore_cleanup_errors=True)
    with own as folder, running_postgresql(Path(folder)) as server:
        yield server


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database with all its tables, once on SQLite and once on PostgreSQL."""
    if request.param != "postgresql":
        yield new_sqlite(tmp_path / "dosecal.db")
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    name = f"test_{uuid.uuid4().hex}"
    yield server.new_database(name)
    server.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an empty SQLite database with all its tables."""
    return new_sqlite(tmp_path / "dosecal.db")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An open store on an empty database, once on SQLite and once on PostgreSQL."""
    opened = Store(database_url, load_formulary())
    yield opened
    opened.close()


def new_sqlite(file: Path) -> str:
    url = f"sqlite:///{file}"
    made = Store(url, load_formulary())
    made.upgrade()
    made.close()
    return url


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With REQUIRE_ALL=1 a skipped test is a failed one: in CI nothing may be left out silently."""
    return _skip_is_failure((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """So does a file that skips itself while it is read."""
    return _skip_is_failure((yield))


def _skip_is_failure(report: Report) -> Report:
    if os.environ.get("REQUIRE_ALL") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and REQUIRE_ALL=1 forbids it: {report.longrepr}"
    return report
