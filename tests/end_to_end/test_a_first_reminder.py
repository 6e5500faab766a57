"""The README's way from an empty machine to a first reminder by mail, command by command."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest

from tests.support.daemon_process import DaemonProcess, until
from tests.support.mail_ledger import open_mail_ledger

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
NEW_YORK = ZoneInfo("America/New_York")
INSTALL = ".venv/bin/pip install --constraint constraints.txt ."
SOON = timedelta(seconds=12)


def section(heading: str) -> str:
    return README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def blocks(text: str) -> list[str]:
    """The indented blocks of ``text``, with the blank lines in them."""
    return [dedent(block).strip() for block in re.findall(r"(?:^(?: {4}.*)?\n)+", text, re.MULTILINE)]


def commands() -> list[str]:
    (block,) = filter(None, blocks(section("A first reminder by mail")))
    return block.splitlines()


def test_there_are_five_and_the_first_sets_up_what_ci_tests() -> None:
    assert len(commands()) == 5
    assert commands()[0] == f"python3 -m venv .venv && {INSTALL}"


def test_they_lead_to_a_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSECAL_DATABASE_URL", f"sqlite:///{tmp_path / 'dosecal.db'}")
    plan = next(block for block in blocks(section("Use it")) if block.startswith("version = 1"))
    (tmp_path / "zoe.toml").write_text(plan)
    _, importing, adding, moving, reminding = commands()
    patient = run(importing.replace("zoe.toml", str(tmp_path / "zoe.toml"))).split()[0]
    run(adding.replace("p-7k3mq2vx", patient))
    soon = (datetime.now(NEW_YORK) + SOON).replace(microsecond=0)
    moved = moving.replace("p-7k3mq2vx", patient)
    run(re.sub(r"--to \S+", f"--to {soon.replace(tzinfo=None).isoformat()}", moved))
    with open_mail_ledger(tmp_path / "ledger.jsonl") as ledger:
        command = re.sub(r"smtp://\S+", ledger.url, reminding)
        daemon = DaemonProcess(["cli", *shlex.split(command)[1:]], tmp_path / "daemon.log")
        try:
            (mail,) = until(ledger.read)
        finally:
            daemon.kill()
    assert mail.recipient == "zoe@example.org"
    assert mail.text.strip() == f"Reminder: your {soon:%H:%M} is due."
    assert 0 <= mail.at.timestamp() - soon.timestamp() < 90


def run(command: str) -> str:
    """What ``command`` of the README prints."""
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/dosecal"
    ended = subprocess.run(
        [sys.executable, "-m", "cli", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
