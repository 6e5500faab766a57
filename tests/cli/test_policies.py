"""``dosecal policy``: what people are told about their doses, and when."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def told(run: Run, ward: str) -> str:
    """A recipient of the patient's, who is told everything. Its id."""
    return run("recipient", "add", ward, "zoe@example.org", "--verified-by-hand", "asked").stdout.strip()


def values(run: Run, *scope: str) -> dict[str, tuple[Any, str]]:
    """What is in force: value and source by name."""
    shown = run("policy", "show", "zoe", *scope, "--format", "json")
    assert shown.exit_code == 0, shown.stderr
    return {row["name"]: (row["value"], row["source"]) for row in json.loads(shown.stdout)}


def steps(run: Run) -> list[str]:
    """The steps that wait, by dose."""
    rows = json.loads(run("reminder", "upcoming", "zoe", "--limit", "999", "--format", "json").stdout)
    return sorted(f"{row['dose']} {row['step']}" for row in rows)


def test_the_defaults_are_shown_as_such(run: Run, told: str) -> None:
    assert values(run) == {
        "follow_ups": (["10 min", "30 min"], "default"),
        "depot_follow_ups": (["1 d", "3 d", "7 d"], "default"),
        "missed": (True, "default"),
        "escalate_after": ("1 h", "default"),
        "depot_escalate_after": ("2 d", "default"),
        "quiet": ("none", "default"),
        "quiet_due": (False, "default"),
        "cap": (30, "default"),
        "spread": ("none", "default"),
        "leads": ([], "default"),
    }
    assert "follow_ups            10 min, 30 min  default" in run("policy", "show", "zoe").stdout


def test_everything_can_be_chosen_and_taken_back(run: Run, told: str) -> None:
    chosen = ["--follow-up", "5 min", "--follow-up", "1 h", "--depot-follow-up", "2 d", "--no-missed"]
    chosen += ["--escalate-after", "45 min", "--depot-escalate-after", "3 d", "--quiet", "22:00-07:00"]
    chosen += ["--quiet-due", "--cap", "12", "--spread", "5 min", "--lead-task", "prepare"]
    assert run("policy", "set", "zoe", *chosen).exit_code == 0
    found = {name: value for name, (value, source) in values(run).items() if source == "patient"}
    assert found == {
        "follow_ups": ["5 min", "1 h"],
        "depot_follow_ups": ["2 d"],
        "missed": False,
        "escalate_after": "45 min",
        "depot_escalate_after": "3 d",
        "quiet": "22:00-07:00",
        "quiet_due": True,
        "cap": 12,
        "spread": "5 min",
        "leads": ["prepare"],
    }
    none = ["--no-follow-ups", "--no-depot-follow-ups", "--missed", "--no-escalation", "--no-quiet-due"]
    none += ["--no-depot-escalation", "--no-quiet", "--no-spread", "--no-lead-tasks"]
    assert run("policy", "set", "zoe", *none).exit_code == 0
    found = {name: value for name, (value, source) in values(run).items() if source == "patient"}
    assert found == {
        "follow_ups": [],
        "depot_follow_ups": [],
        "missed": True,
        "escalate_after": "none",
        "depot_escalate_after": "none",
        "quiet": "none",
        "quiet_due": False,
        "cap": 12,
        "spread": "none",
        "leads": [],
    }
    assert run("policy", "set", "zoe", "--reset").exit_code == 0
    assert {source for _, source in values(run).values()} == {"default"}


def test_what_waits_follows_at_once_and_a_dry_run_only_says_so(run: Run, told: str) -> None:
    before = steps(run)
    tried = run("policy", "set", "zoe", "--no-follow-ups", "--dry-run")
    follow_ups = [line for line in before if "follow" in line]
    count = len(follow_ups)
    assert count > 0
    taken = f"would be planned anew, 0 added, {count} taken back."
    assert tried.stdout == f"Of the reminders that wait, 0 {taken}\n"
    assert steps(run) == before
    done = run("policy", "set", "zoe", "--no-follow-ups")
    assert done.stdout == tried.stdout.replace("would be", "were")
    assert steps(run) == [line for line in before if line not in follow_ups]


def test_a_regimen_and_a_recipient_have_policies_of_their_own(run: Run, told: str) -> None:
    for scope, minutes in [
        ([], "5 min"),
        (["--regimen", "octreotide"], "6 min"),
        (["--recipient", told], "7 min"),
        (["--regimen", "octreotide", "--recipient", told], "8 min"),
    ]:
        assert run("policy", "set", "zoe", *scope, "--follow-up", minutes).exit_code == 0
    both = values(run, "--regimen", "octreotide", "--recipient", told)
    assert both["follow_ups"] == (["8 min"], "regimen and recipient")
    assert values(run, "--regimen", "hourly", "--recipient", told)["follow_ups"] == (["7 min"], "recipient")
    assert values(run, "--regimen", "octreotide")["follow_ups"] == (["6 min"], "regimen")
    assert values(run)["follow_ups"] == (["5 min"], "patient")


def test_every_fault_is_told_at_once_and_nothing_is_chosen(run: Run, told: str) -> None:
    refused = run("policy", "set", "zoe", "--follow-up", "10min", "--cap", "2", "--quiet", "late")
    assert refused.exit_code == 2
    assert len(refused.stderr.splitlines()) == 3
    assert {source for _, source in values(run).values()} == {"default"}


def test_a_choice_that_says_nothing_or_two_things_is_refused(run: Run, told: str) -> None:
    assert "nothing is chosen" in run("policy", "set", "zoe").stderr
    both = run("policy", "set", "zoe", "--quiet", "22:00-07:00", "--no-quiet")
    assert (both.exit_code, both.stderr) == (2, "dosecal: quiet: say either what, or that there is none\n")
    assert run("policy", "set", "zoe", "--regimen", "octreotide", "--cap", "10").exit_code == 2
    assert run("policy", "set", "zoe", "--regimen", "rar", "--missed").exit_code == 1
    assert run("policy", "show", "zoe", "--recipient", "r-9").exit_code == 1
    assert run("policy", "show", "nobody").exit_code == 1


def test_whoever_is_told_on_escalation_has_to_have_agreed(run: Run, told: str) -> None:
    refused = run("recipient", "add", "zoe", "anna@example.org", "--escalation")
    assert refused.exit_code == 2
    assert "ask them and the patient first" in refused.stderr
    options = ("--escalation", "--consented", "--verified-by-hand", "asked")
    agreed = run("recipient", "add", "zoe", "anna@example.org", *options)
    assert agreed.exit_code == 0
    rows = json.loads(run("recipient", "list", "zoe", "--format", "json").stdout)
    assert {row["address"]: row["role"] for row in rows} == {
        "zoe@example.org": "person",
        "anna@example.org": "escalation",
    }
    assert any(line.endswith(" escalate") for line in steps(run))
