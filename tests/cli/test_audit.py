"""``dosecal reminder audit``: was everybody told?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import cli
from tests.cli.conftest import ZOE, Run, SetClock


@pytest.fixture
def told(run: Run, ward: str) -> str:
    """A recipient of the patient's, added at noon: the next dose is at 15:00. Its id."""
    return run("recipient", "add", ward, "zoe@example.org", "--verified-by-hand", "asked").stdout.strip()


def test_where_nothing_is_wrong_it_says_so(run: Run, told: str) -> None:
    audited = run("reminder", "audit")
    assert (audited.exit_code, audited.stdout) == (0, "Nothing is wrong. Patients: 1.\n")


def test_a_dose_of_which_nobody_was_told_ends_with_exit_code_1(
    run: Run, told: str, set_clock: SetClock
) -> None:
    set_clock("2026-12-05T15:02-05:00")
    audited = run("reminder", "audit")
    assert audited.exit_code == 1
    header, _, row, total = audited.stdout.splitlines()
    assert header.split() == ["patient", "caseload", "recipient", "reminder", "problem"]
    assert row.split()[:2] == ["zoe", told]
    assert row.endswith("a dose was due, and its reminder was never tried")
    assert total == "Wrong: 1. Shown: 1."


def test_a_machine_can_read_it(run: Run, told: str, set_clock: SetClock) -> None:
    assert json.loads(run("reminder", "audit", "--format", "json").stdout) == {
        "patients": 1,
        "caseloads": 0,
        "count": 0,
        "findings": [],
    }
    set_clock("2026-12-05T15:02-05:00")
    audited = run("reminder", "audit", "--format", "json")
    assert audited.exit_code == 1
    (finding,) = json.loads(audited.stdout)["findings"]
    assert isinstance(finding.pop("reminder"), int)
    assert finding == {
        "code": "not_tried",
        "problem": "a dose was due, and its reminder was never tried",
        "patient": "zoe",
        "caseload": None,
        "recipient": told,
    }
    assert "octreotide" not in audited.stdout


def test_a_horizon_that_is_too_short_has_neither_recipient_nor_reminder(
    run: Run, ward: str, set_clock: SetClock
) -> None:
    set_clock("2026-12-07T12:00-05:00")
    (row,) = run("reminder", "audit").stdout.splitlines()[2:-1]
    assert row.split(maxsplit=1) == ["zoe", "reminders are planned for less than the next 12 hours"]


def test_it_works_on_each_database(database_url: str, tmp_path: Path, set_clock: SetClock) -> None:
    def dosecal(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli, ["--database-url", database_url, *arguments], catch_exceptions=False)
        return result.exit_code, result.stdout

    file = tmp_path / "zoe.toml"
    file.write_text(ZOE.replace("[patient]", '[patient]\nid = "zoe"'))
    assert dosecal("import", str(file))[0] == 0
    assert dosecal("recipient", "add", "zoe", "zoe@example.org", "--verified-by-hand", "asked")[0] == 0
    assert dosecal("reminder", "audit")[0] == 0
    set_clock("2026-10-20T15:02-04:00")
    assert dosecal("reminder", "audit")[0] == 1


def test_a_url_to_ping_that_cannot_be_fetched_is_refused_before_anything_runs(run: Run) -> None:
    refused = run("daemon", DOSECAL_PING_URL="ftp://example.org/a1b2c3")
    assert refused.exit_code == 2
    assert "the URL to ping (--ping-url) is not https://HOST/PATH" in refused.stderr
    assert "a1b2c3" not in refused.stderr
