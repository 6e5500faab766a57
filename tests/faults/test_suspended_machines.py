"""The machine sleeps for an hour with messages on their way: it wakes, tells what it slept through, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from scheduler.reminders.channels.channel import Outcome, Unknown
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import until
from tests.support.dispatching import accept
from tests.support.invariants import WatchedWard, Witness, go_through, what_always_holds
from tests.support.waiting_reminders import NOON, add_patient_with_recipient, planned, queue, sweep

pytestmark = pytest.mark.fault(23)

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
PATIENTS = 6
ON_THEIR_WAY = 2


@pytest.fixture
def ward(store: Store) -> Iterator[WatchedWard]:
    """A dose every ten minutes for each of some patients, the first now or in a second."""
    opened = WatchedWard(store)
    for number in range(PATIENTS):
        add_patient_with_recipient(store, f"p-{number}", f"r-{number}")
        first = NOON + (0 if number < ON_THEIR_WAY else 1) * SECOND
        times = [first, *(first + step * 10 * MINUTE for step in range(1, 6))]
        named = {"patient_id": f"p-{number}", "recipient_id": f"r-{number}"}
        queue(store, *(planned(dose, due, **named) for dose, due in enumerate(times, start=1)))  # type: ignore[arg-type]
    yield opened
    opened.close()


class SleepingLine:
    """Messages that are on their way while the machine sleeps, and what comes of them after."""

    def __init__(self, end: Outcome | None) -> None:
        self._end = end
        self.is_awake = threading.Event()

    def answer(self, key: str) -> Outcome:
        if self.is_awake.is_set():
            return accept(key)
        self.is_awake.wait(30)
        return accept(key) if self._end is None else self._end


@pytest.mark.parametrize(
    ("end", "copies"),
    [
        pytest.param(None, 0, id="the-line-stood"),
        pytest.param(Unknown(detail="the line broke"), ON_THEIR_WAY, id="the-line-broke"),
    ],
)
def test_after_an_hour_of_sleep_everybody_is_told_once_of_what_was_due(
    ward: WatchedWard, end: Outcome | None, copies: int
) -> None:
    line = SleepingLine(end)
    channel = Witness(ward.clock, line.answer)
    dispatcher = ward.dispatcher({"smtp": channel})
    assert dispatcher.turn() == ON_THEIR_WAY
    until(lambda: len(channel.asked) == ON_THEIR_WAY)
    ward.clock.pass_by(HOUR)
    line.is_awake.set()
    until(lambda: dispatcher.has_results)
    woke = ward.clock.now
    for _ in go_through(ward, dispatcher, 10 * MINUTE + 2 * SECOND):
        pass
    messages = [heard for heard in channel.heard if woke <= heard.at]
    # What was due long ago goes as one message. By itself goes what was due a few minutes ago, and what was
    # claimed before the sleep and given back after it.
    assert sum(heard.key.startswith("several/") for heard in messages) == PATIENTS
    assert len(messages) == 2 * PATIENTS + (PATIENTS - ON_THEIR_WAY) + copies
    what_always_holds(ward, channel, copies=copies)


def test_what_another_daemon_told_meanwhile_is_not_told_again_by_the_one_that_slept(
    ward: WatchedWard,
) -> None:
    asleep, channel = ward.dispatcher({"smtp": Witness(ward.clock)}), Witness(ward.clock)
    assert asleep.claim() == PATIENTS
    awake = ward.dispatcher({"smtp": channel})
    for _ in go_through(ward, awake, HOUR, MINUTE):
        sweep(ward.store, ward.clock.now)
    told = len(channel.heard)
    assert asleep.turn() == 0
    for _ in go_through(ward, awake, MINUTE):
        pass
    assert len(channel.heard) == told
    what_always_holds(ward, channel)


def test_a_clock_that_does_not_count_sleep_holds_for_three_minutes_and_then_tells(ward: WatchedWard) -> None:
    channel = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": channel})
    dispatcher.turn()
    until(lambda: dispatcher.has_results)
    ward.clock.now += HOUR  # and nothing on the clock that nobody can set
    woke = ward.clock.now
    for _ in go_through(ward, dispatcher, 10 * MINUTE):
        pass
    after = [heard.at - woke for heard in channel.heard if heard.at >= woke]
    assert 3 * MINUTE <= min(after) <= 4 * MINUTE
    what_always_holds(ward, channel)
