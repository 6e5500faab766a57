"""A claim takes the first of what is due, and looks at no more than that."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from scheduler.clock import epoch_ms
from scheduler.store import claim_statements
from scheduler.store.engine import make_engine
from scheduler.store.queue_ranks import Rank, due_ranks
from scheduler.store.reminder_queue import LeasedReminder
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store
from tests.support.waiting_reminders import LEASE, NOON, add_patient_with_recipient, claim, planned, queue

SECOND = timedelta(seconds=1)
ROWS = 300
CHANNELS = ("smtp", "console", "fax")
INDEXES = ("ix_reminder_untried", "ix_reminder_tried")
Place = tuple[int, bool, float]
"""Priority, whether it was tried, seconds after `NOON`."""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = make_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture(autouse=True)
def _somebody(store: Store) -> None:
    add_patient_with_recipient(store)


def fill(store: Store, engine: Engine, chance: random.Random) -> dict[str, list[Place]]:
    """Reminders of every kind in no order; where those stand that may be claimed, by channel."""
    plans, places, tries = [], dict[str, list[Place]](), []
    for number in range(ROWS):
        channel, priority, seconds = (
            chance.choice(CHANNELS),
            chance.randrange(-1, 4),
            chance.randrange(-50, 10),
        )
        useful, tried = chance.random() < 0.9, chance.choice([0, 0, 1, 5])
        not_after = NOON + SECOND * chance.randrange(1, 5) if useful else NOON
        due_at = NOON + seconds * SECOND
        plans.append(planned(number, due_at, not_after=not_after, channel=channel, priority=priority))
        tries.append({"dose": f"lar#{number}", "tried": tried})
        if useful and seconds <= 0:
            places.setdefault(channel, []).append((priority, tried > 0, seconds))
    queue(store, *plans)
    with engine.begin() as connection:
        connection.execute(text("UPDATE reminder SET attempt = :tried WHERE dose_id = :dose"), tries)
    return {channel: sorted(found) for channel, found in places.items()}


def place(claimed: LeasedReminder) -> Place:
    record: ReminderRecord = claimed.record
    return (claimed.priority, record.attempt > 1, (record.due_at - NOON).total_seconds())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("indexes", [INDEXES, ()], ids=["with its indexes", "without"])
def test_claims_take_everything_in_its_order_and_nothing_else(
    store: Store, engine: Engine, seed: int, indexes: tuple[str, ...]
) -> None:
    chance = random.Random(seed)
    places = fill(store, engine, chance)
    with engine.begin() as connection:
        for name in set(INDEXES).difference(indexes):
            connection.execute(text(f"DROP INDEX {name}"))
    for channel in CHANNELS:
        taken: list[Place] = []
        while True:
            with store.transaction() as work:
                most = chance.randrange(1, 40)
                claimed = work.reminders.claim("ward@1", NOON, NOON + LEASE, most, channel=channel)
            assert len(claimed) <= most
            if not claimed:
                break
            taken += map(place, claimed)
        assert taken == places[channel]
    assert claim(store, ROWS) == []


def test_without_a_channel_the_ranks_of_all_are_gone_through(store: Store, engine: Engine) -> None:
    places = fill(store, engine, random.Random(7))
    claimed = claim(store, ROWS)
    assert len(claimed) == sum(map(len, places.values()))
    assert [place(one) for one in claimed] == sorted(place(one) for one in claimed)


def test_the_ranks_are_those_with_something_due(store: Store) -> None:
    soon, far = NOON + SECOND, NOON + 9 * SECOND
    queue(store, planned(1, priority=2), planned(2, soon, priority=-3), planned(3, far, priority=-4))
    queue(store, planned(4, channel="fax", priority=1), planned(5, channel="fax", priority=1))
    with store.reading() as work:
        connection = work._connection
        assert due_ranks(connection, epoch_ms(NOON)) == [Rank(1, False, "fax"), Rank(2, False, "smtp")]
        assert due_ranks(connection, epoch_ms(soon), "smtp") == [
            Rank(-3, False, "smtp"),
            Rank(2, False, "smtp"),
        ]
        assert due_ranks(connection, epoch_ms(soon), None, ["smtp"]) == [Rank(1, False, "fax")]
        assert due_ranks(connection, epoch_ms(NOON - SECOND)) == []


def plan_of_a_claim(engine: Engine, tried: bool) -> str:
    """How the database goes about it."""
    statement = claim_statements.of_rank(engine.dialect, tried)
    at = epoch_ms(NOON)
    values = {"on_channel": "smtp", "of_priority": 0, "by_ms": at, "now_ms": at, "until_ms": at}
    explain = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    statement._sql = f"{explain} {statement._sql}"
    with engine.connect() as connection:
        rows = statement.rows(connection, {**values, "most": 10, "owner": "ward@1"})
        connection.rollback()
    claim_statements.of_rank.cache_clear()  # type: ignore[attr-defined]  # lru_cache's own
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize(("tried", "index"), list(enumerate(INDEXES)))
def test_a_claim_goes_by_the_index_and_sorts_nothing(
    store: Store, engine: Engine, tried: int, index: str
) -> None:
    queue(store, *(planned(n, NOON - n * SECOND) for n in range(2000)))
    with engine.begin() as connection:
        connection.execute(text("UPDATE reminder SET attempt = id % 2"))
        connection.execute(text("ANALYZE reminder"))
    plan = plan_of_a_claim(engine, bool(tried))
    assert index in plan
    assert "sort" not in plan.lower()
    assert "ORDER BY" not in plan
    assert "SCAN reminder" not in plan
    assert "Seq Scan" not in plan
