"""The whole daemon, planner and auditor too, in a process of its own; only its channel is a stub.

The command is ``python -m bench.stub_daemon DATABASE_URL NODE SEATS PAUSE_S``. On SIGTERM it prints a line of
JSON, each address that was told something with the wall clock in seconds, and goes on until it is killed.
"""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from unittest import mock

from bench.stub_channel import Stub
from scheduler import bootstrap
from scheduler.settings import ChannelSettings, DaemonSettings

Heard = list[tuple[str, float]]
"""Addresses with the wall clock in seconds, as they were told."""


@dataclass(frozen=True, slots=True)
class StubDaemon:
    """The daemon of ``process``."""

    process: subprocess.Popen[str]

    def heard(self) -> Heard:
        """What its channel has heard by now. To be asked once."""
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGTERM)
        return [(address, at) for address, at in json.loads(self.process.stdout.readline())]


@contextmanager
def stub_daemon(url: str, node: str, seats: int, pause_s: float) -> Iterator[StubDaemon]:
    """A daemon on the database at ``url``; it is killed at the end of the block."""
    command = [sys.executable, "-m", "bench.stub_daemon", url, node, str(seats), str(pause_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield StubDaemon(process)
        finally:
            process.kill()  # it would finish planning everybody first


def main(url: str, node: str, seats: str, pause_s: str) -> None:
    """Run until killed."""
    logging.disable(logging.CRITICAL)  # it warns of whom it has not planned yet
    stub = Stub(float(pause_s))
    channels = nullcontext({"smtp": stub})
    mock.patch.object(bootstrap, "open_channels", return_value=channels).start()
    signal.signal(signal.SIGTERM, lambda *_: print(json.dumps(stub.heard), flush=True))
    settings = DaemonSettings(node=node, seats=int(seats), channels=ChannelSettings())
    with bootstrap.open_store(url) as store, bootstrap.open_daemon(store, settings) as daemon:
        daemon.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
