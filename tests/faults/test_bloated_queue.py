"""Somebody leaves a transaction open on PostgreSQL, and what the queue is done with cannot be cleared."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest

from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from tests.support.postgresql import PostgresqlServer
from tests.support.waiting_reminders import NOON, add_patient_with_recipient, claim, planned, queue

pytestmark = [pytest.mark.fault(24), pytest.mark.postgresql]

DEAD = 100_000
_FILL = f"""
    INSERT INTO reminder (patient_id, dose_id, step, recipient_id, channel, shard, due_at, dose_due_at,
                          wall_due, zone, policy, priority, state, attempt, planned_at)
    SELECT patient_id, 'old#' || n, step, recipient_id, channel, shard, due_at - 60000 - n, dose_due_at,
           wall_due, zone, policy, priority, 'pending', 0, planned_at
    FROM reminder, generate_series(1, {DEAD}) n WHERE dose_id = 'lar#1'
"""
_SEND = "UPDATE reminder SET state = 'sent', attempt = 1, ended_at = due_at WHERE dose_id LIKE 'old#%'"


@pytest.fixture
def url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    yield postgresql_server.new_database(name)
    postgresql_server.drop_database(name)


@contextmanager
def forgotten_transaction(url: str) -> Iterator[None]:
    """Somebody looked, and went for lunch: idle in a transaction that still sees all that was."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT count(*) FROM reminder")
        yield
        connection.rollback()


def test_with_a_hundred_thousand_dead_rows_a_claim_takes_less_than_a_second(url: str) -> None:
    store = Store(url, load_formulary())
    add_patient_with_recipient(store)
    queue(store, *(planned(number) for number in range(1, 101)))
    with psycopg.connect(url) as other:
        other.execute(_FILL)
        other.commit()
        with forgotten_transaction(url):
            assert other.execute(_SEND).rowcount == DEAD
            other.commit()
            took = sorted(seconds_of_a_claim(store) for _ in range(50))
            (dead,) = other.execute(
                "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'reminder'"
            ).fetchone() or (0,)
    store.close()
    print(f"claims: median {took[25]:.3f} s, slowest {took[-1]:.3f} s, {dead} dead rows")
    assert took[-1] < 1.0


def seconds_of_a_claim(store: Store) -> float:
    begun = time.perf_counter()
    claimed = claim(store, 2, moment=NOON + timedelta(seconds=1))
    assert len(claimed) == 2
    return time.perf_counter() - begun
