"""Real daemons under a supervisor, and the lives that they lived.

Each is ``dosecal daemon`` with its options, from its command line on. It is forked from a process that has
read the program's code already: a thousand starts would else spend the machine on reading it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import select

from cli.main import cli
from scheduler.formulary.formulary import load_formulary
from scheduler.store import tables
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import real_daemon

load_formulary()
# The command line imports a command when it is run.
import_module("cli.daemon")
_context = get_context("forkserver")
_context.set_forkserver_preload([__name__])


def start_daemon(arguments: Sequence[str], log: Path) -> BaseProcess:
    """``dosecal`` with these ``arguments``, its output in ``log``."""
    process = _context.Process(target=_be_dosecal, args=(list(arguments), str(log)), daemon=True)
    process.start()
    return process


def _be_dosecal(arguments: list[str], log: str) -> None:
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(out, 1)
    os.dup2(out, 2)
    cli.main(arguments, prog_name="dosecal")


@dataclass(kw_only=True, slots=True)
class Run:
    """From a start to a death, in epoch milliseconds; None: it goes on, or ended by itself."""

    started_at: int
    died_at: int | None = None


@dataclass(kw_only=True)
class Member:
    """A daemon of the fleet, of the same ``name`` in every life; ``deaths``: when each life was killed."""

    name: str
    arguments: list[str]
    log: Path
    process: BaseProcess | None = None
    runs: list[Run] = field(default_factory=list)
    deaths: dict[str, int] = field(default_factory=dict)

    @property
    def is_up(self) -> bool:
        return self.process is not None and self.process.is_alive()

    def start(self) -> None:
        self.runs.append(Run(started_at=_now_ms()))
        self.process = start_daemon(self.arguments, self.log)

    def kill(self, store: Store) -> None:
        """kill -9. One that is killed before it has counted its start has no life of its own."""
        assert self.process is not None
        self.process.kill()
        died_at = _now_ms()
        self.process.join()
        self.runs[-1].died_at = died_at
        self.deaths.setdefault(f"{self.name}@{_epoch(store, self.name)}", died_at)

    def up_ms(self, since: int, until: int) -> int:
        """How much of the time between these instants it ran."""
        spans = ((max(since, r.started_at), min(until, r.died_at or until)) for r in self.runs)
        return sum(max(0, end - begin) for begin, end in spans)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def end(self, patience_s: float = 30) -> None:
        """Ask it to end, and make it if it does not."""
        if self.process is None:
            return
        if self.is_up:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
        self.process.join(patience_s)
        self.process.kill()


def fleet(database_url: str, smtp_url: str, names: Sequence[str], seats: int, folder: Path) -> list[Member]:
    """Daemons with these ``names``; none is started yet."""
    return [
        Member(
            name=name,
            arguments=real_daemon(database_url, smtp_url, name, "--seats", str(seats))[1:],
            log=folder / f"{name}.log",
        )
        for name in names
    ]


def _epoch(store: Store, name: str) -> int:
    query = select(tables.node.c.epoch).where(tables.node.c.name == name)
    with store._engine.connect() as connection:
        return connection.execute(query).scalar() or 0


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
