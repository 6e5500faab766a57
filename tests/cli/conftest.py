"""The command line, run in this process on a database of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import cli

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``dosecal ARGUMENTS`` on an SQLite file in the test's folder; environment variables as keywords."""
    runner = CliRunner()
    url = f"sqlite:///{tmp_path / 'dosecal.db'}"

    def invoke(*arguments: str | Path, **environment: str) -> Result:
        texts = [str(argument) for argument in arguments]
        return runner.invoke(
            cli, texts, env={"DOSECAL_DATABASE_URL": url, **environment}, catch_exceptions=False
        )

    return invoke


@pytest.fixture
def zoe(tmp_path: Path) -> Path:
    """A plan file: short-acting octreotide and a depot."""
    file = tmp_path / "zoe.toml"
    file.write_text(ZOE)
    return file


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
