"""A database put back from a copy: what it knows was sent is not sent again, and nothing is lost.

What was sent after the copy was made the copy cannot know. Without a look at the provider's receipts it is
sent again, under the same key, worded as late: a copy, not a loss.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg import sql

from scheduler.formulary.formulary import load_formulary
from scheduler.store.unit_of_work import Store
from tests.conftest import new_sqlite
from tests.support.invariants import WatchedWard, Witness, go_through, nothing_is_early, what_always_holds
from tests.support.postgresql import PostgresqlServer
from tests.support.waiting_reminders import NOON, add_patient_with_recipient, planned, queue

pytestmark = pytest.mark.fault(25)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DOSES = 6
Copy = Callable[[], Store]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    """The URL of a database that nobody is connected to, and how to copy it to another URL."""
    if request.param == "sqlite":
        url, copied = new_sqlite(tmp_path / "dosecal.db"), tmp_path / "copy.db"
        yield url, lambda: f"sqlite:///{shutil.copy(tmp_path / 'dosecal.db', copied)}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    name, copy = f"test_{uuid.uuid4().hex}", f"test_{uuid.uuid4().hex}"

    def copy_database() -> str:
        create = "CREATE DATABASE {} TEMPLATE {}"
        server.administer(sql.SQL(create).format(sql.Identifier(copy), sql.Identifier(name)))
        return server.url(copy)

    yield server.new_database(name), copy_database
    server.drop_database(name)
    server.administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(copy)))


def test_a_restored_copy_repeats_no_more_than_what_was_sent_after_it_was_made(
    database: tuple[str, Callable[[], str]],
) -> None:
    url, copy = database
    with closing(Store(url, load_formulary())) as store:
        ward, channel = a_dose_every_hour(store)
        run(ward, channel, 2 * HOUR + MINUTE)
    before = [heard.key for heard in channel.heard]
    restored_url = copy()
    with closing(Store(url, load_formulary())) as store:
        ward.store = store
        run(ward, channel, 2 * HOUR + 20 * MINUTE)
    between = [heard.key for heard in channel.heard[len(before) :]]
    assert (len(before), len(between)) == (3, 2)
    with closing(Store(restored_url, load_formulary())) as store:
        ward.store, after = store, Witness(ward.clock)
        run(ward, after, 2 * HOUR)
        what_always_holds(ward, after)
    heard = [word for word in after.heard[0].text.splitlines() if word.startswith("- your")]
    assert len(heard) == len(between)
    assert not {again.key for again in after.heard} & set(before)
    assert "was due" in after.heard[0].text
    assert [again.key.split("/")[1] for again in after.heard[1:]] == ["lar#6"]
    nothing_is_early(channel, after)


def test_a_message_that_a_copy_repeats_at_once_has_the_key_of_the_first(
    database: tuple[str, Callable[[], str]],
) -> None:
    url, copy = database
    with closing(Store(url, load_formulary())) as store:
        ward, channel = a_dose_every_hour(store)
    restored_url = copy()
    for place in (url, restored_url):
        with closing(Store(place, load_formulary())) as store:
            ward.store = store
            run(ward, channel, MINUTE)
    first, second = channel.heard
    assert first.key == second.key


def a_dose_every_hour(store: Store) -> tuple[WatchedWard, Witness]:
    add_patient_with_recipient(store)
    queue(store, *(planned(number + 1, NOON + number * HOUR) for number in range(DOSES)))
    ward = WatchedWard(store)
    return ward, Witness(ward.clock)


def run(ward: WatchedWard, channel: Witness, length: timedelta) -> None:
    dispatcher = ward.dispatcher({"smtp": channel})
    for _ in go_through(ward, dispatcher, length, MINUTE):
        pass
    dispatcher.close()
