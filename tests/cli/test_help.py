"""Every command explains itself, and the manual knows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli.main import cli
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]


def commands(
    command: click.Command = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, (*path, name))


EVERY = list(commands())
NAMES = [" ".join(("dosecal", *path)) for path, _ in EVERY]


@pytest.mark.parametrize(("path", "command"), EVERY, ids=NAMES)
def test_help_tells_what_it_does_and_every_option(
    run: Run, path: tuple[str, ...], command: click.Command
) -> None:
    shown = run(*path, "--help")
    assert shown.exit_code == 0
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.name} has no help"


@pytest.mark.parametrize(("path", "command"), EVERY, ids=NAMES)
def test_every_option_names_its_environment_twin(
    run: Run, path: tuple[str, ...], command: click.Command
) -> None:
    shown = " ".join(run(*path, "--help").stdout.split())
    options = [p for p in command.params if isinstance(p, click.Option) and p.name not in {"help", "version"}]
    assert shown.count("env var: DOSECAL_") == shown.count("env var:") == len(options)


@pytest.mark.parametrize("name", NAMES[1:])
def test_the_manual_has_every_command(name: str) -> None:
    assert f"`{name}" in (ROOT / "docs" / "commands.md").read_text()


@pytest.mark.parametrize(("path", "command"), EVERY, ids=NAMES)
def test_every_listing_can_be_json(path: tuple[str, ...], command: click.Command) -> None:
    if path and path[-1] in {"list", "show", "upcoming", "log", "plan"}:
        (output_format,) = [p for p in command.params if "--format" in p.opts]
        assert isinstance(output_format.type, click.Choice)
        assert "json" in output_format.type.choices


def test_a_fault_of_our_own_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import cli.main

    def broken() -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(cli.main, "cli", broken)
    with pytest.raises(SystemExit) as ended:
        cli.main.main()
    assert ended.value.code == 70
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "secret" not in said
    assert "Traceback" not in said
