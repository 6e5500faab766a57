"""Real calendar programs subscribe to a feed of the real server: vdirsyncer fetches it, khal shows it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from click.testing import CliRunner

from cli.mail_sink import free_port
from cli.main import cli
from tests.support.calendar_judges import INSTALLING_S, python_environment
from tests.support.daemon_process import running, until

pytestmark = pytest.mark.timeout(INSTALLING_S)

Dosecal = Callable[..., str]

ZONE = "Europe/Berlin"
MEDICINE = "Octreotide (short-acting) 100 micrograms"
PATIENCE_S = 60
PLAN = f"""
version = 1
[patient]
id = "zoe"
name = "Zoe Marsh"
zone = "{ZONE}"
market = "eu"
[[regimen]]
id = "octreotide"
product = "octreotide-sc"
  [[regimen.phase]]
  dose = "100 ug"
  times = ["07:00", "19:00"]
  start = {{start}}
  for = "3 d"
"""
SYNCING = """
[general]
status_path = "{folder}/status"
[pair doses]
a = "feed"
b = "local"
collections = null
[storage feed]
type = "http"
url = "{url}"
[storage local]
type = "filesystem"
path = "{folder}/calendar"
fileext = ".ics"
"""
SHOWING = """
[calendars]
[[doses]]
path = {folder}/calendar
[locale]
local_timezone = {zone}
default_timezone = {zone}
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """A person whose programs are in ``programs`` and whose files are in ``folder``."""

    programs: Path
    folder: Path

    def subscribe(self, url: str) -> None:
        (self.folder / "calendar").mkdir()
        (self.folder / "vdirsyncer").write_text(SYNCING.format(folder=self.folder, url=url))
        (self.folder / "khal").write_text(SHOWING.format(folder=self.folder, zone=ZONE))
        self._run("vdirsyncer", "discover")

    def sees(self, day: date) -> list[str]:
        """Start, title and status of what is shown on a date, after a look at what is new."""
        self._run("vdirsyncer", "sync")
        form = ("--format", "{start-time}|{title}|{status}", "--day-format", "", "--notstarted")
        shown = self._run("khal", "list", *form, day.isoformat(), "1d")
        return sorted(line.strip() for line in shown.splitlines() if "|" in line)

    def _run(self, program: str, *arguments: str) -> str:
        own = {
            name: str(self.folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
        }
        done = subprocess.run(
            [str(self.programs / program), "--config", str(self.folder / program), *arguments],
            env={**os.environ, **own, "TZ": "Pacific/Chatham", "PYTHONTZPATH": ""},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def dosecal(sqlite_url: str) -> Dosecal:
    """Run ``dosecal ARGUMENTS`` and return what it prints."""

    def run(*arguments: str | Path) -> str:
        texts = ["--database-url", sqlite_url, *(str(argument) for argument in arguments)]
        done = CliRunner().invoke(cli, texts, catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of a ``dosecal serve``."""
    port = free_port()
    command = ["cli", "--database-url", sqlite_url, "serve", "--port", str(port)]
    with running(command, tmp_path / "log"):
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers(address))
        yield address


def answers(address: str) -> bool:
    try:
        httpx2.get(address, trust_env=False)
    except httpx2.TransportError:
        return False
    return True


@pytest.fixture
def first_day(dosecal: Dosecal, tmp_path: Path) -> date:
    """Zoe's first day of three with two doses, all of them to come."""
    start = datetime.now(UTC).astimezone(ZoneInfo(ZONE)).date() + timedelta(days=2)
    file = tmp_path / "zoe.toml"
    file.write_text(PLAN.format(start=start))
    dosecal("import", file)
    return start


@pytest.fixture
def feed(dosecal: Dosecal, first_day: date, server: str) -> dict[str, Any]:
    """Its ``url`` and its ``key_id``."""
    issued = dosecal("feed", "issue", "zoe", "--privacy", "full", "--base-url", server, "--format", "json")
    return dict(json.loads(issued))


@pytest.fixture
def subscriber(feed: dict[str, Any], pytestconfig: pytest.Config, tmp_path: Path) -> Subscriber:
    assert pytestconfig.cache is not None
    home = tmp_path / "subscriber"
    home.mkdir()
    someone = Subscriber(programs=python_environment(pytestconfig.cache) / "bin", folder=home)
    someone.subscribe(feed["url"])
    return someone


def test_a_subscriber_sees_the_doses(subscriber: Subscriber, first_day: date) -> None:
    both = [f"07:00|{MEDICINE}|CONFIRMED", f"19:00|{MEDICINE}|CONFIRMED"]
    for days in range(3):
        assert subscriber.sees(first_day + timedelta(days=days)) == both
    assert subscriber.sees(first_day + timedelta(days=3)) == []


def test_a_subscriber_sees_a_move_a_hold_and_the_end_of_the_subscription(
    subscriber: Subscriber, dosecal: Dosecal, feed: dict[str, Any], first_day: date
) -> None:
    assert len(subscriber.sees(first_day)) == 2
    dosecal(
        "dose", "move", "zoe", f"octreotide@{first_day}/1", "--to", f"{first_day}T09:30", "--reason", "nurse"
    )
    assert subscriber.sees(first_day) == [f"09:30|{MEDICINE}|CONFIRMED", f"19:00|{MEDICINE}|CONFIRMED"]
    second, third = (first_day + timedelta(days=days) for days in (1, 2))
    dosecal(
        "hold", "start", "zoe", "octreotide", "--from", str(second), "--until", str(third), "--reason", "ill"
    )
    assert any("on hold" in line for line in subscriber.sees(second))
    for day in (second, third):
        told = subscriber.sees(day)
        assert f"07:00|Cancelled: {MEDICINE}|CANCELLED" in told
        assert f"19:00|Cancelled: {MEDICINE}|CANCELLED" in told
    dosecal("feed", "revoke", feed["key_id"])
    today = first_day - timedelta(days=2)
    assert [line.split("|")[1] for line in subscriber.sees(today)] == ["Subscription ended"]
    for days in range(3):
        assert subscriber.sees(first_day + timedelta(days=days)) == []
