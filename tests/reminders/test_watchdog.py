"""A loop that hangs ends the process; a clock that somebody set neither silences it nor sends early."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from scheduler.reminders.trusted_clock import TrustedClock
from scheduler.reminders.watchdog import Pulse, Watchdog
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import DispatchedWard, ObedientChannel, StandingClock, finish
from tests.support.waiting_reminders import NOON, add_patient_with_recipient, everything, planned, queue

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Watched:
    """A watchdog over one loop, looked through by hand."""

    def __init__(self) -> None:
        self.clock = StandingClock()
        self.trusted = self.clock.trusted()
        self.pulse = Pulse(self.clock.elapsed)
        self.ends = 0
        self.steps = 0
        self._watchdog = Watchdog(self.trusted, {"dispatch": self.pulse}, self._step, self._end)

    def seconds(self, count: int, *, beating: bool = True) -> None:
        for _ in range(count):
            self.clock.pass_by(SECOND)
            if beating:
                self.pulse.beat()
            self._watchdog.look()

    def _step(self) -> None:
        self.steps += 1

    def _end(self) -> None:
        self.ends += 1


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_loop_silent_for_more_than_fifteen_seconds_ends_the_process(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.seconds(15, beating=False)
    assert watched.ends == 0
    watched.seconds(1, beating=False)
    assert watched.ends == 1
    assert "the loop 'dispatch' is silent for 16 s" in caplog.text


def test_a_loop_that_says_it_is_alive_goes_on(watched: Watched) -> None:
    watched.seconds(100)
    assert (watched.ends, watched.steps) == (0, 0)


@pytest.mark.fault(23)
def test_a_process_that_was_stopped_for_a_while_is_not_taken_for_one_that_hangs(watched: Watched) -> None:
    watched.clock.pass_by(MINUTE)
    watched.seconds(1, beating=False)
    assert watched.ends == 0
    watched.seconds(20, beating=False)
    assert watched.ends > 0


@pytest.mark.parametrize("step", [-HOUR, -3 * SECOND, 3 * SECOND, DAY])
def test_a_clock_that_was_set_wakes_the_housekeeping(watched: Watched, step: timedelta) -> None:
    watched.seconds(3)
    watched.clock.now += step
    watched.seconds(3)
    assert watched.steps == 1


def test_a_clock_that_drifts_is_not_a_clock_that_was_set(watched: Watched) -> None:
    for _ in range(100):
        watched.clock.now += timedelta(milliseconds=100)
        watched.seconds(1)
    assert watched.steps == 0


def holds(trusted: TrustedClock) -> bool:
    trusted.look()
    return trusted.holds


def test_a_jump_forward_holds_for_three_minutes_and_then_is_believed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    clock = StandingClock()
    trusted = clock.trusted()
    clock.now += DAY
    assert holds(trusted)
    clock.pass_by(179 * SECOND)
    assert holds(trusted)
    clock.pass_by(SECOND)
    assert not holds(trusted)
    assert "the wall clock jumped forward: nothing is sent for 180 s" in caplog.text


def test_a_jump_forward_that_is_taken_back_ends_the_hold(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    clock = StandingClock()
    trusted = clock.trusted()
    clock.now += DAY
    assert holds(trusted)
    clock.pass_by(10 * SECOND)
    clock.now -= DAY
    assert not holds(trusted)
    assert "the clocks agree again" in caplog.text


@pytest.mark.parametrize("step", [-DAY, -HOUR, 4 * MINUTE])
def test_other_steps_hold_nothing(step: timedelta) -> None:
    clock = StandingClock()
    trusted = clock.trusted()
    clock.now += step
    assert not holds(trusted)


def test_a_start_with_a_clock_behind_what_was_seen_holds_until_it_is_right() -> None:
    clock = StandingClock()
    trusted = TrustedClock(clock, clock.elapsed, latest_seen=NOON + DAY)
    assert holds(trusted)
    clock.pass_by(10 * SECOND)
    clock.now += 2 * DAY
    assert not holds(trusted)


def test_a_start_a_little_behind_what_another_machine_saw_holds_nothing() -> None:
    clock = StandingClock()
    assert not holds(TrustedClock(clock, clock.elapsed, latest_seen=NOON + 4 * MINUTE))


def test_what_is_due_follows_the_slower_clock_and_leases_the_databases(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    trusted = StandingClock().trusted()
    trusted.compare(NOON - 10 * SECOND)
    assert (trusted(), trusted.shared()) == (NOON - 10 * SECOND, NOON - 10 * SECOND)
    assert "this machine's clock is +10.0 s from the database's" in caplog.text
    trusted.compare(NOON + 10 * SECOND)
    assert (trusted(), trusted.shared()) == (NOON, NOON + 10 * SECOND)
    trusted.compare(NOON + SECOND)
    assert (trusted(), trusted.shared()) == (NOON, NOON)


def test_during_a_hold_nothing_is_sent_and_afterwards_everything(store: Store) -> None:
    add_patient_with_recipient(store)
    ward = DispatchedWard(store)
    queue(store, planned(1, NOON + DAY), planned(2, NOON + SECOND))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel})
    finish(dispatcher)
    ward.clock.now += DAY
    finish(dispatcher)
    assert channel.keys == []
    ward.clock.pass_by(10 * SECOND)
    ward.clock.now -= DAY
    finish(dispatcher)
    dispatcher.close()
    assert [r.state.value for r in everything(store)] == ["pending", "sent"]


def test_a_clock_set_back_stalls_nothing_that_is_due_and_sends_nothing_twice(store: Store) -> None:
    add_patient_with_recipient(store)
    ward = DispatchedWard(store)
    queue(store, planned(1))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel})
    finish(dispatcher)
    ward.clock.now -= HOUR
    queue(store, planned(2, NOON - HOUR))
    finish(dispatcher)
    dispatcher.close()
    assert len(channel.keys) == 2
