"""Ten thousand reminders due at one instant: how late each is handed to its channel, and how many never are.

Beside dosecal's daemon, on SQLite and on PostgreSQL, stands what one would pick first in Python: APScheduler
with its SQL job store, a job for each reminder, as it comes and without a limit to how late a job may be. The
channel is a stub that takes no time, or a tenth of a second. All on one machine; PostgreSQL syncs as one in
use does.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import click
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bench.measuring import report
from scheduler import clock
from scheduler.formulary.formulary import load_formulary
from scheduler.reminders.channels.channel import Accepted, Outcome
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.message import Message
from scheduler.reminders.trusted_clock import TrustedClock
from scheduler.settings import DEFAULT_SEATS
from scheduler.store.unit_of_work import Store
from tests.support.postgresql import running_postgresql
from tests.support.waiting_reminders import add_patient_with_recipient, planned, queue

_FILLING = 2000
_AHEAD = timedelta(seconds=6)
_PATIENCE_S = 180.0

Way = Callable[[], "Told"]


@dataclass(slots=True)
class Told:
    """How many seconds after its instant each reminder was handed over, of ``asked``."""

    asked: int
    late: list[float] = field(default_factory=list)

    def at(self, share: float) -> str:
        """The lateness that ``share`` of those who were told stays within."""
        if not self.late:
            return "-"
        return f"{sorted(self.late)[min(len(self.late) - 1, int(len(self.late) * share))]:.2f} s"


class Stub:
    """A channel that takes every message after ``pause_s``."""

    is_idempotent = False
    most_at_once: int | None = None

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self.heard_at: list[float] = []

    def send(self, message: Message, address: str, key: str) -> Outcome:  # noqa: ARG002
        """Note the instant first: what the channel does with it is the channel's own time."""
        self.heard_at.append(time.time())
        time.sleep(self._pause_s)
        return Accepted(provider_id="stub")


def dosecal(url: str, count: int, pause_s: float) -> Told:
    """By one daemon on the empty database at ``url``."""
    store = Store(url, load_formulary())
    store.upgrade()
    add_patient_with_recipient(store)
    due = datetime.now(UTC) + _AHEAD + timedelta(seconds=count / 4000)
    for start in range(0, count, _FILLING):
        queue(store, *(planned(number, due) for number in range(start, min(start + _FILLING, count))))
    stub = Stub(pause_s)
    dispatcher = Dispatcher(store, {"smtp": stub}, TrustedClock(clock.now), "bench@1", DEFAULT_SEATS)
    patience = time.monotonic() + _PATIENCE_S
    while (len(stub.heard_at) < count or not dispatcher.is_idle) and time.monotonic() < patience:
        dispatcher.turn()
        dispatcher.wait()
    dispatcher.close()
    store.close()
    return Told(asked=count, late=[at - due.timestamp() for at in stub.heard_at])


_heard_at: list[float] = []


def heard(pause_s: float) -> None:
    """A job of APScheduler's: its store keeps the name of a function."""
    _heard_at.append(time.time())
    time.sleep(pause_s)


def apscheduler(url: str, count: int, pause_s: float, grace: dict[str, None]) -> Told:
    """By APScheduler with its SQL job store at ``url``; ``grace``: what is said about late jobs."""
    _heard_at.clear()
    scheduler = BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore(url=url)}, timezone="UTC")
    scheduler.start(paused=True)
    due = datetime.now(UTC) + _AHEAD + timedelta(seconds=count / 400)
    for _ in range(count):
        scheduler.add_job(heard, "date", run_date=due, args=[pause_s], **grace)
    scheduler.resume()
    patience = time.monotonic() + _PATIENCE_S
    while time.monotonic() < patience and (datetime.now(UTC) < due or scheduler.get_jobs()):
        time.sleep(0.5)
    scheduler.shutdown(wait=True)
    return Told(asked=count, late=[at - due.timestamp() for at in _heard_at])


def ways(stack: ExitStack, count: int, pause_s: float) -> dict[str, Way]:
    """Each on a database of its own."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = stack.enter_context(running_postgresql(folder, syncs=True))
    file = f"sqlite:///{folder}"
    return {
        "dosecal, SQLite": partial(dosecal, f"{file}/dosecal.db", count, pause_s),
        "dosecal, PostgreSQL": partial(dosecal, server.new_database("bench"), count, pause_s),
        "APScheduler as it comes, SQLite": partial(apscheduler, f"{file}/one.db", count, pause_s, {}),
        "APScheduler without grace, SQLite": partial(
            apscheduler, f"{file}/two.db", count, pause_s, {"misfire_grace_time": None}
        ),
    }


def rows(count: int, pause_s: float) -> Sequence[tuple[str, ...]]:
    """A row for each way, one after the other."""
    with ExitStack() as stack:
        told = {name: way() for name, way in ways(stack, count, pause_s).items()}
    return [
        (name, str(len(t.late)), str(t.asked - len(t.late)), t.at(0.5), t.at(0.95), t.at(0.99))
        for name, t in told.items()
    ]


@click.command()
@click.option("--count", default=10_000, show_default=True, help="Reminders due at one instant.")
def main(count: int) -> None:
    """Measure and print."""
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a line for each job that it drops
    for pause_s in (0.0, 0.1):
        title = f"{count:,} reminders due at one instant, a channel that takes {pause_s * 1000:.0f} ms"
        headers = ("by", "told", "never", "half within", "95 % within", "99 % within")
        report(title, headers, rows(count, pause_s))


if __name__ == "__main__":
    main()
