"""A server as a process of its own, and what it takes of the machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOST = "127.0.0.1"
_PATIENCE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """A process that answers at ``port``."""

    port: int
    pid: int

    def url(self, path: str) -> str:
        """The address of ``path``, which begins with a slash."""
        return f"http://{HOST}:{self.port}{path}"

    @property
    def resident_mib(self) -> float:
        """What it holds in memory at this moment, in MiB."""
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.pid)], check=True, capture_output=True, text=True
        )
        return int(told.stdout) / 1024


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[Server]:
    """The server of ``command`` from when it answers at ``port``; it ends with the block."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process)
            yield Server(port=port, pid=process.pid)
        finally:
            process.terminate()


@contextmanager
def dosecal(database_url: str) -> Iterator[Server]:
    """``dosecal serve``, as an operator starts it."""
    port = free_port()
    options = ["--port", str(port), "--log-level", "warning"]
    command = [sys.executable, "-m", "cli", "--database-url", database_url, "serve", *options]
    with running(command, port) as server:
        yield server


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            ended = process.poll() is not None
            assert not ended, f"a server ended before it answered, with code {process.returncode}"
            assert time.monotonic() < deadline, "a server does not answer"
            time.sleep(0.05)
        else:
            return
