"""Parsers of other people, each read by a process of its own, that say what a calendar tells them.

Their environments are made once and kept between sessions, in the cache folder of pytest. Where one cannot
be made, or there is no Node, the tests that ask it are skipped. Both sides read the tz data of the tzdata
package in one version, but for Node, which brings its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from icalendar import Calendar

HERE = Path(__file__).parents[1] / "ical" / "judges"
PYTHON_JUDGES = ("ical", "recurring-ical-events", "vobject")
NODE_JUDGES = ("ical.js", "node-ical")
JUDGES = (*PYTHON_JUDGES, *NODE_JUDGES)
PATIENCE_S = 180
INSTALLING_S = 3 * PATIENCE_S
"""How long a test may take that is the first to need an environment."""

# The clocks of the process must not matter; those of no feed stand at this offset.
_ELSEWHERE = {"TZ": "Pacific/Chatham", "PYTHONTZPATH": ""}


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedEvent:
    """One event as a parser tells it: aware UTC instants, or dates where it is of whole days.

    ``alarms`` are the instants at which it rings, None where the parser does not tell.
    """

    uid: str
    starts_at: datetime | date
    ends_at: datetime | date
    title: str
    status: str
    description: str
    alarms: tuple[datetime | date, ...] | None


class RefusedFeedsError(Exception):
    """A parser would not read files; the text has each with the parser's reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarJudge:
    """A parser; ``command`` is run in ``folder`` with the files to read behind it."""

    name: str
    command: tuple[str, ...]
    folder: Path

    def read(self, files: Sequence[Path]) -> list[list[JudgedEvent]]:
        """The events of each file, by start and UID. Raises RefusedFeedsError."""
        told = self._told(files)
        refused = [f"{f.name}: {t['refused']}" for f, t in zip(files, told, strict=True) if "refused" in t]
        if refused:
            raise RefusedFeedsError(f"{self.name} refuses " + "; ".join(refused))
        return [_in_order(_judged(event) for event in events) for events in told]

    def would_tell(self, events: Iterable[JudgedEvent]) -> list[JudgedEvent]:
        """``events`` without what this parser keeps to itself: node-ical does not tell when alarms ring."""
        return [replace(event, alarms=None) if self.name == "node-ical" else event for event in events]

    def _told(self, files: Sequence[Path]) -> list[Any]:
        done = subprocess.run(
            [*self.command, *(str(file.resolve()) for file in files)],
            cwd=self.folder,
            env={**os.environ, **_ELSEWHERE},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout))


def read_with_icalendar(file: Path) -> list[JudgedEvent]:
    """What the library that wrote the file reads back from it."""
    calendar = Calendar.from_ical(file.read_bytes())
    assert isinstance(calendar, Calendar)
    return _in_order(
        JudgedEvent(
            uid=str(event["UID"]),
            starts_at=_in_utc(event.start),
            ends_at=_in_utc(event.end),
            title=str(event["SUMMARY"]),
            status=str(event["STATUS"]),
            description=str(event["DESCRIPTION"]),
            alarms=tuple(sorted(_in_utc(alarm.trigger) for alarm in event.alarms.times)),
        )
        for event in calendar.events
    )


def _judged(event: dict[str, Any]) -> JudgedEvent:
    alarms = event["alarms"]
    return JudgedEvent(
        uid=event["uid"],
        starts_at=_read(event["starts_at"]),
        ends_at=_read(event["ends_at"]),
        title=event["title"],
        status=event["status"],
        description=event["description"],
        alarms=None if alarms is None else tuple(map(_read, alarms)),
    )


def _in_order(events: Iterable[JudgedEvent]) -> list[JudgedEvent]:
    return sorted(events, key=lambda event: (event.starts_at.isoformat(), event.uid))


def _read(text: str) -> datetime | date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _in_utc(at: datetime | date) -> datetime | date:
    return at.astimezone(UTC) if isinstance(at, datetime) else at


def judge(name: str, cache: pytest.Cache) -> CalendarJudge:
    """The parser called ``name``; skips the test where it cannot be had."""
    if name in PYTHON_JUDGES:
        python = python_environment(cache)
        command = (str(python / "bin" / "python"), str(HERE / "read_with_python.py"), name)
        return CalendarJudge(name=name, command=command, folder=python)
    home = node_environment(cache)
    command = ("node", str(HERE / "read_with_node.mjs"), name)
    return CalendarJudge(name=name, command=command, folder=home)


def python_environment(cache: pytest.Cache) -> Path:
    """A virtual environment with what requirements.txt names."""
    wanted = HERE / "requirements.txt"
    tzdata = f"tzdata=={version('tzdata')}"

    def make(home: Path) -> None:
        venv.create(home, with_pip=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _install([*pip, "--requirement", str(wanted), tzdata], home)

    return _kept(cache, "python", f"{sys.version}\n{tzdata}\n{wanted.read_text()}", make)


def node_environment(cache: pytest.Cache) -> Path:
    """A folder in which npm has put what package.json names."""
    wanted = HERE / "package.json"
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not on this machine")

    def make(home: Path) -> None:
        home.mkdir()
        shutil.copy(wanted, home)
        quiet = ("--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
        _install(["npm", "install", *quiet], home)

    return _kept(cache, "node", wanted.read_text(), make)


def _install(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    except (subprocess.SubprocessError, OSError) as error:
        why = getattr(error, "stderr", None) or error
        pytest.skip(f"the judges of calendars could not be installed: {why}")


def _kept(cache: pytest.Cache, kind: str, recipe: str, make: Callable[[Path], None]) -> Path:
    """The folder that ``make`` fills after ``recipe``: the one from before where the recipe is the same.

    Workers that need it at the same time wait for the one that makes it.
    """
    folder = cache.mkdir(f"calendar-judges-{kind}")
    home, made = folder / "home", folder / "made"
    digest = hashlib.sha256(recipe.encode()).hexdigest()
    with FileLock(folder / "lock"):
        if not (made.exists() and made.read_text() == digest):
            made.unlink(missing_ok=True)
            shutil.rmtree(home, ignore_errors=True)
            make(home)
            made.write_text(digest)
    return home
