"""Ten thousand reminders due at one instant: how late each is handed to its channel, and how many never are.

Beside dosecal's dispatcher, on SQLite and on PostgreSQL, stands what one would pick instead in Python:
APScheduler with its SQL job store, as it comes and without a limit to how late a job may be; Procrastinate on
the same PostgreSQL; Celery with Redis. Each has a job for each reminder, and as many at a time as our
channels have seats. The channel is a stub that takes no time, or a tenth of a second. All on one machine;
PostgreSQL syncs as one in use does. The command is ``python -m bench.dispatching PYTHON``, with the Python
that has the last two.
"""

from __future__ import annotations

import json
import logging
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from bench.dispatching_apscheduler import apscheduler
from bench.dispatching_dosecal import dosecal
from bench.lateness import HEADERS, Told
from bench.measuring import report
from bench.redis_process import redis
from tests.support.postgresql import PostgresqlServer, running_postgresql


def judged(python: str, name: str, url: str, count: int, pause_s: float) -> Told:
    """By the script ``judge_NAME.py``, in a process of its own."""
    script = Path(__file__).with_name(f"judge_{name}.py")
    command = [python, str(script), url, str(count), str(pause_s)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = json.loads(done.stdout)
    return Told(asked=count, late=[at - found["due"] for at in found["heard_at"]])


class Ways:
    """Each on a database of its own, in ``folder``. What a way needs runs no longer than it does.

    A database that only stands by still writes to the disk now and then, and others wait for that.
    """

    def __init__(self, stack: ExitStack, python: str, count: int, pause_s: float) -> None:
        self._stack = stack
        self._python = python
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self._load = (count, pause_s)

    def sqlite(self) -> Told:
        return dosecal(f"sqlite:///{self._folder}/dosecal.db", *self._load)

    def postgresql(self) -> Told:
        return dosecal(self._server().new_database("bench"), *self._load)

    def procrastinate(self) -> Told:
        jobs = self._server().empty_database("procrastinate")
        return judged(self._python, "procrastinate", jobs, *self._load)

    def celery(self) -> Told | None:
        """None: there is no Redis here."""
        broker = self._stack.enter_context(redis(self._folder))
        return None if broker is None else judged(self._python, "celery", broker, *self._load)

    def apscheduler(self) -> Told:
        return apscheduler(f"sqlite:///{self._folder}/jobs.db", *self._load, {})

    def apscheduler_without_grace(self) -> Told:
        return apscheduler(f"sqlite:///{self._folder}/jobs.db", *self._load, {"misfire_grace_time": None})

    def _server(self) -> PostgresqlServer:
        return self._stack.enter_context(running_postgresql(self._folder, syncs=True))


WAYS: dict[str, Callable[[Ways], Told | None]] = {
    "dosecal, SQLite": Ways.sqlite,
    "dosecal, PostgreSQL": Ways.postgresql,
    "Procrastinate, PostgreSQL": Ways.procrastinate,
    "Celery, Redis": Ways.celery,
    "APScheduler as it comes, SQLite": Ways.apscheduler,
    "APScheduler without grace, SQLite": Ways.apscheduler_without_grace,
}


def rows(python: str, count: int, pause_s: float, only: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A row for each way, one after the other."""
    for name, way in WAYS.items():
        if only and not any(name.startswith(wanted) for wanted in only):
            continue
        with ExitStack() as stack:
            told = way(Ways(stack, python, count, pause_s))
            yield (name, *(("redis-server is not here",) if told is None else told.row))


@click.command()
@click.argument("python")
@click.option("--count", default=10_000, show_default=True, help="Reminders due at one instant.")
@click.option(
    "--pause-ms", default=(0, 100), multiple=True, show_default=True, help="What the channel takes."
)
@click.option("--only", multiple=True, help="How the names of those begin that are measured.")
def main(python: str, count: int, pause_ms: Sequence[int], only: Sequence[str]) -> None:
    """Measure and print. PYTHON has Procrastinate and Celery."""
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a line for each job that it drops
    for pause in pause_ms:
        title = f"{count:,} reminders due at one instant, a channel that takes {pause} ms"
        report(title, ("by", *HEADERS), list(rows(python, count, pause / 1000, only)))


if __name__ == "__main__":
    main()
