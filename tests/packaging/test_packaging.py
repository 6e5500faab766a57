"""What starts dosecal elsewhere says what dosecal understands."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli.main import cli

FOLDER = Path(__file__).parents[2] / "packaging"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
UNITS = [path for path in FILES if path.suffix == ".service"]


def started(text: str) -> Iterator[list[str]]:
    """The arguments of every dosecal that ``text`` starts."""
    for command in re.findall(r"^ExecStart=.*?/dosecal (.*)$", text, re.MULTILINE):
        yield shlex.split(command.rstrip("'").replace("$$(", "(").replace("'", ""))
    for command in re.findall(r"^    command: (\[.*\])$", text, re.MULTILINE):
        yield json.loads(command)


def understood(arguments: list[str]) -> bool:
    """Whether the command line has this command with these options."""
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        name, command, arguments = command.resolve_command(context, arguments)  # type: ignore[assignment]
        assert name is not None
    command.make_context("dosecal", list(arguments), parent=context)
    return True


EVERY = [(path.name, arguments) for path in FILES for arguments in started(path.read_text())]


def test_something_is_started() -> None:
    assert len(EVERY) == 8
    assert {arguments[0] for _, arguments in EVERY} == {
        "daemon",
        "serve",
        "backup",
        "retention",
        "doctor",
        "database",
    }


@pytest.mark.parametrize(("name", "arguments"), EVERY, ids=[f"{n}: {' '.join(a)}" for n, a in EVERY])
def test_every_command_is_one(name: str, arguments: list[str]) -> None:
    assert understood(arguments)


def variables(command: click.Command = cli) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.envvar:
            yield str(parameter.envvar)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from variables(below)


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_every_variable_is_one(path: Path) -> None:
    assert set(re.findall(r"DOSECAL_[A-Z_]+", path.read_text())) <= set(variables())


@pytest.mark.parametrize("unit", UNITS, ids=[unit.name for unit in UNITS])
def test_every_unit_may_touch_its_own_folder_and_the_network_alone(unit: Path) -> None:
    text = unit.read_text()
    for line in (
        "User=dosecal",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "UMask=0077",
    ):
        assert f"\n{line}\n" in text


def test_the_versions_of_the_image_are_those_that_the_tests_passed_with() -> None:
    text = (FOLDER / "Containerfile").read_text()
    assert "--constraint constraints.txt" in text
    assert "USER 10001" in text


COPIED = re.findall(r"^COPY (?!--from)(.*) \S+$", (FOLDER / "Containerfile").read_text(), re.MULTILINE)
SOURCES = sorted(source for line in COPIED for source in line.split())


def test_the_image_is_made_from_what_is_there_and_all_that_the_package_names() -> None:
    project = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {project["project"]["readme"], *project["project"]["license-files"]}
    needed |= {*wheel["packages"], *wheel["force-include"], "pyproject.toml", "constraints.txt"}
    assert set(SOURCES) == needed
    assert all((FOLDER.parent / source).exists() for source in SOURCES)


def test_nothing_else_reaches_the_builder() -> None:
    lines = (FOLDER / "Containerfile.dockerignore").read_text().splitlines()
    rules = [line for line in lines if not line.startswith("#")]
    assert rules[0] == "**"
    assert sorted(rule[1:] for rule in rules if rule.startswith("!")) == SOURCES
