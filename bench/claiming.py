"""How many reminders a second are claimed and completed, with their attempts, in batches of 100.

Each batch is two transactions, as the daemon's are: one leases and writes down that attempts follow, one
records what came of them. Both are synced before they count. Nothing else waits in the table, and then two
million reminders of later days do. Next to it stands what is simpler: one reminder at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import click
from sqlalchemy import text

from bench.measuring import report
from scheduler.clock import epoch_ms
from scheduler.formulary.formulary import load_formulary
from scheduler.store.engine import make_engine
from scheduler.store.reminder_row import AttemptResult, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.postgresql import running_postgresql
from tests.support.waiting_reminders import NOON, add_patient_with_recipient, planned, queue

_BATCH = 100
_FILLING = 2000
_ALONE = 20
"""So many times fewer are worked off one at a time."""

_LEASE, _OF_USE = timedelta(seconds=30), timedelta(hours=8)
_ACCEPTED = AttemptResult(state=ReminderState.SENT, outcome="accepted", provider_id="<1@example.org>")
_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i+1 FROM n LIMIT :count) SELECT i FROM n",
    "postgresql": "SELECT generate_series(1, :count) AS i",
}
# One every 43 ms: two million are a day's.
_FILL = """
    INSERT INTO reminder (patient_id, dose_id, step, recipient_id, channel, shard, wall_due, zone, policy,
                          priority, planned_at, state, attempt, due_at, dose_due_at, not_after)
    SELECT patient_id, 'later#' || i, step, recipient_id, channel, shard, wall_due, zone, policy,
           priority, planned_at, 'pending', 0, :from_ms + i * 43, :from_ms + i * 43, :until_ms + i * 43
    FROM ({numbers}) AS numbers, (SELECT * FROM reminder LIMIT 1) AS pattern
"""


class Queue:
    """A database with one recipient."""

    def __init__(self, url: str) -> None:
        self.store = Store(url, load_formulary())
        self.store.upgrade()
        add_patient_with_recipient(self.store)
        self._url = url
        self._count = 0

    def add_due(self, count: int) -> None:
        """``count`` more reminders that are due at `NOON`."""
        numbers = range(self._count, self._count + count)
        for start in range(0, count, _FILLING):
            plans = (planned(n, NOON, not_after=NOON + _OF_USE) for n in numbers[start : start + _FILLING])
            queue(self.store, *plans)
        self._count += count

    def add_later(self, count: int) -> None:
        """``count`` that are due from the next day on, like one that is there already."""
        engine = make_engine(self._url)
        start = NOON + timedelta(days=1)
        given = {"count": count, "from_ms": epoch_ms(start), "until_ms": epoch_ms(start + _OF_USE)}
        with engine.begin() as connection:
            connection.execute(text(_FILL.format(numbers=_NUMBERS[engine.dialect.name])), given)
        engine.dispose()

    def settle(self) -> None:
        """Have PostgreSQL do now what it does by itself once a minute."""
        engine = make_engine(self._url)
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()

    def work_off(self, batch: int) -> int:
        """Claim and complete all that is due; how many."""
        done = 0
        while count := self._turn(batch):
            done += count
        return done

    def _turn(self, batch: int) -> int:
        with self.store.transaction() as work:
            claimed = work.reminders.claim("bench@1", NOON, NOON + _LEASE, batch, channel="smtp")
        with self.store.transaction() as work:
            held = work.reminders.finish_all([(one, _ACCEPTED) for one in claimed], NOON)
        return len(held)


def rate(queue: Queue, count: int, batch: int = _BATCH) -> float:
    """Reminders a second of ``count`` that are due."""
    queue.add_due(count)
    queue.settle()
    begin = perf_counter()
    done = queue.work_off(batch)
    took = perf_counter() - begin
    assert done == count
    return done / took


def rows(
    url: Callable[[str], str], name: str, count: int, later: int, rounds: int
) -> Sequence[tuple[str, ...]]:
    """Two tables by turns, one of them with ``later`` more in it, and one reminder at a time."""
    empty, full = Queue(url("empty")), Queue(url("full"))
    full.add_due(1)
    full.add_later(later)
    full.work_off(_BATCH)
    for table in (empty, full):
        rate(table, _BATCH * 20)
    pairs = [(rate(empty, count), rate(full, count)) for _ in range(rounds)]
    of_empty, of_full = (median(column) for column in zip(*pairs, strict=True))
    alone = rate(empty, count // _ALONE, 1)
    for table in (empty, full):
        table.store.close()
    return [
        (f"{name}, nothing else waits", f"{of_empty:,.0f}", ""),
        (f"{name}, {later:,} of later days wait", f"{of_full:,.0f}", f"{of_full / of_empty:.2f}"),
        (f"{name}, one at a time", f"{alone:,.0f}", f"{alone / of_empty:.2f}"),
    ]


@click.command()
@click.option("--count", default=20_000, show_default=True, help="Reminders due, in each round.")
@click.option("--later", default=2_000_000, show_default=True, help="Reminders of later days beside them.")
@click.option("--rounds", default=5, show_default=True)
def main(count: int, later: int, rounds: int) -> None:
    """Measure and print."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running_postgresql(folder, syncs=True))
        found = [
            *rows(lambda name: f"sqlite:///{folder}/{name}.db", "SQLite", count, later, rounds),
            *rows(server.new_database, "PostgreSQL", count, later, rounds),
        ]
    headers = ("where", "a second", "of the first")
    report(f"Claimed and completed, {_BATCH} at a time, with their attempts", headers, found)


if __name__ == "__main__":
    main()
