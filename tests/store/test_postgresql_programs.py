"""What PostgreSQL's own programs are given: where the database is, and the password where nobody sees it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from scheduler.store.postgresql_dump import load_postgresql

_PROGRAM = """#!{python}
import json, os, pathlib, sys
told = dict(arguments=sys.argv[1:], password=os.environ.get("PGPASSWORD"))
pathlib.Path({told!r}).write_text(json.dumps(told))
"""


def told_to_pg_restore(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    told, program = folder / "told.json", folder / "pg_restore"
    program.write_text(_PROGRAM.format(python=sys.executable, told=str(told)))
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("PGPASSWORD", raising=False)
    engine = create_engine(url)
    load_postgresql(engine, folder / "copy.dump")
    engine.dispose()
    found: dict[str, Any] = json.loads(told.read_text())
    return found


def test_a_password_in_the_url_is_given_to_them_and_stands_on_no_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://dosecal:geheim@db.example:5433/doses?sslmode=require"
    told = told_to_pg_restore(url, tmp_path, monkeypatch)
    assert told["password"] == "geheim"
    assert told["arguments"][0] == "--dbname=postgresql://dosecal@db.example:5433/doses?sslmode=require"
    assert not any("geheim" in argument or "*" in argument for argument in told["arguments"])


def test_without_one_they_are_given_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = told_to_pg_restore("postgresql+psycopg://dosecal@/doses?host=/run/pg", tmp_path, monkeypatch)
    assert told["password"] is None
    assert told["arguments"][0] == "--dbname=postgresql://dosecal@/doses?host=%2Frun%2Fpg"
