"""What is due soon is leased ahead and leaves at its instant: never before, and not if it was taken back."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from scheduler import clock
from scheduler.reminders.channels.channel import Accepted, Outcome
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.trusted_clock import TrustedClock
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import DispatchedWard, ObedientChannel, finish
from tests.support.waiting_reminders import (
    NOON,
    add_patient_with_recipient,
    attempts,
    everything,
    planned,
    queue,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def ward(store: Store) -> DispatchedWard:
    add_patient_with_recipient(store)
    return DispatchedWard(store)


def leased(store: Store) -> list[str]:
    return [r.dose_id for r in everything(store) if r.state is ReminderState.LEASED]


def test_what_is_due_within_two_seconds_is_leased_and_nothing_later(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1, NOON + SECOND), planned(2, NOON + 2 * SECOND), planned(3, NOON + 3 * SECOND))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel})
    finish(dispatcher)
    assert leased(ward.store) == ["lar#1", "lar#2"]
    assert channel.keys == []
    dispatcher.close()


def test_it_leaves_at_its_instant_and_not_a_millisecond_before(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1, NOON + SECOND))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel})
    finish(dispatcher)
    ward.clock.pass_by(SECOND - timedelta(milliseconds=1))
    finish(dispatcher)
    assert channel.keys == []
    ward.clock.pass_by(timedelta(milliseconds=1))
    finish(dispatcher)
    assert len(channel.keys) == 1
    dispatcher.close()


def test_what_is_taken_back_while_it_waits_is_not_sent(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1, NOON + SECOND), planned(2, NOON + SECOND))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel})
    finish(dispatcher)
    first, _ = everything(ward.store)
    with ward.store.transaction() as work:
        work.reminder_plans.cancel([first.id], NOON)
    ward.clock.pass_by(SECOND)
    finish(dispatcher)
    dispatcher.close()
    assert len(channel.keys) == 1
    assert [a.outcome for a in attempts(ward.store)] == ["taken back", "accepted"]


def test_a_clock_set_back_sends_nothing_early_and_lets_the_lease_go(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1, NOON + SECOND))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel})
    finish(dispatcher)
    ward.clock.now -= timedelta(hours=1)
    ward.clock.elapsed_s += 20
    ward.clock.now += 20 * SECOND
    finish(dispatcher)
    dispatcher.close()
    assert channel.keys == []
    assert everything(ward.store)[0].state is ReminderState.PENDING


def test_on_real_clocks_they_leave_within_a_blink_of_their_instants(store: Store) -> None:
    add_patient_with_recipient(store)
    soon = datetime.now(UTC) + timedelta(seconds=1.5)
    due = {number: soon + timedelta(milliseconds=100 * number) for number in range(1, 11)}
    queue(store, *(planned(number, at) for number, at in due.items()))
    sent: dict[int, datetime] = {}
    lock = threading.Lock()

    def note(key: str) -> Outcome:
        with lock:
            sent[int(key.partition("#")[2].partition("/")[0])] = datetime.now(UTC)
        return Accepted(provider_id=None)

    dispatcher = Dispatcher(store, {"smtp": ObedientChannel(note)}, TrustedClock(clock.now), "ward@1", 4)
    deadline = time.monotonic() + 30
    while len(sent) < len(due) and time.monotonic() < deadline:
        dispatcher.turn()
        dispatcher.wait()
    dispatcher.close()
    late = sorted(sent[number] - at for number, at in due.items())
    assert late[0] >= -timedelta(milliseconds=1)  # rows hold whole milliseconds
    assert late[len(late) // 2] < timedelta(milliseconds=500)
