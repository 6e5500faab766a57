"""``dosecal retention`` as an operator uses it."""

from __future__ import annotations

import json

from tests.cli.conftest import Run, SetClock


def counts(text: str, column: str) -> dict[str, int]:
    return {row["kind"]: row[column] for row in json.loads(text)}


def test_it_shows_runs_and_rehearses(run: Run, ward: str, set_clock: SetClock) -> None:
    recipient = run("recipient", "add", ward, "zoe@example.org").stdout.strip()
    run("recipient", "remove", recipient)
    set_clock("2027-04-05T12:00-04:00")
    shown = run("retention", "show", "--format", "json").stdout
    assert counts(shown, "may_go")["addresses"] == 1
    rehearsed = run("retention", "run", "--dry-run", "--format", "json").stdout
    assert counts(rehearsed, "would_go")["addresses"] == 1
    assert counts(run("retention", "run", "--format", "json").stdout, "gone")["addresses"] == 1
    assert counts(run("retention", "show", "--format", "json").stdout, "may_go")["addresses"] == 0


def test_the_environment_says_for_how_long(run: Run, ward: str) -> None:
    refused = run("retention", "show", DOSECAL_KEEP_REMINDERS="10")
    assert refused.exit_code == 2
    assert "needed for 60 days" in refused.stderr
    assert " 800 " in run("retention", "show", DOSECAL_KEEP_REMINDERS="800").stdout
