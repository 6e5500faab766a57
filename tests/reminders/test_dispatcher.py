"""Whatever a row, a channel or the database does, the other reminders go on and nothing ends unexplained."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from scheduler.clock import epoch_ms
from scheduler.errors import UnreachableError
from scheduler.reminders import dispatcher as dispatcher_module
from scheduler.reminders.channels.channel import (
    Accepted,
    Channel,
    Outcome,
    Refused,
    RetryLater,
    Unknown,
)
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.message import Message
from scheduler.store.reminder_queue import ReminderQueue
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.waiting_reminders import (
    NOON,
    add_patient_with_recipient,
    attempts,
    everything,
    planned,
    queue,
    sweep,
)

Answer = Callable[[str], Outcome]
ACCEPTED, UNKNOWN, LATER = Accepted(provider_id="<1@x>"), Unknown(detail="silence"), RetryLater(detail="451")


class Channel_:  # noqa: N801
    """A channel that does as it is told, and remembers the keys."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.keys: list[str] = []

    def send(self, message: Message, address: str, key: str) -> Outcome:
        self.keys.append(key)
        return self._answer(key)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Ward:
    """A dispatcher on a store, run by hand."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock()
        self._opened: list[Dispatcher] = []

    def dispatch(self, channels: Mapping[str, Channel], seats: int = 4) -> None:
        """Send everything that is due now and wait for the results."""
        dispatcher = Dispatcher(self.store, channels, self.clock, "ward@1", seats)
        while dispatcher.dispatch_due() or dispatcher.busy:
            dispatcher.wait_for_seat(1)
        dispatcher.close()

    def answer(self, *outcomes: Outcome) -> list[ReminderState]:
        """Dispatch once for each of ``outcomes``, as late as it takes to be due; the states after each."""
        states = []
        for outcome in outcomes:
            channel = Channel_(lambda _, outcome=outcome: outcome)  # type: ignore[misc]
            self.dispatch({"smtp": channel})
            states.append(everything(self.store)[0].state)
            self.clock.now += timedelta(minutes=6)
        return states


@pytest.fixture
def ward(store: Store) -> Ward:
    add_patient_with_recipient(store)
    return Ward(store)


def states(store: Store) -> list[str]:
    return [record.state.value for record in everything(store)]


def key(number: int) -> str:
    return f"p-1/lar#{number}/due/r-1/{epoch_ms(NOON)}"


def outcomes(store: Store) -> list[tuple[str | None, str | None]]:
    return [(attempt.outcome, attempt.detail) for attempt in attempts(store)]


def test_everything_due_is_sent_once_and_recorded(ward: Ward) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 31)))
    channel = Channel_(lambda _: ACCEPTED)
    ward.dispatch({"smtp": channel})
    assert sorted(channel.keys) == sorted(key(n) for n in range(1, 31))
    assert states(ward.store) == ["sent"] * 30


def test_no_more_are_sent_at_once_than_there_are_seats(ward: Ward) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 21)))
    lock, running, most = threading.Lock(), 0, 0

    def answer(_: str) -> Outcome:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1
        return ACCEPTED

    ward.dispatch({"smtp": Channel_(answer)}, seats=3)
    assert most <= 3
    assert states(ward.store) == ["sent"] * 20


def test_a_row_that_cannot_be_worded_does_not_stop_the_others(ward: Ward) -> None:
    late = NOON - timedelta(hours=1)
    queue(ward.store, planned(1, late), planned(2, late, zone="Moon/Tranquility"), planned(3, late))
    ward.dispatch({"smtp": Channel_(lambda _: ACCEPTED)})
    assert states(ward.store) == ["sent", "pending", "sent"]
    assert ("retry later", "ZoneInfoNotFoundError") in outcomes(ward.store)


def test_a_channel_that_raises_is_tried_again_and_its_words_are_not_kept(ward: Ward) -> None:
    queue(ward.store, planned(1), planned(2))

    def answer(key: str) -> Outcome:
        if "lar#1" in key:
            raise ValueError("zoe@example.org")
        return ACCEPTED

    ward.dispatch({"smtp": Channel_(answer)})
    assert states(ward.store) == ["pending", "sent"]
    assert outcomes(ward.store)[0] == ("retry later", "ValueError")


def test_a_reminder_without_a_channel_here_waits_and_says_why(ward: Ward) -> None:
    queue(ward.store, planned(1))
    ward.dispatch({})
    (record,) = everything(ward.store)
    assert record.state is ReminderState.PENDING
    assert record.last_error == "this daemon has no channel 'smtp'"
    assert record.due_at > NOON


def test_a_refusal_is_final(ward: Ward) -> None:
    queue(ward.store, planned(1))
    ward.dispatch({"smtp": Channel_(lambda _: Refused(detail="550"))})
    assert states(ward.store) == ["failed"]
    assert outcomes(ward.store) == [("refused", "550")]


def test_the_providers_own_wish_to_wait_is_honoured(ward: Ward) -> None:
    queue(ward.store, planned(1))
    wish = timedelta(minutes=17)
    ward.dispatch({"smtp": Channel_(lambda _: RetryLater(detail="429", after=wish))})
    assert everything(ward.store)[0].due_at == NOON + wish


def test_an_unknown_outcome_is_tried_again_and_given_up_after_the_third(ward: Ward) -> None:
    queue(ward.store, planned(1))
    states = ward.answer(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    assert states == [ReminderState.PENDING] * 2 + [ReminderState.UNKNOWN] * 2
    assert outcomes(ward.store) == [("unknown", "silence")] * 3


def test_failures_that_sent_nothing_do_not_count_against_an_unknown_one(ward: Ward) -> None:
    queue(ward.store, planned(1))
    states = ward.answer(LATER, LATER, LATER, UNKNOWN, LATER, UNKNOWN, ACCEPTED)
    assert states == [ReminderState.PENDING] * 6 + [ReminderState.SENT]


def test_what_is_taken_back_between_claim_and_send_is_not_sent_and_the_log_says_so(ward: Ward) -> None:
    queue(ward.store, planned(1))
    channel = Channel_(lambda _: ACCEPTED)
    dispatcher = Dispatcher(ward.store, {"smtp": channel}, ward.clock, "ward@1", 1)
    (claimed,) = dispatcher.claim(1)
    with ward.store.transaction() as work:
        work.reminder_plans.cancel([claimed.record.id], NOON)
    dispatcher.deliver(claimed)
    dispatcher.close()
    assert channel.keys == []
    assert outcomes(ward.store) == [("taken back", None)]
    assert states(ward.store) == ["cancelled"]


def test_whoever_slept_through_the_lease_and_was_swept_sends_nothing(ward: Ward) -> None:
    queue(ward.store, planned(1))
    channel = Channel_(lambda _: ACCEPTED)
    dispatcher = Dispatcher(ward.store, {"smtp": channel}, ward.clock, "ward@1", 1)
    (claimed,) = dispatcher.claim(1)
    sweep(ward.store, NOON + timedelta(minutes=1))
    dispatcher.deliver(claimed)
    dispatcher.close()
    assert channel.keys == []
    assert outcomes(ward.store) == [("lost", None)]


def test_a_result_is_recorded_although_the_database_was_away_for_a_moment(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(ward.store, planned(1))
    finish, failures = ReminderQueue.finish, iter([True, True])

    def flaky(self: ReminderQueue, *arguments: object) -> bool:
        if next(failures, False):
            raise UnreachableError("the database does not answer")
        return finish(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ReminderQueue, "finish", flaky)
    monkeypatch.setattr(dispatcher_module, "_RECORD_AGAIN_AFTER_S", (0.0, 0.0))
    channel = Channel_(lambda _: ACCEPTED)
    ward.dispatch({"smtp": channel})
    assert states(ward.store) == ["sent"]
    assert len(channel.keys) == 1


def test_a_database_that_stays_away_costs_a_copy_and_no_reminder(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(ward.store, planned(1))
    channel = Channel_(lambda _: ACCEPTED)

    def away(self: ReminderQueue, *arguments: object) -> bool:
        raise UnreachableError("the database does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(ReminderQueue, "finish", away)
        patch.setattr(dispatcher_module, "_RECORD_AGAIN_AFTER_S", (0.0,))
        ward.dispatch({"smtp": channel})
    assert states(ward.store) == ["leased"]
    ward.clock.now += timedelta(minutes=1)
    sweep(ward.store, ward.clock.now)
    ward.dispatch({"smtp": channel})
    assert states(ward.store) == ["sent"]
    assert channel.keys == [key(1)] * 2


def test_what_became_pointless_expires_instead_of_being_sent(ward: Ward) -> None:
    queue(ward.store, planned(1, not_after=NOON))
    channel = Channel_(lambda _: ACCEPTED)
    ward.dispatch({"smtp": channel})
    assert channel.keys == []
    assert states(ward.store) == ["expired"]


def test_a_reminder_refused_for_good_is_a_warning_with_its_reason(
    ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    queue(ward.store, planned(1))
    caplog.set_level(logging.WARNING)
    ward.dispatch({"smtp": Channel_(lambda _: Refused(detail="the mail server answered 550"))})
    assert "outcome=refused (the mail server answered 550)" in caplog.text
    assert "example.org" not in caplog.text
