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
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from bench.dispatching_apscheduler import apscheduler
from bench.dispatching_dosecal import dosecal
from bench.lateness import HEADERS, Told
from bench.measuring import report
from bench.redis_process import redis
from tests.support.postgresql import running_postgresql

Way = Callable[[], Told]


def judged(python: str, name: str, url: str, count: int, pause_s: float) -> Told:
    """By the script ``judge_NAME.py``, in a process of its own."""
    script = Path(__file__).with_name(f"judge_{name}.py")
    command = [python, str(script), url, str(count), str(pause_s)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = json.loads(done.stdout)
    return Told(asked=count, late=[at - found["due"] for at in found["heard_at"]])


def ways(stack: ExitStack, python: str, count: int, pause_s: float) -> dict[str, Way | None]:
    """Each on a database of its own; None: what it needs is not here."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = stack.enter_context(running_postgresql(folder, syncs=True))
    broker = stack.enter_context(redis(folder))
    file, load = f"sqlite:///{folder}", (count, pause_s)
    jobs = server.empty_database("procrastinate")
    no_limit = {"misfire_grace_time": None}
    return {
        "dosecal, SQLite": partial(dosecal, f"{file}/dosecal.db", *load),
        "dosecal, PostgreSQL": partial(dosecal, server.new_database("bench"), *load),
        "Procrastinate, PostgreSQL": partial(judged, python, "procrastinate", jobs, *load),
        "Celery, Redis": None if broker is None else partial(judged, python, "celery", broker, *load),
        "APScheduler as it comes, SQLite": partial(apscheduler, f"{file}/one.db", *load, {}),
        "APScheduler without grace, SQLite": partial(apscheduler, f"{file}/two.db", *load, no_limit),
    }


def rows(python: str, count: int, pause_s: float, only: Sequence[str]) -> list[tuple[str, ...]]:
    """A row for each way, one after the other."""
    with ExitStack() as stack:
        return [
            (name, *(("redis-server is not here",) if way is None else way().row))
            for name, way in ways(stack, python, count, pause_s).items()
            if not only or any(name.startswith(wanted) for wanted in only)
        ]


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
        report(title, ("by", *HEADERS), rows(python, count, pause / 1000, only))


if __name__ == "__main__":
    main()
