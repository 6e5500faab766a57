"""Databases to restore into, of the same kind as the test's own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store

NewStore = Callable[[], Store]


@pytest.fixture
def new_url(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """The URL of a database without tables. PostgreSQL's programs of the server's version are on the path."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'restored.db'}"
        return
    server = request.getfixturevalue("postgresql_server")
    monkeypatch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")
    name = f"restored_{uuid.uuid4().hex}"
    yield server.empty_database(name)
    server.drop_database(name)


@pytest.fixture
def new_store(new_url: str) -> Iterator[Store]:
    """An open store on `new_url`."""
    opened = Store(new_url, load_formulary())
    yield opened
    opened.close()
