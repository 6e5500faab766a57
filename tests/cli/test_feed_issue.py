"""Handing out a calendar: what a person sees, what a script reads, what lands in a file."""

from __future__ import annotations

import errno
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scheduler.actions import qr_code
from scheduler.errors import RefusedError
from tests.cli.conftest import Run

HTTPS = ("--base-url", "https://doses.example")
TOKEN = r"[a-z0-9]{8}-[A-Za-z0-9_-]{43}"


@pytest.fixture
def patient(run: Run, zoe: Path) -> str:
    return str(json.loads(run("import", zoe, "--format", "json").stdout)[0]["patient"])


def test_a_script_reads_the_link_and_nothing_else(run: Run, patient: str) -> None:
    issued = run("feed", "issue", patient, *HTTPS)
    assert issued.exit_code == 0
    assert re.fullmatch(rf"https://doses\.example/feeds/{TOKEN}\.ics\n", issued.stdout)
    assert issued.stderr == ""


def test_json_has_every_address(run: Run, patient: str) -> None:
    facts = addresses(run, patient)
    token = facts["url"].removeprefix("https://doses.example/feeds/").removesuffix(".ics")
    assert re.fullmatch(TOKEN, token)
    assert facts["key_id"] == token.partition("-")[0]
    assert facts["subscribe_url"] == f"https://doses.example/subscribe/{token}"
    assert facts["webcal_url"] == f"webcal://doses.example/feeds/{token}.ics"


@pytest.mark.parametrize("name", ["card.png", "card.PNG", "card.svg"])
def test_the_qr_code_of_the_page_can_be_written_to_a_file_for_its_owner_alone(
    run: Run, patient: str, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    facts = addresses(run, patient, "--qr", file)
    page = facts["subscribe_url"]
    pictures = {".png": qr_code.png(page), ".svg": f"{qr_code.svg(page)}\n".encode()}
    assert file.read_bytes() == pictures[file.suffix.lower()]
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if "card" in path.name) == [name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("card.gif", "ends in neither .png nor .svg"),
        ("card", "ends in neither .png nor .svg"),
        ("nowhere/card.png", "is not a file in a folder that exists"),
        ("folder.svg", "is not a file in a folder that exists"),
    ],
)
def test_a_file_that_cannot_be_is_refused_before_an_address_is_made(
    run: Run, patient: str, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "folder.svg").mkdir()
    refused = run("feed", "issue", patient, *HTTPS, "--qr", tmp_path / name)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert feeds(run) == []


def test_the_link_is_shown_though_the_file_cannot_be_written(
    run: Run, patient: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise RefusedError(f"nothing was written to {path}: no space left on device")

    monkeypatch.setattr("cli.feed_address_output.write_file", full)
    issued = run("feed", "issue", patient, *HTTPS, "--qr", tmp_path / "card.png")
    assert issued.exit_code == 1
    assert "no space left on device" in issued.stderr
    assert re.fullmatch(rf"https://doses\.example/feeds/{TOKEN}\.ics\n", issued.stdout)


@pytest.mark.parametrize("base", ["http://doses.example", "http://10.0.0.5:8460"])
def test_an_address_that_can_be_overheard_is_warned_of(run: Run, patient: str, base: str) -> None:
    issued = run("feed", "issue", patient, "--base-url", base)
    assert "plain http: whoever listens on the way learns the address" in issued.stderr
    assert issued.stdout.count("\n") == 1


@pytest.mark.parametrize("base", ["https://doses.example", "http://127.0.0.1:8460", "http://localhost:1"])
def test_an_address_that_cannot_be_overheard_is_not(run: Run, patient: str, base: str) -> None:
    assert run("feed", "issue", patient, "--base-url", base).stderr == ""


@pytest.mark.parametrize("output_format", ["table", "json"])
def test_full_privacy_says_what_it_means(run: Run, patient: str, output_format: str) -> None:
    issued = run("feed", "issue", patient, *HTTPS, "--privacy", "full", "--format", output_format)
    assert "the medicine and the dose are shown by calendar companies" in issued.stderr
    assert "medicine" not in issued.stdout


@pytest.mark.parametrize("base", ["doses.example", "https://doses.example?a", f"https://{'a' * 250}"])
def test_an_unusable_base_address_is_refused_before_an_address_is_made(
    run: Run, patient: str, base: str
) -> None:
    refused = run("feed", "issue", patient, "--base-url", base)
    assert refused.exit_code == 2
    assert "(--base-url)" in refused.stderr
    assert feeds(run) == []


def test_a_terminal_shows_the_link_then_the_code_then_the_page(
    run: Run, patient: str, tmp_path: Path
) -> None:
    link, *lines = on_a_terminal(tmp_path, patient, COLUMNS="80")
    page = link.replace("/feeds/", "/subscribe/").removesuffix(".ics")
    assert lines[0] == ""
    code = qr_code.terminal_lines(page)
    assert lines[1 : 1 + len(code)] == code
    assert lines[1 + len(code) :] == [
        "",
        "On the phone or computer that shows the calendar, open this page:",
        page,
        "It is reached from this machine alone; --base-url says where others reach it.",
    ]


@pytest.mark.parametrize("environment", [{"COLUMNS": "44"}, {"COLUMNS": "80", "PYTHONIOENCODING": "ascii"}])
def test_a_terminal_that_cannot_show_the_code_shows_both_links(
    run: Run, patient: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    shown = on_a_terminal(tmp_path, patient, **environment)
    assert [line.partition("8460/")[2].partition("/")[0] for line in shown if "://" in line] == [
        "feeds",
        "subscribe",
    ]
    assert "\x1b" not in "".join(shown)


def test_a_terminal_shows_json_as_it_is(run: Run, patient: str, tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path, patient, DOSECAL_FORMAT="json")
    assert set(json.loads("\n".join(shown))) >= {"url", "subscribe_url", "webcal_url"}


def addresses(run: Run, patient: str, *options: str | Path) -> dict[str, Any]:
    issued = run("feed", "issue", patient, *HTTPS, "--format", "json", *options)
    assert issued.exit_code == 0, issued.stderr
    return dict(json.loads(issued.stdout))


def feeds(run: Run) -> list[Any]:
    return list(json.loads(run("feed", "list", "--format", "json").stdout))


def on_a_terminal(tmp_path: Path, patient: str, **environment: str) -> list[str]:
    """The lines that ``dosecal feed issue`` writes to a terminal, standard error among them."""
    ours, theirs = pty.openpty()
    variables = {**os.environ, "DOSECAL_DATABASE_URL": f"sqlite:///{tmp_path / 'dosecal.db'}", **environment}
    command = [sys.executable, "-m", "cli", "feed", "issue", patient, "--base-url", "http://127.0.0.1:8460"]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=variables)
    os.close(theirs)
    written = b"".join(iter(lambda: read(ours), b""))
    os.close(ours)
    assert process.wait(timeout=30) == 0, written
    return written.decode().splitlines()


def read(terminal: int) -> bytes:
    """What comes next, or nothing where the other side has closed, which Linux calls an error."""
    try:
        return os.read(terminal, 4096)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return b""
