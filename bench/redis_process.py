"""A Redis server of our own, where the machine has one: Debian's package is ``redis-server``."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATIENCE_S = 10.0
# What Redis advises for data that is to survive: a log of every write, synced each second.
_SETTINGS = ("--port", "0", "--save", "", "--appendonly", "yes", "--appendfsync", "everysec")


@contextmanager
def redis(folder: Path) -> Iterator[str | None]:
    """The broker's URL of a server whose files are in ``folder``; None where Redis is not installed."""
    command = shutil.which("redis-server")
    if command is None:
        yield None
        return
    socket = folder / "redis.sock"
    options = (*_SETTINGS, "--dir", str(folder), "--unixsocket", str(socket))
    with subprocess.Popen([command, *options], stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(socket)
            yield f"redis+socket://{socket}"
        finally:
            process.terminate()


def _wait_for(socket: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not socket.exists():
        assert time.monotonic() < deadline, "Redis does not answer"
        time.sleep(0.05)
