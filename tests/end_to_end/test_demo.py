"""The demonstration, as a newcomer runs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import icalendar
import pytest


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cli", "demo", "--directory", str(folder), *options]
    # A group of its own, so that an interrupt reaches all of it, as Ctrl-C in a terminal does.
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def test_once_receives_a_feed_and_a_mail_and_ends_by_itself(tmp_path: Path) -> None:
    process = start(tmp_path, "--once")
    output, _ = process.communicate(timeout=110)
    assert process.returncode == 0, output
    assert "Loaded 9 invented patients" in output
    assert re.search(r"http://127\.0\.0\.1:\d+/feeds/[a-z0-9]{8}-\S{43}\.ics", output)
    assert "| To: carmen@example.org" in output
    assert re.search(
        r"\| Reminder: your \d\d:\d\d is due\.\n  \| http://127\.0\.0\.1:\d+/answer/\S{64}\n", output
    )
    assert output.rstrip().endswith("Feed and mail were received. Done.")
    calendar = icalendar.Calendar.from_ical((tmp_path / "carmen.ics").read_bytes())
    assert len(calendar.events) > 400


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_everything_cleanly(tmp_path: Path, stop: signal.Signals) -> None:
    process = start(tmp_path)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C ends them" in line:
            break
    # Ctrl-C reaches the whole group; a supervisor's SIGTERM only the process it started.
    os.killpg(process.pid, stop) if stop is signal.SIGINT else process.send_signal(stop)
    output = "".join(lines) + process.stdout.read()
    assert process.wait(timeout=30) == 0, output
    assert "Traceback" not in output
    assert output.rstrip().endswith("Stopping.")
    process.stdout.close()
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)  # nobody of the group is left


def test_it_says_what_is_wrong_with_its_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    process = start(tmp_path / "file" / "below", "--once")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "cannot be used: not a directory" in output
