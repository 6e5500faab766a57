"""The daemon audits itself, and tells the switch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from scheduler import clock
from scheduler.reminders import daemon as daemon_module
from scheduler.reminders.channels.channel import Channel
from scheduler.reminders.daemon import Daemon
from scheduler.reminders.dead_mans_switch import DeadMansSwitch
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import until
from tests.support.dispatching import ObedientChannel
from tests.support.ping_server import PingServer, open_ping_server
from tests.support.ward import DEPOT, admit, move_next_dose, remind


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PingServer]:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(daemon_module, "AUDIT_EVERY_S", 1)
    with open_ping_server() as opened:
        yield opened


@contextmanager
def running(store: Store, server: PingServer) -> Iterator[None]:
    channels: dict[str, Channel] = {"smtp": ObedientChannel()}
    daemon = Daemon(store, channels, clock.now, "ward", 2, DeadMansSwitch(f"{server.url}/check"))
    thread = Thread(target=daemon.run)
    thread.start()
    try:
        yield
    finally:
        daemon.stop()
        thread.join()


def a_dose_of_three_minutes_ago(store: Store) -> str:
    now = datetime.now(UTC)
    earlier = now - timedelta(hours=1)
    patient = admit(store, DEPOT.format(start=(now + timedelta(days=7)).date()), earlier)
    remind(store, patient, earlier)
    move_next_dose(store, patient, earlier, now - timedelta(minutes=3))
    return patient


def test_what_an_outage_left_is_sent_first_and_then_all_is_well(
    store: Store, server: PingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_dose_of_three_minutes_ago(store)
    monkeypatch.setattr(daemon_module, "FIRST_AUDIT_AFTER_S", 3.0)
    with running(store, server):
        until(lambda: len(server.paths) >= 2)
    assert set(server.paths) == {"/check"}


def test_a_dose_without_a_reminder_is_told_to_the_switch(
    store: Store, server: PingServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    patient = a_dose_of_three_minutes_ago(store)
    monkeypatch.setattr(daemon_module, "FIRST_AUDIT_AFTER_S", 0.0)
    monkeypatch.setattr(daemon_module, "plan_everyone", lambda *_: 0)
    with store.transaction() as work:
        work.reminder_plans.cancel([row.id for row in work.reminder_plans.open([patient])], datetime.now(UTC))
    with running(store, server):
        until(lambda: len(server.paths) >= 2)
    assert set(server.paths) == {"/check/fail"}
    assert f"audit: patient={patient} " in caplog.text
