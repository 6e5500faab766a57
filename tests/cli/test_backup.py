"""``dosecal backup`` and ``dosecal restore`` as an operator uses them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run, SetClock


def restored_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'new.db'}"


def test_a_backup_says_what_it_wrote(run: Run, ward: str, tmp_path: Path) -> None:
    done = run("backup", tmp_path / "copy.db", "--format", "json")
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert said["taken_at"] == "2026-12-05T17:00:00+00:00"
    assert said["bytes"] == (tmp_path / "copy.db").stat().st_size
    assert said["rows"] > 4
    assert (tmp_path / "copy.db.json").exists()


def test_a_second_one_needs_a_name_of_its_own(run: Run, ward: str, tmp_path: Path) -> None:
    assert run("backup", tmp_path / "copy.db").exit_code == 0
    refused = run("backup", tmp_path / "copy.db")
    assert refused.exit_code == 1
    assert "give a new name" in refused.stderr


def test_a_restoration_says_what_is_lost(run: Run, ward: str, tmp_path: Path, set_clock: SetClock) -> None:
    run("recipient", "add", ward, "zoe@example.org", "--verified-by-hand", "asked")
    run("backup", tmp_path / "copy.db")
    set_clock("2026-12-05T15:20-05:00")
    done = run("--database-url", restored_url(tmp_path), "restore", tmp_path / "copy.db")
    assert done.exit_code == 0
    assert "Restored what was there at 2026-12-05 17:00:00 UTC" in done.stdout
    assert "2 go in one message for each person, 0 are of no more use." in done.stdout
    assert "feeds that were revoked since" in done.stdout
    assert run("--database-url", restored_url(tmp_path), "patient", "show", ward).exit_code == 0


def test_what_nobody_sent_any_more_is_not_called_doubtful(
    run: Run, ward: str, tmp_path: Path, set_clock: SetClock
) -> None:
    run("recipient", "add", ward, "zoe@example.org", "--verified-by-hand", "asked")
    run("backup", tmp_path / "copy.db")
    set_clock("2026-12-05T15:20-05:00")
    until = ("--sent-until", "2026-12-05T14:00-05:00")
    done = run("--database-url", restored_url(tmp_path), "restore", tmp_path / "copy.db", *until)
    assert "0 go in one message for each person" in done.stdout


def test_it_is_never_restored_into_the_database_in_use(run: Run, ward: str, tmp_path: Path) -> None:
    run("backup", tmp_path / "copy.db")
    refused = run("restore", tmp_path / "copy.db")
    assert refused.exit_code == 1
    assert "restore into a new one (--database-url)" in refused.stderr
