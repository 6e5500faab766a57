"""A database that is away, cuts the line, or is full: nothing leaves unwritten, and all goes on after."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

from scheduler.errors import StoreError
from scheduler.reminders.daemon import Daemon
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.store.engine import make_engine
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import until
from tests.support.dispatching import finish
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
    NOON,
    add_patient_with_recipient,
    attempts,
    everything,
    planned,
    queue,
)

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
STEP = 10 * SECOND
OUTAGE = 20 * MINUTE
PATIENTS, SEATS = 20, 4


@pytest.fixture
def ward(store: Store) -> Iterator[WatchedWard]:
    opened = WatchedWard(store)
    yield opened
    opened.close()


def admit_all(store: Store, *due: datetime) -> None:
    """A patient with one recipient and one dose for each of ``due``."""
    for number, at in enumerate(due):
        patient, recipient = f"p-{number}", f"r-{number}"
        add_patient_with_recipient(store, patient, recipient)
        queue(store, planned(1, at, patient_id=patient, recipient_id=recipient))


def engine_of(store: Store) -> Engine:
    return store._engine


@contextmanager
def away(store: Store) -> Iterator[None]:
    """Every transaction fails as it begins."""

    def refuse(_: Connection) -> None:
        raise OperationalError("BEGIN", {}, ConnectionRefusedError("connection refused"))

    event.listen(engine_of(store), "begin", refuse)
    try:
        yield
    finally:
        event.remove(engine_of(store), "begin", refuse)


def turns_in_vain(ward: WatchedWard, dispatcher: Dispatcher) -> int:
    """Turn all through the outage as the daemon's loop does; how often that failed."""
    failed = 0
    for _ in range(OUTAGE // STEP):
        ward.clock.pass_by(STEP)
        try:
            dispatcher.turn()
        except StoreError:
            failed += 1
    return failed


@pytest.mark.fault(11)
def test_a_database_away_at_the_peak_costs_no_reminder_and_no_copy(ward: WatchedWard) -> None:
    admit_all(ward.store, *(NOON + number * SECOND for number in range(PATIENTS)))
    channel = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": channel}, seats=SEATS)
    assert dispatcher.turn() > 0
    until(lambda: dispatcher.has_results)
    with away(ward.store):
        assert turns_in_vain(ward, dispatcher) > OUTAGE // STEP // 2
    before = len(channel.heard)
    assert before < PATIENTS
    back = ward.clock.now
    for _ in go_through(ward, dispatcher, 2 * MINUTE, STEP):
        pass
    assert len(channel.heard) == PATIENTS
    assert all(back <= heard.at <= back + 2 * MINUTE for heard in channel.heard[before:])
    assert all("was due at" in heard.text for heard in channel.heard[before:])
    what_always_holds(ward, channel)


@pytest.mark.fault(11)
def test_a_result_that_waits_for_the_database_is_learned_from_once(ward: WatchedWard) -> None:
    admit_all(ward.store, NOON)
    dispatcher = ward.dispatcher({"smtp": Witness(ward.clock)})
    dispatcher.turn()
    until(lambda: dispatcher.has_results)
    paces = []
    with away(ward.store):
        for _ in range(3):
            with pytest.raises(StoreError):
                dispatcher.turn()
            paces.append(dispatcher._lanes["smtp"]._pace_s)
    assert paces == paces[:1] * 3


@pytest.mark.fault(11)
def test_what_is_being_recorded_is_not_free_for_a_sweep(ward: WatchedWard) -> None:
    admit_all(ward.store, NOON)
    dispatcher = ward.dispatcher({"smtp": Witness(ward.clock)})
    dispatcher.turn()
    until(lambda: dispatcher.has_results)
    seen: list[bool] = []

    def look(_: Connection) -> None:
        seen.append(dispatcher.has_results)

    event.listen(engine_of(ward.store), "commit", look)
    dispatcher.turn()
    event.remove(engine_of(ward.store), "commit", look)
    assert seen
    assert all(seen)


@contextmanager
def cut_at_every_third_commit(store: Store) -> Iterator[list[str]]:
    """End the connection between the last statement of a transaction and its commit; the threads it met."""
    lock, commits, met = threading.Lock(), 0, list[str]()
    others = make_engine(engine_of(store).url.render_as_string(hide_password=False))

    def cut(connection: Connection) -> None:
        nonlocal commits
        with lock:
            commits += 1
            if commits % 3:
                return
        met.append(threading.current_thread().name)
        if connection.dialect.name == "sqlite":
            raise OperationalError("COMMIT", {}, OSError("disk I/O error"))
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with others.begin() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    event.listen(engine_of(store), "commit", cut)
    try:
        yield met
    finally:
        event.remove(engine_of(store), "commit", cut)
        others.dispose()


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def running(daemon: Daemon) -> Iterator[None]:
    thread = threading.Thread(target=daemon.run, name="daemon")
    thread.start()
    try:
        yield
    finally:
        daemon.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.fault(12)
def test_a_connection_cut_in_a_transaction_ends_no_thread(store: Store) -> None:
    start = now()
    admit_all(store, *(start + number * SECOND / 5 for number in range(PATIENTS)))
    channel = Witness(now)
    with running(Daemon(store, {"smtp": channel}, now, "ward", SEATS)):
        until(lambda: "dispatch" in {thread.name for thread in threading.enumerate()})
        with cut_at_every_third_commit(store) as met:
            until(lambda: len({heard.key for heard in channel.heard}) == PATIENTS)
        until(lambda: {record.state for record in everything(store)} == {ReminderState.SENT})
        alive = {thread.name for thread in threading.enumerate()}
    assert {"dispatch", "watchdog"} <= alive
    assert "dispatch" in met
    copies_are_at_most(len(met) * SEATS, channel)
    nothing_is_early(channel)
    every_send_has_a_row(store, channel)


@contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """Nothing more can be written into the log of attempts."""
    engine = engine_of(store)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", _no_page_more)
    else:
        with engine.begin() as connection:
            connection.exec_driver_sql(_FULL)
    try:
        yield
    finally:
        if engine.dialect.name == "sqlite":
            event.remove(engine, "begin", _no_page_more)
            engine.dispose()
        else:
            with engine.begin() as connection:
                connection.exec_driver_sql("DROP TRIGGER full_disk ON attempt; DROP FUNCTION full_disk")


_FULL = """
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON attempt EXECUTE FUNCTION full_disk()
"""


def _no_page_more(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 1")  # which means: not one more than there are


@pytest.mark.fault(13)
def test_on_a_full_disk_nothing_is_sent_without_its_intent_and_all_of_it_after(
    ward: WatchedWard, caplog: pytest.LogCaptureFixture
) -> None:
    add_patient_with_recipient(ward.store)
    queue(ward.store, *(planned(number) for number in range(400)))
    channel = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": channel}, seats=SEATS)
    with full_disk(ward.store):
        for _ in range(5):
            with pytest.raises(StoreError):
                dispatcher.turn()
            ward.clock.pass_by(SECOND)
    assert channel.asked == []
    assert attempts(ward.store) == []
    assert {record.state for record in everything(ward.store)} == {ReminderState.PENDING}
    finish(dispatcher)
    assert len(channel.heard) == 400
    what_always_holds(ward, channel)
