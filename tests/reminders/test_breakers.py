"""A channel that fails is left alone, its reminders wait unharmed, and the other channels go on."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

import pytest

from scheduler.reminders.breaker import Breaker, BreakerState
from scheduler.reminders.channels.channel import Accepted, Outcome, RetryLater, Unknown
from scheduler.reminders.lane import Lane
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import until
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


class ChangingChannel(ObedientChannel):
    """Broken until mended."""

    def __init__(self) -> None:
        super().__init__(self._say)
        self.is_broken = True

    def _say(self, _: str) -> Outcome:
        return RetryLater(detail="421") if self.is_broken else Accepted(provider_id=None)


def failing(breaker: Breaker, *seconds: float) -> Breaker:
    for second in seconds:
        breaker.failed(second)
    return breaker


def test_five_failures_within_half_a_minute_open_it() -> None:
    assert failing(Breaker(), 0, 1, 2, 3).allows(3) is None
    assert failing(Breaker(), 0, 1, 2, 3, 30).allows(30) == 0
    assert failing(Breaker(), 0, 10, 20, 30, 40).allows(40) is None


def test_a_success_forgets_the_failures_before_it() -> None:
    breaker = failing(Breaker(), 0, 1, 2, 3)
    breaker.succeeded()
    assert failing(breaker, 4).allows(4) is None


def test_after_a_rest_one_is_sent_to_see() -> None:
    breaker = failing(Breaker(), 0, 0, 0, 0, 0)
    assert breaker.allows(14.9) == 0
    assert breaker.allows(15) == 1
    breaker.began()
    assert breaker.allows(15) == 0


def test_what_is_sent_to_see_closes_or_opens_it_again() -> None:
    works, fails = failing(Breaker(), 0, 0, 0, 0, 0), failing(Breaker(), 0, 0, 0, 0, 0)
    for breaker in (works, fails):
        assert breaker.allows(15) == 1
        breaker.began()
    works.succeeded()
    fails.failed(16)
    assert works.allows(16) is None
    assert (fails.allows(30.9), fails.allows(31)) == (0, 1)


def test_what_was_not_sent_after_all_lets_another_be_sent_to_see() -> None:
    breaker = failing(Breaker(), 0, 0, 0, 0, 0)
    assert breaker.allows(15) == 1
    breaker.began()
    breaker.came_to_nothing()
    assert breaker.allows(15) == 1


def test_a_provider_that_wants_to_hear_from_nobody_is_obeyed_at_once() -> None:
    breaker = Breaker()
    breaker.failed(0, rest_s=60)
    assert (breaker.allows(59), breaker.allows(60)) == (0, 1)
    assert breaker.state is BreakerState.HALF_OPEN


def test_while_it_is_open_reminders_wait_without_being_tried(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 21)))
    channel = ChangingChannel()
    dispatcher = ward.dispatcher({"smtp": channel}, seats=1)
    finish(dispatcher)
    assert len(channel.keys) == 5
    ward.clock.pass_by(10 * SECOND)
    finish(dispatcher)
    assert len(channel.keys) == 5
    assert {r.state.value for r in everything(ward.store)} == {"pending"}
    assert all(a.ended_at is not None for a in attempts(ward.store))
    channel.is_broken = False
    ward.clock.pass_by(6 * SECOND)
    finish(dispatcher)
    finish(dispatcher)
    dispatcher.close()
    assert {r.state.value for r in everything(ward.store)} == {"sent"}


def test_one_that_is_taken_back_just_before_it_is_sent_to_see_leaves_its_place_to_another(
    ward: DispatchedWard,
) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 6)))
    channel = ChangingChannel()
    dispatcher = ward.dispatcher({"smtp": channel}, seats=1)
    finish(dispatcher)
    channel.is_broken = False
    queue(ward.store, planned(9, NOON - SECOND, priority=-1))
    ward.clock.pass_by(16 * SECOND)
    assert dispatcher.claim() == 1
    (claimed,) = [row for row in everything(ward.store) if row.state is ReminderState.LEASED]
    with ward.store.transaction() as work:
        work.reminder_plans.cancel([claimed.id], ward.clock.now)
    dispatcher.turn()
    ward.clock.pass_by(timedelta(minutes=5))
    finish(dispatcher)
    finish(dispatcher)
    dispatcher.close()
    assert sorted(r.state.value for r in everything(ward.store)) == ["cancelled"] + ["sent"] * 5


def test_what_was_begun_is_taken_back_from_a_channel_that_is_to_rest(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 5)))
    goes_on, calls = Event(), iter(range(4))
    wish = RetryLater(detail="429", after=timedelta(minutes=2), for_everyone=True)

    def answer(_: str) -> Outcome:
        if next(calls) == 0:
            return wish
        goes_on.wait(10)
        return Accepted(provider_id=None)

    channel = ObedientChannel(answer)
    channel.most_at_once = 2
    dispatcher = ward.dispatcher({"smtp": channel})
    dispatcher.turn()
    until(lambda: dispatcher.has_results and len(channel.keys) == 3)
    dispatcher.turn()
    goes_on.set()
    finish(dispatcher)
    dispatcher.close()
    assert len(channel.keys) == 3
    outcomes = sorted(str(attempt.outcome) for attempt in attempts(ward.store))
    assert outcomes == ["accepted", "accepted", "given back", "retry later"]


def test_waiting_for_a_channel_does_not_make_the_next_retry_come_later(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 8)))
    channel = ChangingChannel()
    dispatcher = ward.dispatcher({"smtp": channel}, seats=1)
    finish(dispatcher)
    dispatcher.close()
    given_back = [r for r in everything(ward.store) if r.due_at == NOON]
    assert len(given_back) == 2


def test_another_channel_goes_on_meanwhile(ward: DispatchedWard) -> None:
    add_patient_with_recipient(ward.store, "p-1", "r-2", "console")
    queue(ward.store, *(planned(n) for n in range(1, 21)))
    console = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": ChangingChannel(), "console": console}, seats=1)
    finish(dispatcher)
    queue(ward.store, *(planned(n, recipient_id="r-2", channel="console") for n in range(1, 21)))
    finish(dispatcher)
    dispatcher.close()
    assert len(console.keys) == 20


def test_a_wish_about_every_message_holds_for_every_message(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 4)))
    wish = RetryLater(detail="429", after=timedelta(minutes=2), for_everyone=True)
    channel = ObedientChannel(lambda _: wish)
    dispatcher = ward.dispatcher({"smtp": channel}, seats=1)
    finish(dispatcher)
    ward.clock.pass_by(119 * SECOND)
    finish(dispatcher)
    assert len(channel.keys) == 1
    ward.clock.pass_by(SECOND)
    finish(dispatcher)
    dispatcher.close()
    assert len(channel.keys) == 2


def test_a_reminder_that_cannot_be_worded_says_nothing_about_the_channel(ward: DispatchedWard) -> None:
    late = NOON - timedelta(hours=1)
    queue(ward.store, *(planned(n, late + n * SECOND, zone="Moon/Tranquility") for n in range(1, 8)))
    queue(ward.store, planned(9))
    channel = ObedientChannel()
    ward.dispatch({"smtp": channel}, seats=1)
    assert len(channel.keys) == 1


def test_operators_see_how_each_channel_fares_with_each_daemon(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 8)))
    console = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": ChangingChannel(), "console": console}, seats=1)
    finish(dispatcher)
    dispatcher.turn()
    dispatcher.close()
    with ward.store.reading() as work:
        found = work.channel_health.all()
    assert [(h.channel, h.node, h.state, h.failures) for h in found] == [
        ("console", "ward", "closed", 0),
        ("smtp", "ward", "open", 5),
    ]


@pytest.mark.parametrize(
    "outcome", [RetryLater(detail="500", of_address=True), Unknown(detail="x", of_address=True)]
)
def test_one_persons_own_server_that_fails_rests_nobody_elses(outcome: Outcome) -> None:
    lane = Lane("webhook", None, 1, lambda *_: None)
    for _ in range(20):
        lane.breaker.began()
        lane.learn(outcome, took_s=0.1, blames=True, now_s=0.0)
    assert lane.breaker.state is BreakerState.CLOSED
    assert lane.breaker.failures == 0
