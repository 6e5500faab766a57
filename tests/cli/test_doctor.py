"""``dosecal doctor`` as an operator reads it."""

from __future__ import annotations

import json

from tests.cli.conftest import Run


def test_it_says_what_to_do(run: Run, ward: str) -> None:
    shown = run("doctor")
    assert shown.exit_code == 0
    assert "no daemon ever ran here" in shown.stdout
    assert "daemon: reminders are sent by 'dosecal daemon': start one." in shown.stdout


def test_what_only_wants_looking_at_fails_when_asked_strictly(run: Run, ward: str) -> None:
    assert run("doctor", "--strict").exit_code == 1


def test_what_is_wrong_ends_with_exit_code_1(run: Run, ward: str) -> None:
    shown = run("doctor", "--smtp-url", "smtp://127.0.0.1:1")
    assert shown.exit_code == 1
    assert "127.0.0.1:1 does not answer" in shown.stdout


def test_a_machine_can_read_it(run: Run, ward: str) -> None:
    checks = json.loads(run("doctor", "--format", "json").stdout)
    assert {"check", "verdict", "found", "advice"} == set(checks[0])
    verdicts = {check["check"]: check["verdict"] for check in checks}
    assert verdicts["schema"] == "well"
    assert verdicts["daemon"] == "look"
    assert "Zoe" not in str(checks)
