"""The real daemon as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
Found = TypeVar("Found")


class DaemonProcess:
    """``log`` is what it wrote to standard error and output. ``environment``: None for that of the tests."""

    def __init__(self, command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=dict(os.environ if environment is None else environment),
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._process.wait(PATIENCE_S)

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """Its exit code."""
        return self._process.wait(PATIENCE_S)

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def is_stopped(self) -> bool:
        """Whether SIGSTOP holds it (Linux)."""
        state = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "T"

    def wait_until_started(self) -> None:
        until(lambda: self.ended or "daemon started" in self.log.read_text())
        assert not self.ended, self.log.read_text()


def real_daemon(database_url: str, smtp_url: str | None, node: str, *options: str) -> list[str]:
    """The command line that an operator would write."""
    mail = ["--smtp-url", smtp_url] if smtp_url else []
    return ["cli", "--database-url", database_url, "daemon", *mail, "--node", node, *options]


@contextmanager
def running(
    command: list[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[DaemonProcess]:
    """The process of ``command``, gone at the end whatever happens."""
    process = DaemonProcess(command, log, environment)
    try:
        yield process
    finally:
        if not process.ended:
            process.kill()


def until(condition: Callable[[], Found], patience_s: float = PATIENCE_S) -> Found:
    """What ``condition`` returns as soon as it is true of something."""
    deadline = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)
    return found
