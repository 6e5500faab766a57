"""What `dosecal daemon` holds in memory at most, with few and with many regimens to plan: it must not grow.

The daemon is the real one in a process of its own, on a database that was filled beforehand and in which
nothing is planned. It runs until its planner has been through everybody, or as long as is allowed, and long
enough for an audit of everybody. What is due meanwhile goes to the console. The figure is the most that the
process ever had, as the system remembers it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import Engine, func, select

from bench.invented_clinic import admit, mixed, new_database
from bench.measuring import report
from scheduler.clock import epoch_ms
from scheduler.store import tables
from scheduler.store.engine import make_engine
from tests.support.postgresql import running_postgresql

_LOOK_EVERY_S = 3.0
_PLANNED = timedelta(hours=24)
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True, kw_only=True)
class Peak:
    """``mib`` at most in ``seconds``, in which ``planned`` people of all were planned."""

    mib: float
    planned: int
    seconds: float


def peak(url: str, count: int, at_least_s: float, at_most_s: float) -> Peak:
    """Of the daemon with ``count`` regimens in the new database at ``url``."""
    new_database(url)
    now = datetime.now(UTC)
    admit(url, mixed(count, now.date(), channel="console"), now)
    with _daemon(url) as process:
        begin = time.monotonic()
        planned = _planned(url, process, begin + at_most_s)
        took_s = time.monotonic() - begin
        time.sleep(max(0.0, at_least_s - took_s))
        return Peak(mib=_peak_mib(process.pid), planned=planned, seconds=took_s)


@contextmanager
def _daemon(url: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "cli", "--database-url", url, "daemon", "--node", "bench"]
    # Its log would be full of whom it has not planned yet.
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def _planned(url: str, process: subprocess.Popen[bytes], until_s: float) -> int:
    """How many are, once everybody is or at ``until_s``."""
    engine = make_engine(url)
    until = epoch_ms(datetime.now(UTC) + _PLANNED)
    while _last_planned_until(engine) < until and time.monotonic() < until_s:
        assert process.poll() is None, f"the daemon ended with code {process.returncode}"
        time.sleep(_LOOK_EVERY_S)
    planned = _count_planned(engine, until)
    engine.dispose()
    return planned


def _last_planned_until(engine: Engine) -> int:
    """Of the patient whom the planner reaches last: it goes by id."""
    table = tables.patient
    query = select(table.c.reminders_planned_until).order_by(table.c.id.desc()).limit(1)
    with engine.execution_options(reading=True).connect() as connection:
        found: int = connection.execute(query).scalar_one()
        return found


def _count_planned(engine: Engine, until: int) -> int:
    table = tables.patient
    query = select(func.count()).select_from(table).where(table.c.reminders_planned_until >= until)
    with engine.execution_options(reading=True).connect() as connection:
        found: int = connection.execute(query).scalar_one()
        return found


def _peak_mib(pid: int) -> float:
    found = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


@contextmanager
def _databases(postgresql: bool) -> Iterator[Callable[[str], str]]:
    """Makes a database by its name and says where."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        if postgresql:
            yield stack.enter_context(running_postgresql(Path(folder), syncs=True)).new_database
        else:
            yield lambda name: f"sqlite:///{folder}/{name}.db"


@click.command()
@click.option("--regimens", default=(1_000, 100_000), multiple=True, show_default=True, help="One a patient.")
@click.option("--seconds", default=75.0, show_default=True, help="How long a daemon runs at least.")
@click.option("--at-most", default=900.0, show_default=True, help="How long for those with many, in seconds.")
@click.option("--postgresql", is_flag=True, help="On PostgreSQL instead of SQLite.")
def main(regimens: Sequence[int], seconds: float, at_most: float, postgresql: bool) -> None:
    """Measure and print."""
    with _databases(postgresql) as database:
        found = {count: peak(database(f"bench_{count}"), count, seconds, at_most) for count in regimens}
    rows = [
        (f"{count:,}", f"{p.mib:,.0f} MiB", f"{p.planned:,}", f"{p.seconds:,.0f} s")
        for count, p in found.items()
    ]
    title = f"the daemon's memory on {'PostgreSQL' if postgresql else 'SQLite'}"
    report(title, ("regimens", "peak", "planned", "within"), rows)


if __name__ == "__main__":
    main()
