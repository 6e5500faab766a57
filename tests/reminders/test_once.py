"""A daemon that is to send what is due and end does end, whatever becomes of its database."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from scheduler.errors import UnreachableError
from scheduler.reminders import daemon as daemon_module
from scheduler.reminders.daemon import Daemon
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import until
from tests.support.dispatching import ObedientChannel
from tests.support.waiting_reminders import NOON, add_patient_with_recipient, everything, planned, queue


def test_a_database_that_goes_away_leaves_no_thread_that_waits_and_costs_no_result(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_patient_with_recipient(store)
    # Due by whichever clock: on PostgreSQL a daemon goes by the database's where its own is ahead.
    queue(store, planned(1, NOON - timedelta(days=60)))
    channel = ObedientChannel()
    turn, is_there = Dispatcher.turn, iter([True])

    def turn_once(dispatcher: Dispatcher) -> int:
        if next(is_there, False):
            return turn(dispatcher)
        until(lambda: channel.keys)
        raise UnreachableError("the database does not answer")

    monkeypatch.setattr(daemon_module, "plan_everyone", lambda *_: 0)
    monkeypatch.setattr(Dispatcher, "turn", turn_once)
    daemon = Daemon(store, {"smtp": channel}, lambda: NOON, "ward", 2)
    with pytest.raises(UnreachableError):
        daemon.run_once()
    assert [thread for thread in threading.enumerate() if thread.name == "send-smtp"] == []
    assert [record.state.value for record in everything(store)] == ["sent"]
