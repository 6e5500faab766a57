"""``--dry-run``: shows what the command would do, and does nothing."""

from __future__ import annotations

import json

import click
import pytest

from cli.main import cli
from tests.cli.conftest import Run, everything_shown

HOLD = ("hold", "start", "zoe", "lar", "--reason", "surgery")
AMEND = ("regimen", "amend", "zoe", "octreotide", "--from", "2026-12-08", "--dose", "150 ug")
PARIS = ("travel", "add", "zoe", "Europe/Paris", "--from", "2026-12-10", "--until", "2026-12-12")
REST = ("site", "rest", "zoe", "thigh-left")
GIVE = ("dose", "give", "zoe", "lar#1", "--at", "2026-12-03T10:00")
PHASE = ("--dose", "5 mg", "--times", "08:00", "--start", "2026-12-10", "--doses", "3")

CHANGES: list[tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]] = [
    ((), ("regimen", "start", "zoe", "eve", "--product", "everolimus", *PHASE)),
    ((), AMEND),
    ((), ("regimen", "stop", "zoe", "lar", "--at", "2027-01-01T12:00")),
    ((AMEND,), ("regimen", "undo", "zoe", "octreotide")),
    ((), HOLD),
    ((HOLD,), ("hold", "end", "zoe", "lar", "--on", "2027-01-05")),
    ((), REST),
    ((REST,), ("site", "use", "zoe", "thigh-left")),
    ((), PARIS),
    ((PARIS,), ("travel", "remove", "zoe", "--from", "2026-12-10")),
    ((), GIVE),
    ((), ("dose", "give", "zoe", "rescue")),
    ((), ("dose", "skip", "zoe", "lar#1", "--reason", "ill")),
    ((), ("dose", "move", "zoe", "lar#2", "--to", "2026-12-30T11:00")),
    ((GIVE,), ("dose", "undo", "zoe", "lar#1")),
]
NAMES = [" ".join(change[:2]) + (" as needed" if "rescue" in change else "") for _, change in CHANGES]


@pytest.mark.parametrize(("first", "change"), CHANGES, ids=NAMES)
def test_it_saves_nothing_and_tells_what_the_command_then_tells(
    run: Run, ward: str, first: tuple[tuple[str, ...], ...], change: tuple[str, ...]
) -> None:
    run("recipient", "add", ward, "Zoe", "--channel", "console")
    for command in first:
        assert run(*command).exit_code == 0
    before = everything_shown(run)
    rehearsed, as_json = run(*change, "--dry-run"), run(*change, "--dry-run", "--format", "json")
    assert rehearsed.exit_code == as_json.exit_code == 0
    assert everything_shown(run) == before
    assert rehearsed.stdout.startswith("Dry run, nothing is saved.")
    done = run(*change)
    assert done.stdout == rehearsed.stdout.removeprefix("Dry run, nothing is saved.").lstrip()
    assert everything_shown(run) != before
    assert json.loads(as_json.stdout)["saved"] is False


@pytest.mark.parametrize(("first", "change"), CHANGES, ids=NAMES)
def test_as_json_it_differs_from_the_command_in_being_saved_alone(
    run: Run, ward: str, first: tuple[tuple[str, ...], ...], change: tuple[str, ...]
) -> None:
    for command in first:
        run(*command)
    rehearsed = json.loads(run(*change, "--dry-run", "--format", "json").stdout)
    done = json.loads(run(*change, "--format", "json").stdout)
    assert done == {**rehearsed, "saved": True}
    assert set(done) == {"saved", "changes", "findings"}


@pytest.mark.parametrize(("first", "change"), CHANGES, ids=NAMES)
def test_it_is_refused_where_the_command_would_be(
    run: Run, first: tuple[tuple[str, ...], ...], change: tuple[str, ...]
) -> None:
    noun, verb, _, *rest = change
    refused, rehearsed = run(noun, verb, "p-nobody", *rest), run(noun, verb, "p-nobody", *rest, "--dry-run")
    assert refused.exit_code == rehearsed.exit_code == 1
    assert (
        refused.stderr
        == rehearsed.stderr
        == ("dosecal: there is no patient 'p-nobody'; see 'dosecal patient list'\n")
    )


def test_every_command_that_changes_a_plan_has_it() -> None:
    context = click.Context(cli)
    nouns = {noun: cli.get_command(context, noun) for noun in ("regimen", "hold", "site", "travel", "dose")}
    with_it = {
        f"{noun} {verb}"
        for noun, group in nouns.items()
        if isinstance(group, click.Group)
        for verb, command in group.commands.items()
        if any("--dry-run" in parameter.opts for parameter in command.params)
    }
    assert with_it == {" ".join(change[:2]) for _, change in CHANGES}
