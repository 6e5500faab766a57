"""How many reminders a second are claimed and completed, with their attempts, in batches of 100.

Each batch is two transactions, as the daemon's are: one leases and writes down that attempts follow, one
records what came of them. Both are synced. The table holds nothing else, and then two million reminders of later
days besides. Next to it stands what is simpler: the same with a batch of one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
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
_LEASE = timedelta(seconds=30)
_ACCEPTED = AttemptResult(state=ReminderState.SENT, outcome="accepted", provider_id="<1@example.org>")
_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) SELECT i FROM n",
    "postgresql": "SELECT generate_series(1, :count) AS i",
}
# One reminder of a later day every 43 ms, so that two million of them are a day's of a large service.
_FILL = """
    INSERT INTO reminder (patient_id, dose_id, step, recipient_id, channel, shard, due_at, dose_due_at, not_after,
                          wall_due, zone, policy, priority, state, attempt, planned_at)
    SELECT patient_id, 'later#' || i, step, recipient_id, channel, shard, :from_ms + i * 43, :from_ms + i * 43,
           :from_ms + i * 43 + :of_use_ms, wall_due, zone, policy, priority, 'pending', 0, planned_at
    FROM ({numbers}) AS numbers, (SELECT * FROM reminder LIMIT 1) AS pattern
"""


class Queue:
    """A database with a recipient, whose doses are numbered."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.store = Store(url, load_formulary())
        self.store.upgrade()
        add_patient_with_recipient(self.store)
        self._next = 0

    def add_due(self, count: int) -> None:
        """``count`` more reminders that are due at `NOON`."""
        for start in range(self._next, self._next + count, 2000):
            end = min(start + 2000, self._next + count)
            queue(self.store, *(planned(number, NOON) for number in range(start, end)))
        self._next += count

    def add_later(self, count: int) -> None:
        """``count`` reminders that are due from the next day on."""
        engine = make_engine(self._url)
        fill = text(_FILL.format(numbers=_NUMBERS[engine.dialect.name]))
        with engine.begin() as connection:
            connection.execute(fill, {"count": count, "from_ms": epoch_ms(NOON + timedelta(days=1))})
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        engine.dispose()

    def work_off(self, batch: int) -> int:
        """Claim and complete all that is due; how many."""
        done = 0
        while count := self._turn(NOON, batch):
            done += count
        return done

    def _turn(self, moment: datetime, batch: int) -> int:
        with self.store.transaction() as work:
            claimed = work.reminders.claim("bench@1", moment, moment + _LEASE, batch, channel="smtp")
        with self.store.transaction() as work:
            work.reminders.finish_all([(reminder, _ACCEPTED) for reminder in claimed], moment)
        return len(claimed)


def rate(queue: Queue, count: int, batch: int) -> float:
    """Reminders a second of ``count`` that are due."""
    queue.add_due(count)
    begin = perf_counter()
    done = queue.work_off(batch)
    took = perf_counter() - begin
    assert done == count
    return done / took


def rows(
    url: Callable[[str], str], name: str, count: int, later: int, rounds: int
) -> Sequence[tuple[str, ...]]:
    """An empty table, one with ``later`` more in it, and one reminder at a time."""
    empty, full = Queue(url("empty")), Queue(url("full"))
    full.add_due(1)
    full.work_off(_BATCH)
    full.add_later(later)
    rate(empty, count, _BATCH)
    rate(full, count, _BATCH)
    pairs = [(rate(empty, count, _BATCH), rate(full, count, _BATCH)) for _ in range(rounds)]
    alone = rate(empty, count // 20, 1)
    of_empty, of_full = (median(column) for column in zip(*pairs, strict=True))
    for opened in (empty, full):
        opened.store.close()
    return [
        (f"{name}, nothing else", f"{of_empty:,.0f}", ""),
        (f"{name}, {later:,} of later days", f"{of_full:,.0f}", f"{of_full / of_empty:.2f}"),
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
    headers = ("where", "a second", "to nothing else")
    report(f"Claimed and completed, {_BATCH} at a time, with their attempts", headers, found)


if __name__ == "__main__":
    main()
