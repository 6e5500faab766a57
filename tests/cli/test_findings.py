"""``dosecal finding``: what is noticed, and who answers for it. It is noon on 5 December 2026."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.conftest import Run

OFF_LABEL = (
    *(
        "regimen",
        "start",
        "zoe",
        "depot",
        "--product",
        "lanreotide",
        "--setting",
        "clinic",
        "--dose",
        "120 mg",
    ),
    *("--every", "2 wk", "--times", "10:00", "--start", "2027-06-01"),
    *("--confirm", "dup-la-ssa", "--reason", "the other one is stopped by then"),
)


def findings(run: Run) -> dict[str, dict[str, Any]]:
    listed = json.loads(run("finding", "list", "zoe", "--format", "json").stdout)
    return {found["code"]: found for found in listed if found["regimen"] == "depot"}


def test_they_are_listed_with_their_source(run: Run, ward: str) -> None:
    assert run(*OFF_LABEL).exit_code == 0
    found = findings(run)["off-label"]
    assert found["severity"] == "warning"
    assert found["source"].startswith("CLARINET FORTE")
    assert "off-label" in run("finding", "list", ward).stdout


def test_one_is_confirmed_and_taken_back(run: Run, ward: str) -> None:
    run(*OFF_LABEL)
    done = run("finding", "confirm", ward, "depot", "off-label", "--reason", "ordered by the team")
    assert done.stdout.splitlines()[0] == "off-label of depot is confirmed."
    found = findings(run)["off-label"]
    assert (found["severity"], found["text"].endswith("Confirmed: ordered by the team.")) == ("info", True)
    assert run("finding", "undo", ward, "depot", "off-label").stdout.startswith(
        "off-label of depot counts again."
    )
    assert findings(run)["off-label"]["severity"] == "warning"


def test_a_dry_run_confirms_nothing(run: Run, ward: str) -> None:
    run(*OFF_LABEL)
    run("finding", "confirm", ward, "depot", "off-label", "--reason", "why", "--dry-run")
    assert findings(run)["off-label"]["severity"] == "warning"


def test_what_cannot_be_confirmed_or_taken_back_is_told(run: Run, ward: str) -> None:
    run(*OFF_LABEL)
    run("finding", "confirm", ward, "depot", "off-label", "--reason", "why")
    for command, exit_code, told in (
        (("confirm", ward, "depot", "off-label", "--reason", "why"), 1, "is confirmed for depot already"),
        (
            ("confirm", ward, "depot", "off-lable", "--reason", "why"),
            1,
            "depot has no finding off-lable; there are:",
        ),
        (("confirm", ward, "lar", "overdue", "--reason", "why"), 1, "is about a day or a package"),
        (("confirm", ward, "depot", "off-label", "--reason", " "), 2, "needs a reason"),
        (("undo", ward, "depot", "dup"), 1, "nobody confirmed dup for depot"),
    ):
        refused = run("finding", *command)
        assert (refused.exit_code, told in refused.stderr) == (exit_code, True), refused.stderr


def test_the_line_of_a_finding_ends_with_its_source_in_brackets_and_its_code(run: Run, ward: str) -> None:
    told = run(*OFF_LABEL).stdout.splitlines()
    found = findings(run)["off-label"]
    line = f"warning: depot: {found['text']} ({found['source']}) [off-label]"
    assert [entry for entry in told if entry.endswith("[off-label]")] == [line]


def test_the_line_of_a_finding_without_a_source_has_no_empty_brackets(run: Run, ward: str) -> None:
    listed = json.loads(run("finding", "list", ward, "--format", "json").stdout)
    (found,) = [found for found in listed if found["code"] == "overdue"]
    assert found["source"] is None
    line = f"warning: lar#1: {found['text']} [overdue]"
    assert line in run("schedule", "show", ward).stdout.splitlines()
