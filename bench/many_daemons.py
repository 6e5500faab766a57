"""One to four whole daemons on one PostgreSQL, with a provider that takes a tenth of a second: how much
faster?

Each has so few seats that its seats bound it, and not this machine's two cores, which all of them and the
database share: ten seats are at most 100 messages a second. The reminders of a dose of the last minute, five
for each person, are planned beforehand and put off to an instant at which all daemons run.

The rate is taken while all of them work: from when the last has begun until the first has nothing left.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import psycopg

from bench.invented_clinic import admit, all_at, new_database
from bench.measuring import report, times
from bench.stub_daemon import Heard, stub_daemon
from scheduler.formulary.formulary import load_formulary
from scheduler.reminders.planner import plan_everyone
from scheduler.store.unit_of_work import Store
from tests.support.postgresql import running_postgresql

_ADDRESSES = 5
_PAUSE_S = 0.1
_PATIENCE_S = 180.0
_LOOK_EVERY_S = 0.5
_START_S, _START_EACH_S = 6.0, 3.0
_PUT_OFF = "UPDATE reminder SET due_at = %s WHERE step = 'due'"
_OPEN = "SELECT count(*) FROM reminder WHERE step = 'due' AND ended_at IS NULL AND due_at <= %s"


def fill(url: str, people: int) -> None:
    """Plan what ``people`` are told of a dose of the last minute."""
    new_database(url)
    now = datetime.now(UTC)
    due = now.replace(second=0, microsecond=0)
    admit(url, all_at(people, due, addresses=_ADDRESSES), due - timedelta(minutes=1))
    store = Store(url, load_formulary())
    plan_everyone(store, now)
    store.close()


def rate(url: str, daemons: int, seats: int, people: int) -> tuple[float, int]:
    """Messages a second of so many daemons together, and how many they sent."""
    fill(url, people)
    begin_s = time.time() + _START_S + _START_EACH_S * daemons
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_PUT_OFF, [round(begin_s * 1000)])
    with ExitStack() as stack:
        running = [
            stack.enter_context(stub_daemon(url, f"bench-{number}", seats, _PAUSE_S))
            for number in range(daemons)
        ]
        _wait_until_told(url, begin_s)
        heard = [daemon.heard() for daemon in running]
    assert all(heard), "a daemon had nothing to do; ask for more people"
    return _rate(heard), len({address for of_daemon in heard for address, _ in of_daemon})


def _wait_until_told(url: str, begin_s: float) -> None:
    patience = time.monotonic() + _PATIENCE_S
    with psycopg.connect(url, autocommit=True) as connection:
        while (found := connection.execute(_OPEN, [round(begin_s * 1000)]).fetchone()) and found[0]:
            assert time.monotonic() < patience, f"{found[0]} reminders still wait"
            time.sleep(_LOOK_EVERY_S)


def _rate(heard: list[Heard]) -> float:
    begin = max(of_daemon[0][1] for of_daemon in heard)
    end = min(of_daemon[-1][1] for of_daemon in heard)
    return sum(begin <= at < end for of_daemon in heard for _, at in of_daemon) / (end - begin)


@click.command()
@click.option("--people", default=1000, show_default=True, help="Each told at five addresses.")
@click.option("--seats", default=10, show_default=True, help="Of each daemon.")
def main(people: int, seats: int) -> None:
    """Measure and print."""
    found: dict[int, float] = {}
    rows = []
    with tempfile.TemporaryDirectory() as name, running_postgresql(Path(name), syncs=True) as server:
        for daemons in (1, 2, 3, 4):
            found[daemons], told = rate(server.new_database(f"bench_{daemons}"), daemons, seats, people)
            never = people * _ADDRESSES - told
            row = (f"{told:,}", f"{never:,}", f"{found[daemons]:,.0f}", times(found[daemons] / found[1]))
            rows.append((str(daemons), *row))
    title = f"daemons with {seats} seats each, a provider that takes {_PAUSE_S * 1000:.0f} ms"
    report(title, ("daemons", "told", "never", "a second", "rate"), rows)


if __name__ == "__main__":
    main()
