"""A reminder that ends every daemon which touches it is set aside, and takes no other with it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import DispatchedWard, ObedientChannel, finish
from tests.support.waiting_reminders import (
    LEASE,
    NOON,
    add_patient_with_recipient,
    attempts,
    begin,
    claim,
    everything,
    planned,
    queue,
    sweep,
)

pytestmark = pytest.mark.fault(19)


@pytest.fixture
def ward(store: Store) -> DispatchedWard:
    add_patient_with_recipient(store)
    return DispatchedWard(store)


def die_while_sending(ward: DispatchedWard, times: int, *, owner: str = "ward@1") -> None:
    """Daemons that end with everything due in their hands, one after the other."""
    for _ in range(times):
        claimed = claim(ward.store, owner=owner, moment=ward.clock.now)
        begin(ward.store, *claimed)
        ward.clock.pass_by(LEASE)
        sweep(ward.store, ward.clock.now)
        ward.clock.pass_by(timedelta(minutes=10))


def test_after_three_deaths_it_is_set_aside_and_says_why(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    die_while_sending(ward, 3)
    (record,) = everything(ward.store)
    assert record.state is ReminderState.FAILED
    assert record.last_error == "set aside: three daemons ended while sending it"
    assert record.ended_at is not None
    channel = ObedientChannel()
    ward.dispatch({"smtp": channel})
    assert channel.keys == []


def test_the_sweep_names_what_it_set_aside(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    die_while_sending(ward, 2)
    (claimed,) = claim(ward.store, moment=ward.clock.now)
    assert claimed.times_lost == 2
    begin(ward.store, claimed)
    with ward.store.transaction() as work:
        freed = work.reminders.sweep(ward.clock.now + LEASE, lambda _: timedelta(0))
    assert (freed.count, freed.set_aside) == (1, (claimed.record.id,))


def test_two_deaths_are_not_enough(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    die_while_sending(ward, 2)
    ward.dispatch({"smtp": ObedientChannel()})
    assert everything(ward.store)[0].state is ReminderState.SENT


def start(ward: DispatchedWard, name: str, times: int = 1) -> str:
    """The daemon of this name after ``times`` more starts."""
    with ward.store.transaction() as work:
        epochs = [work.nodes.start(name, ward.clock.now) for _ in range(times)]
    return f"{name}@{epochs[-1]}"


def test_a_row_that_was_caught_by_chance_while_daemons_end_all_the_time_is_sent(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    for _ in range(5):
        claim(ward.store, owner=start(ward, "ward", times=4), moment=ward.clock.now)
        ward.clock.pass_by(LEASE)
        sweep(ward.store, ward.clock.now)
        die_while_sending(ward, 1, owner=start(ward, "ward"))
    start(ward, "ward")
    ward.dispatch({"smtp": ObedientChannel()})
    assert everything(ward.store)[0].state is ReminderState.SENT


def test_a_row_that_is_always_there_is_set_aside_after_three_whoever_sends_it(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    start(ward, "ward", times=40)
    for name in ("ward", "night", "ward"):
        die_while_sending(ward, 1, owner=start(ward, name))
    assert everything(ward.store)[0].state is ReminderState.FAILED


def test_where_many_rows_end_daemons_in_turn_each_is_set_aside_after_six(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    for times in range(1, 7):
        assert everything(ward.store)[0].state is ReminderState.PENDING
        die_while_sending(ward, 1, owner=start(ward, "ward", times=50))
        assert everything(ward.store)[0].attempt == times
    assert everything(ward.store)[0].state is ReminderState.FAILED


def test_deaths_before_it_was_being_sent_are_not_held_against_it(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    for _ in range(5):
        claim(ward.store, moment=ward.clock.now)
        ward.clock.pass_by(LEASE)
        sweep(ward.store, ward.clock.now)
    ward.dispatch({"smtp": ObedientChannel()})
    assert everything(ward.store)[0].state is ReminderState.SENT
    assert [a.outcome for a in attempts(ward.store)] == ["not begun"] * 5 + ["accepted"]


def test_those_under_suspicion_are_sent_one_at_a_time(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 6)))
    die_while_sending(ward, 2)
    queue(ward.store, planned(9, ward.clock.now))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel}, seats=8)
    assert dispatcher.turn() == 2
    finish(dispatcher)
    dispatcher.close()
    assert len(channel.keys) == 6
    assert {r.state.value for r in everything(ward.store)} == {"sent"}


def test_what_could_not_be_read_or_worded_ends_no_daemon(
    ward: DispatchedWard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    late = NOON - timedelta(hours=1)
    queue(ward.store, planned(1, late, zone="Moon/Tranquility"), planned(2))
    ward.dispatch({"smtp": ObedientChannel()})
    assert [r.state.value for r in everything(ward.store)] == ["pending", "sent"]
    assert "cannot be worded: ZoneInfoNotFoundError" in caplog.text
