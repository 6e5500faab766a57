"""How punctual the whole daemon is at a steady pace, while it plans and audits a hundred thousand regimens.

Some thousand people have a dose at one minute and a policy that spreads what they are told over the minute
after it, each by their own share in whole seconds: so many a second fall due. All others have doses at whole
hours in five zones. The daemon plans everybody meanwhile: for the first time, as on the day of a migration,
or again, as on any other. The channel is a stub that takes no time.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from bench.invented_clinic import Person, address_of, admit, all_at, mixed, new_database
from bench.lateness import said
from bench.measuring import report
from bench.stub_daemon import stub_daemon
from scheduler.formulary.formulary import load_formulary
from scheduler.reminders.planner import plan_everyone
from scheduler.reminders.steps import Clocks
from scheduler.settings import DEFAULT_SEATS
from scheduler.store.unit_of_work import Store
from tests.support.postgresql import running_postgresql

_FILLED_A_SECOND, _PLANNED_A_SECOND = 3000, 200
_PLANNED_BEFORE_A_SECOND = 400
_GRACE_S = 10.0
_BUSY_MINUTES = frozenset({0, 10, 30})
"""Minutes of the hour at which the others have doses and are asked for them again."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """``a_second`` reminders for ``minutes``, among ``regimens``; ``planned`` before the daemon starts."""

    a_second: int
    minutes: int
    regimens: int
    planned: bool

    @property
    def spread(self) -> timedelta:
        """Over which the reminders of one instant are spread."""
        return timedelta(minutes=self.minutes)

    @property
    def told(self) -> int:
        """How many are told within it."""
        return self.a_second * 60 * self.minutes

    def instant(self, now: datetime) -> datetime:
        """A minute by which everybody is admitted and planned who is told then, with nothing else in it."""
        planning = self.regimens / _PLANNED_BEFORE_A_SECOND if self.planned else self.told / _PLANNED_A_SECOND
        seconds = 15 + self.regimens / _FILLED_A_SECOND + planning
        at = (now + timedelta(seconds=seconds)).replace(second=0, microsecond=0)
        while any((at + timedelta(minutes=m)).minute in _BUSY_MINUTES for m in range(self.minutes + 2)):
            at += timedelta(minutes=1)
        return at + timedelta(minutes=1)


def lateness(url: str, load: Load) -> list[float]:
    """Of each reminder that was told from the new database at ``url``, in seconds; below 0: early."""
    new_database(url)
    now = datetime.now(UTC)
    due = load.instant(now)
    told = list(all_at(load.told, due, spread=f"{load.minutes} min"))
    admit(url, told, now)
    admit(url, mixed(load.regimens - load.told, now.date()), now)
    if load.planned:
        _plan(url)
    with stub_daemon(url, "bench", DEFAULT_SEATS, 0.0) as daemon:
        time.sleep(max(0.0, due.timestamp() - time.time()) + load.spread.total_seconds() + _GRACE_S)
        heard = daemon.heard()
    instants = {address_of(person.id): _instant(person, due, load.spread) for person in told}
    return [at - instants[address] for address, at in heard if address in instants]


def _plan(url: str) -> None:
    store = Store(url, load_formulary())
    plan_everyone(store, datetime.now(UTC))
    store.close()


def _instant(person: Person, due: datetime, spread: timedelta) -> float:
    return (due + Clocks(person.plan.patient, person.id).share(spread)).timestamp()


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """An SQLite file and a PostgreSQL database, both new."""
    with tempfile.TemporaryDirectory() as name, running_postgresql(Path(name), syncs=True) as server:
        yield {"SQLite": f"sqlite:///{name}/dosecal.db", "PostgreSQL": server.new_database("bench")}


def row(database: str, url: str, load: Load) -> tuple[str, ...]:
    """One database's, in words."""
    late = lateness(url, load)
    figures = [said(late, share) for share in (0.5, 0.95, 0.99)]
    early = sum(seconds < 0 for seconds in late)
    return (database, f"{len(late):,}", f"{load.told - len(late):,}", f"{early:,}", *figures, said(late, 1))


@click.command()
@click.option("--regimens", default=100_000, show_default=True, help="Active regimens, one a patient.")
@click.option("--a-second", default=50, show_default=True, help="Reminders that fall due each second.")
@click.option("--minutes", default=1, show_default=True, help="For how long; 10 at most.")
@click.option("--planned", is_flag=True, help="Plan everybody before the daemon starts, which takes minutes.")
@click.option("--only", type=click.Choice(["SQLite", "PostgreSQL"]), help="One database alone.")
def main(regimens: int, a_second: int, minutes: int, planned: bool, only: str | None) -> None:
    """Measure and print."""
    load = Load(a_second=a_second, minutes=minutes, regimens=regimens, planned=planned)
    with databases() as urls:
        rows = [row(name, url, load) for name, url in urls.items() if only in {None, name}]
    when = "planned before" if planned else "being planned"
    title = f"{a_second} reminders a second for {minutes} min among {regimens:,} regimens, {when}"
    headers = (
        "database",
        "told",
        "never",
        "early",
        "half within",
        "95 % within",
        "99 % within",
        "all within",
    )
    report(title, headers, rows)


if __name__ == "__main__":
    main()
