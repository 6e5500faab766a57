"""The command line, run in this process on a database of the test's own, at a moment of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import cli
from scheduler import clock

Run = Callable[..., Result]
SetClock = Callable[[str], None]
"""Makes it the aware moment that the text says."""


@pytest.fixture(autouse=True)
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """It is noon on Tuesday, 20 October 2026, in New York, until the test says otherwise."""

    def set_to(moment: str) -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(moment))

    set_to("2026-10-20T12:00-04:00")
    return set_to


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``dosecal ARGUMENTS`` on an SQLite file in the test's folder.

    ``input`` is what a person types; other keywords are environment variables.
    """
    runner = CliRunner()
    url = f"sqlite:///{tmp_path / 'dosecal.db'}"

    def invoke(*arguments: str | Path, input: str | None = None, **environment: str) -> Result:  # noqa: A002
        texts = [str(argument) for argument in arguments]
        variables = {"DOSECAL_DATABASE_URL": url, **environment}
        return runner.invoke(cli, texts, input=input, env=variables, catch_exceptions=False)

    return invoke


@pytest.fixture
def zoe(tmp_path: Path) -> Path:
    """A plan file: short-acting octreotide and a depot."""
    file = tmp_path / "zoe.toml"
    file.write_text(ZOE)
    return file


@pytest.fixture
def ward(run: Run, tmp_path: Path, set_clock: SetClock) -> str:
    """A patient with a regimen of every kind. It is noon on Saturday, 5 December 2026."""
    set_clock("2026-12-05T12:00-05:00")
    file = tmp_path / "ward.toml"
    file.write_text(WARD)
    assert run("import", file).exit_code == 0
    return "zoe"


def doses(run: Run, start: str, end: str, regimen: str) -> dict[str, str]:
    """Local date, time and amount of each dose of ``regimen`` in a period: ``2026-12-29 10:00 20 mg``."""
    return {
        dose["id"]: f"{dose['due_at'][:16].replace('T', ' ')} {dose['dose']['value']} {dose['dose']['unit']}"
        for dose in schedule(run, start, end)["doses"]
        if dose["regimen"] == regimen
    }


def statuses(run: Run, start: str, end: str, regimen: str) -> dict[str, str]:
    """The status of each dose of ``regimen`` in a period."""
    shown = schedule(run, start, end)["doses"]
    return {dose["id"]: dose["status"] for dose in shown if dose["regimen"] == regimen}


def schedule(run: Run, start: str, end: str) -> dict[str, Any]:
    """What ``schedule show --format json`` says of the patient of `WARD`."""
    shown = run("schedule", "show", "zoe", "--from", start, "--to", end, "--format", "json")
    assert shown.exit_code == 0, shown.stderr
    return dict(json.loads(shown.stdout))


def everything_shown(run: Run) -> list[str]:
    """All that the command line says of the plan of the patient of `WARD`."""
    named = [("regimen", "history", "zoe", regimen) for regimen in ("octreotide", "lar")]
    listed = [(noun, "list", "zoe") for noun in ("hold", "site", "travel")]
    shows = [("regimen", "show", "zoe"), ("patient", "show", "zoe"), ("reminder", "upcoming", "zoe")]
    period = ("schedule", "show", "zoe", "--from", "2026-11-25", "--to", "2027-06-01")
    return [run(*command, "--format", "json").stdout for command in (*named, *listed, *shows, period)]


ZOE = """
version = 1
[patient]
name = "Zoe Marsh"
zone = "America/New_York"
[[regimen]]
id = "octreotide"
product = "octreotide-sc"
  [[regimen.phase]]
  dose = "100 ug"
  times = ["07:00", "15:00", "23:00"]
  start = 2026-10-01
[[regimen]]
id = "lar"
product = "sandostatin-lar"
setting = "clinic"
  [[regimen.phase]]
  dose = "20 mg"
  every = "4 wk"
  times = ["10:00"]
  start = 2026-10-15
"""

WARD = """
version = 1
[patient]
id = "zoe"
name = "Zoe Marsh"
zone = "America/New_York"
[[regimen]]
id = "octreotide"
product = "octreotide-sc"
  [[regimen.phase]]
  dose = "100 ug"
  times = ["07:00", "15:00", "23:00"]
  start = 2026-12-01
[[regimen]]
id = "lar"
product = "octreotide-lar"
setting = "clinic"
  [[regimen.phase]]
  dose = "20 mg"
  every = "4 wk"
  times = ["10:00"]
  start = 2026-12-01
  doses = 2
  [[regimen.phase]]
  dose = "30 mg"
  every = "4 wk"
  times = ["10:00"]
[[regimen]]
id = "rescue"
product = "octreotide-sc"
  [[regimen.phase]]
  dose = "50 ug"
  as_needed = { max_per_day = 2, min_gap = "4 h" }
  start = 2026-12-01
[[regimen]]
id = "hourly"
product = "custom"
name = "Loperamide"
route = "oral"
  [[regimen.phase]]
  dose = "4 mg"
  every = "8 h"
  start = 2026-12-03T07:30:00
"""
"""Depots on 1 and 29 December 2026 (20 mg), then 26 January, 23 February and 23 March 2027 (30 mg)."""
