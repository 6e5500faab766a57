"""Old and new code side by side on one database: what is new is left to the new, and nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from sqlalchemy import text

from scheduler.reminders import sending
from scheduler.reminders.daemon import Daemon
from scheduler.reminders.message import Message
from scheduler.reminders.planner import plan_everyone
from scheduler.store.engine import make_engine
from scheduler.store.reminder_row import ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import real_daemon, running, until
from tests.support.invariants import (
    WatchedWard,
    Witness,
    copies_are_at_most,
    every_send_has_a_row,
    go_through,
    nothing_is_early,
    what_always_holds,
)
from tests.support.waiting_reminders import (
    add_patient_with_recipient,
    everything,
    planned,
    queue,
)
from tests.support.ward import THRICE_DAILY, admit, remind

pytestmark = pytest.mark.fault(22)

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MORNING = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
NEWER = "9999"
"""The revision of a database whose tables a newer program made."""


@pytest.fixture
def ward(store: Store) -> Iterator[WatchedWard]:
    opened = WatchedWard(store)
    yield opened
    opened.close()


def row_of_a_newer_program(store: Store) -> ReminderRecord:
    (found,) = [record for record in everything(store) if record.step == "hint-1"]
    return found


def hint(record: ReminderRecord, moment: datetime) -> Message:
    """How the newer program words its step."""
    return Message(subject="Reminder", text="a hint")


def test_a_step_of_newer_code_is_neither_cancelled_nor_worded_by_the_old(ward: WatchedWard) -> None:
    ward.clock.now = MORNING
    patient = admit(ward.store, THRICE_DAILY.format(start="2026-12-01"), MORNING)
    recipient = remind(ward.store, patient, MORNING)
    due = MORNING + HOUR
    new = planned(1, due, patient_id=patient, recipient_id=recipient.id, not_after=due + HOUR)
    queue(ward.store, replace(new, step="hint-1", dose_id="octreotide@2026-12-01/1"))
    channel = Witness(ward.clock)
    old = ward.dispatcher({"smtp": channel})
    for now in go_through(ward, old, HOUR + 5 * MINUTE, MINUTE):
        plan_everyone(ward.store, now)
    assert row_of_a_newer_program(ward.store).state is ReminderState.PENDING
    assert ["/due/" in heard.key for heard in channel.heard] == [True]
    with mock.patch.object(sending, "reminder_message", hint):
        for _ in go_through(ward, old, 10 * MINUTE, MINUTE):
            pass
    assert row_of_a_newer_program(ward.store).state is ReminderState.SENT
    assert [heard.text for heard in channel.heard if "/hint-1/" in heard.key] == ["a hint"]
    what_always_holds(ward, channel)


def test_a_step_that_only_newer_code_knows_is_explained_where_there_is_none(ward: WatchedWard) -> None:
    add_patient_with_recipient(ward.store)
    new = replace(planned(1, not_after=ward.clock.now + 20 * MINUTE), step="hint-1")
    queue(ward.store, new, planned(2))
    channel = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": channel})
    for _ in go_through(ward, dispatcher, 30 * MINUTE, MINUTE):
        pass
    assert [heard.key.split("/")[1] for heard in channel.heard] == ["lar#2"]
    record = row_of_a_newer_program(ward.store)
    assert (record.state, record.last_error) == (ReminderState.EXPIRED, "NewerStepError")


def now() -> datetime:
    return datetime.now(UTC)


def migrate(url: str) -> None:
    """What a newer program does to the tables: it adds to them."""
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE reminder ADD COLUMN tone VARCHAR(8)"))
        connection.execute(text("ALTER TABLE reminder ADD COLUMN weight INTEGER NOT NULL DEFAULT 1"))
        connection.execute(text("ALTER TABLE attempt ADD COLUMN cost INTEGER NOT NULL DEFAULT 0"))
        connection.execute(text("ALTER TABLE node ADD COLUMN version VARCHAR(20)"))
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{NEWER}'"))
    engine.dispose()


@contextmanager
def a_transaction_is_open(store: Store) -> Iterator[None]:
    """Somebody's, which has the tables in use and ends a while after the block was entered."""
    entered = threading.Event()

    def linger() -> None:
        with store.transaction() as work:
            work.reminders.has_due(now())
            work.keeping.put("lingering", "yes")
            entered.set()
            threading.Event().wait(0.7)

    thread = threading.Thread(target=linger)
    thread.start()
    entered.wait(10)
    yield
    thread.join()


@contextmanager
def daemon_in_a_thread(store: Store, channel: Witness) -> Iterator[None]:
    daemon = Daemon(store, {"smtp": channel}, now, "old", 4)
    thread = threading.Thread(target=daemon.run, name="daemon")
    thread.start()
    try:
        yield
    finally:
        daemon.stop()
        thread.join(30)


def test_tables_that_gain_columns_under_a_running_daemon_cost_nothing(
    store: Store, database_url: str
) -> None:
    start, count = now(), 30
    add_patient_with_recipient(store)
    queue(store, *(planned(number, start + number * SECOND / 8) for number in range(count)))
    channel = Witness(now)
    with daemon_in_a_thread(store, channel):
        until(lambda: len(channel.heard) > 5)
        with a_transaction_is_open(store):
            migrate(database_url)
        queue(store, *(planned(number, now() + SECOND / 5) for number in range(count, count + 5)))
        until(lambda: len(channel.heard) >= count + 5)
        until(lambda: {record.state for record in everything(store)} == {ReminderState.SENT})
    copies_are_at_most(0, channel)
    nothing_is_early(channel)
    every_send_has_a_row(store, channel)


def test_an_old_daemon_that_starts_again_on_newer_tables_ends_and_says_why(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    migrate(database_url)
    log = tmp_path / "daemon.log"
    with running(real_daemon(database_url, None, "old"), log) as daemon:
        assert daemon.wait() == 1
    assert "made by a newer dosecal" in log.read_text()
    assert "update this program" in log.read_text()
