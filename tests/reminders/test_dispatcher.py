"""Whatever a row, a channel or the database does, the other reminders go on and nothing ends unexplained."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest import mock

import pytest

from scheduler.clock import epoch_ms
from scheduler.errors import UnreachableError
from scheduler.reminders import dispatcher as dispatcher_module
from scheduler.reminders import sending
from scheduler.reminders.channels.channel import (
    CALL_TIMEOUT,
    Accepted,
    Outcome,
    Refused,
    RetryLater,
    Unknown,
)
from scheduler.reminders.dispatcher import LEASE
from scheduler.reminders.meter import Meter
from scheduler.store.reminder_queue import ReminderQueue, Result
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
    sweep,
)

ACCEPTED, UNKNOWN, LATER = Accepted(provider_id="<1@x>"), Unknown(detail="silence"), RetryLater(detail="451")


@pytest.fixture
def ward(store: Store) -> DispatchedWard:
    add_patient_with_recipient(store)
    return DispatchedWard(store)


def states(store: Store) -> list[str]:
    return [record.state.value for record in everything(store)]


def key(number: int) -> str:
    return f"p-1/lar#{number}/due/r-1/{epoch_ms(NOON)}"


def outcomes(store: Store) -> list[tuple[str | None, str | None]]:
    return [(attempt.outcome, attempt.detail) for attempt in attempts(store)]


def test_everything_due_is_sent_once_and_recorded(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 31)))
    channel = ObedientChannel()
    ward.dispatch({"smtp": channel})
    assert sorted(channel.keys) == sorted(key(n) for n in range(1, 31))
    assert states(ward.store) == ["sent"] * 30


def test_no_more_are_sent_at_once_than_there_are_seats(ward: DispatchedWard) -> None:
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

    ward.dispatch({"smtp": ObedientChannel(answer)}, seats=3)
    assert most <= 3
    assert states(ward.store) == ["sent"] * 20


def test_a_row_that_cannot_be_worded_does_not_stop_the_others(ward: DispatchedWard) -> None:
    late = NOON - timedelta(hours=1)
    queue(ward.store, planned(1, late), planned(2, late, zone="Moon/Tranquility"), planned(3, late))
    ward.dispatch({"smtp": ObedientChannel()})
    assert states(ward.store) == ["sent", "pending", "sent"]
    assert ("retry later", "ZoneInfoNotFoundError") in outcomes(ward.store)


def test_a_channel_that_raises_is_tried_again_and_its_words_are_not_kept(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1), planned(2))

    def answer(key: str) -> Outcome:
        if "lar#1" in key:
            raise ValueError("zoe@example.org")
        return ACCEPTED

    ward.dispatch({"smtp": ObedientChannel(answer)})
    assert states(ward.store) == ["pending", "sent"]
    assert outcomes(ward.store)[0] == ("retry later", "ValueError")


def test_a_reminder_without_a_channel_here_waits_and_says_why(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    ward.dispatch({})
    (record,) = everything(ward.store)
    assert record.state is ReminderState.PENDING
    assert record.last_error == "this daemon has no channel 'smtp'"
    assert record.due_at > NOON


def test_a_refusal_is_final(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    ward.dispatch({"smtp": ObedientChannel(lambda _: Refused(detail="550"))})
    assert states(ward.store) == ["failed"]
    assert outcomes(ward.store) == [("refused", "550")]


def test_the_providers_own_wish_to_wait_is_honoured(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    wish = timedelta(minutes=17)
    ward.dispatch({"smtp": ObedientChannel(lambda _: RetryLater(detail="429", after=wish))})
    assert everything(ward.store)[0].due_at == NOON + wish


def test_an_unknown_outcome_is_tried_again_and_given_up_after_the_third(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    states = ward.answer(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    assert states == [ReminderState.PENDING] * 2 + [ReminderState.UNKNOWN] * 2
    assert outcomes(ward.store) == [("unknown", "silence")] * 3


def test_failures_that_sent_nothing_do_not_count_against_an_unknown_one(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    states = ward.answer(LATER, LATER, LATER, UNKNOWN, LATER, UNKNOWN, ACCEPTED)
    assert states == [ReminderState.PENDING] * 6 + [ReminderState.SENT]


def test_what_is_taken_back_between_claim_and_send_is_not_sent_and_the_log_says_so(
    ward: DispatchedWard,
) -> None:
    queue(ward.store, planned(1))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel})
    assert dispatcher.claim() == 1
    with ward.store.transaction() as work:
        work.reminder_plans.cancel([everything(ward.store)[0].id], NOON)
    finish(dispatcher)
    dispatcher.close()
    assert channel.keys == []
    assert outcomes(ward.store) == [("taken back", None)]
    assert states(ward.store) == ["cancelled"]


@pytest.mark.fault(5)
def test_whoever_slept_through_the_lease_and_was_swept_sends_nothing(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel})
    assert dispatcher.claim() == 1
    sweep(ward.store, NOON + timedelta(minutes=1))
    dispatcher.turn()
    dispatcher.close()
    assert channel.keys == []
    assert outcomes(ward.store) == [("not begun", None)]


def test_what_waited_until_half_its_lease_was_over_is_given_back_unsent(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel})
    assert dispatcher.claim() == 1
    ward.clock.pass_by(LEASE - CALL_TIMEOUT)
    dispatcher.turn()
    assert channel.keys == []
    assert states(ward.store) == ["pending"]
    finish(dispatcher)
    dispatcher.close()
    assert states(ward.store) == ["sent"]
    assert [outcome for outcome, _ in outcomes(ward.store)] == ["given back", "accepted"]


def test_who_stops_between_the_last_look_and_the_call_sends_nothing(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel})
    stopped = threading.Event()
    with mock.patch.object(sending, "reminder_message", side_effect=lambda *_: stopped.wait(10)) as worded:
        dispatcher.turn()
        until(lambda: worded.called)
        ward.clock.pass_by(timedelta(seconds=20))
        stopped.set()
        dispatcher.close()
    assert channel.keys == []
    assert outcomes(ward.store) == [("given back", "the lease was nearly over")]


def test_what_waits_when_the_daemon_stops_is_free_for_others_at_once(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1, NOON + timedelta(seconds=1)))
    dispatcher = ward.dispatcher({"smtp": ObedientChannel()})
    assert dispatcher.claim() == 1
    dispatcher.close()
    assert states(ward.store) == ["pending"]
    assert outcomes(ward.store) == [("given back", "the daemon stopped")]


def test_a_channel_that_hangs_takes_no_seat_of_another(ward: DispatchedWard) -> None:
    add_patient_with_recipient(ward.store, "p-1", "r-2", "console")
    plans = [planned(n) for n in range(1, 9)]
    queue(ward.store, *plans, *(planned(n, recipient_id="r-2", channel="console") for n in range(1, 9)))
    go_on = threading.Event()

    def hang(_: str) -> Outcome:
        go_on.wait(10)
        return ACCEPTED

    quick = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": ObedientChannel(hang), "console": quick}, seats=2)
    until(lambda: dispatcher.turn() == 0 and len(quick.keys) == 8)
    assert [r.state.value for r in everything(ward.store) if r.channel == "smtp"].count("sent") == 0
    go_on.set()
    finish(dispatcher)
    dispatcher.close()
    assert states(ward.store) == ["sent"] * 16


def test_a_channel_is_asked_no_more_at_once_than_it_bears(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 9)))
    go_on = threading.Event()

    def hang(_: str) -> Outcome:
        go_on.wait(10)
        return ACCEPTED

    channel = ObedientChannel(hang)
    channel.most_at_once = 3
    dispatcher = ward.dispatcher({"smtp": channel}, seats=8)
    until(lambda: dispatcher.turn() == 0 and len(channel.keys) == 3)
    threading.Timer(0.05, go_on.set).start()
    # One more of each is begun, so that the channel need not wait while a result is recorded.
    assert [outcome for outcome, _ in outcomes(ward.store)].count("sending") == 6
    dispatcher.close()
    assert sorted(states(ward.store)) == ["pending"] * 5 + ["sent"] * 3
    assert (
        sorted(str(outcome) for outcome, _ in outcomes(ward.store)) == ["accepted"] * 3 + ["given back"] * 5
    )


def test_to_stop_asks_no_channel_for_more_while_it_waits_for_another(ward: DispatchedWard) -> None:
    add_patient_with_recipient(ward.store, "p-1", "r-2", "console")
    plans = [planned(n) for n in range(1, 3)]
    queue(ward.store, *plans, *(planned(n, recipient_id="r-2", channel="console") for n in range(1, 3)))
    slow_goes_on, quick_goes_on = threading.Event(), threading.Event()

    def held(by: threading.Event) -> ObedientChannel:
        channel = ObedientChannel(lambda _: ACCEPTED if by.wait(10) else UNKNOWN)
        channel.most_at_once = 1
        return channel

    slow, quick = held(slow_goes_on), held(quick_goes_on)
    dispatcher = ward.dispatcher({"smtp": slow, "console": quick})
    dispatcher.turn()
    until(lambda: len(slow.keys) == 1 and len(quick.keys) == 1)
    threading.Timer(0.05, quick_goes_on.set).start()
    threading.Timer(0.15, slow_goes_on.set).start()
    dispatcher.close()
    assert (len(slow.keys), len(quick.keys)) == (1, 1)
    assert sorted(states(ward.store)) == ["pending", "pending", "sent", "sent"]


def test_what_waits_for_a_call_until_half_its_lease_is_over_is_given_back(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1), planned(2))
    go_on = threading.Event()
    channel = ObedientChannel(lambda _: ACCEPTED if go_on.wait(10) else UNKNOWN)
    channel.most_at_once = 1
    dispatcher = ward.dispatcher({"smtp": channel})
    dispatcher.turn()
    until(lambda: len(channel.keys) == 1)
    ward.clock.pass_by(LEASE - CALL_TIMEOUT)
    dispatcher.turn()
    assert [outcome for outcome, _ in outcomes(ward.store)][:2] == ["sending", "given back"]
    go_on.set()
    finish(dispatcher)
    finish(dispatcher)
    dispatcher.close()
    assert states(ward.store) == ["sent", "sent"]


def test_a_channel_that_can_have_no_thread_costs_neither_its_reminders_nor_those_of_others(
    ward: DispatchedWard,
) -> None:
    add_patient_with_recipient(ward.store, "p-1", "r-2", "console")
    queue(ward.store, planned(1), planned(2, recipient_id="r-2", channel="console"))
    mail, console = ObedientChannel(), ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": mail, "console": console}, seats=1)
    with no_thread_for("smtp"), pytest.raises(RuntimeError):
        dispatcher.turn()
    until(lambda: len(console.keys) == 1)
    dispatcher.turn()
    assert ("given back", "no thread to be had") in outcomes(ward.store)
    finish(dispatcher)
    assert not dispatcher.is_sending
    dispatcher.close()
    assert len(mail.keys) == 1
    assert states(ward.store) == ["sent", "sent"]


@contextmanager
def no_thread_for(channel: str) -> Iterator[None]:
    start = threading.Thread.start

    def grudging(thread: threading.Thread) -> None:
        if thread.name == f"send-{channel}":
            raise RuntimeError("can't start new thread")
        start(thread)

    with mock.patch.object(threading.Thread, "start", grudging):
        yield


def test_what_cannot_be_counted_is_recorded_once_and_frees_its_seat(
    ward: DispatchedWard, caplog: pytest.LogCaptureFixture
) -> None:
    queue(ward.store, *(planned(n) for n in range(1, 6)))
    channel = ObedientChannel()
    with mock.patch.object(Meter, "told", side_effect=ValueError("zoe@example.org")):
        ward.dispatch({"smtp": channel}, seats=2)
    assert states(ward.store) == ["sent"] * 5
    assert outcomes(ward.store) == [("accepted", None)] * 5
    assert len(channel.keys) == 5
    assert "what was sent cannot be counted: ValueError" in caplog.text
    assert "zoe" not in caplog.text


def test_a_result_is_recorded_although_the_database_was_away_for_a_moment(
    ward: DispatchedWard, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(ward.store, planned(1))
    finish_all, failures = ReminderQueue.finish_all, iter([True, True])

    def flaky(self: ReminderQueue, *arguments: object) -> set[int]:
        if next(failures, False):
            raise UnreachableError("the database does not answer")
        return finish_all(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ReminderQueue, "finish_all", flaky)
    monkeypatch.setattr(dispatcher_module, "_RECORD_AGAIN_AFTER_S", (0.0, 0.0))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel})
    dispatcher.turn()
    until(lambda: dispatcher.has_results)
    with pytest.raises(UnreachableError):
        dispatcher.turn()
    dispatcher.close()
    assert states(ward.store) == ["sent"]
    assert len(channel.keys) == 1


def test_one_result_that_cannot_be_recorded_keeps_no_other_from_it(
    ward: DispatchedWard, caplog: pytest.LogCaptureFixture
) -> None:
    queue(ward.store, planned(1), planned(2), planned(3))
    finish_all = ReminderQueue.finish_all

    def choosy(self: ReminderQueue, results: Sequence[Result], moment: datetime) -> set[int]:
        if any(claimed.record.dose_id == "lar#2" for claimed, _ in results):
            raise ValueError("zoe@example.org")
        return finish_all(self, results, moment)

    with mock.patch.object(ReminderQueue, "finish_all", choosy):
        ward.dispatch({"smtp": ObedientChannel()})
    assert states(ward.store) == ["sent", "leased", "sent"]
    assert "zoe" not in caplog.text


def test_a_database_that_stays_away_costs_a_copy_and_no_reminder(
    ward: DispatchedWard, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(ward.store, planned(1))
    channel = ObedientChannel()

    def away(self: ReminderQueue, *arguments: object) -> set[int]:
        raise UnreachableError("the database does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(ReminderQueue, "finish_all", away)
        patch.setattr(dispatcher_module, "_RECORD_AGAIN_AFTER_S", (0.0,))
        dispatcher = ward.dispatcher({"smtp": channel})
        dispatcher.turn()
        until(lambda: dispatcher.has_results)
        with pytest.raises(UnreachableError):
            dispatcher.close()
    assert states(ward.store) == ["leased"]
    ward.clock.pass_by(timedelta(minutes=1))
    sweep(ward.store, ward.clock.now)
    ward.dispatch({"smtp": channel})
    assert states(ward.store) == ["sent"]
    assert channel.keys == [key(1)] * 2


def test_what_became_pointless_expires_instead_of_being_sent(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1, not_after=NOON))
    channel = ObedientChannel()
    ward.dispatch({"smtp": channel})
    assert channel.keys == []
    assert states(ward.store) == ["expired"]


def test_a_reminder_refused_for_good_is_a_warning_with_its_reason(
    ward: DispatchedWard, caplog: pytest.LogCaptureFixture
) -> None:
    queue(ward.store, planned(1))
    caplog.set_level(logging.WARNING)
    ward.dispatch({"smtp": ObedientChannel(lambda _: Refused(detail="the mail server answered 550"))})
    assert "outcome=refused (the mail server answered 550)" in caplog.text
    assert "example.org" not in caplog.text


def test_a_refusal_is_told_to_the_next_contact_point_at_once(
    ward: DispatchedWard, caplog: pytest.LogCaptureFixture
) -> None:
    queue(ward.store, planned(1))
    add_patient_with_recipient(ward.store, "p-1", "r-2", "console")
    refusing, other = ObedientChannel(lambda _: Refused(detail="550")), ObedientChannel()
    ward.dispatch({"smtp": refusing, "console": other})
    ward.dispatch({"smtp": refusing, "console": other})
    assert [(r.recipient_id, r.step, r.state.value) for r in everything(ward.store)] == [
        ("r-1", "due", "failed"),
        ("r-2", "due", "sent"),
        ("r-2", "broken", "sent"),
    ]
    assert (len(refusing.keys), other.addresses) == (1, ["r-2@example.org"] * 2)
    assert "is told to recipient=r-2 instead of recipient=r-1" in caplog.text
    assert "told nobody" not in caplog.text


def test_when_every_contact_point_refused_the_operator_is_told_that_nobody_was(
    ward: DispatchedWard, caplog: pytest.LogCaptureFixture
) -> None:
    add_patient_with_recipient(ward.store, "p-1", "r-2")
    queue(ward.store, planned(1), planned(1, recipient_id="r-2"))
    ward.dispatch({"smtp": ObedientChannel(lambda _: Refused(detail="550"))})
    due = [r.state.value for r in everything(ward.store) if r.step == "due"]
    assert due == ["failed", "failed"]
    nobody = [r for r in caplog.records if "told nobody" in r.getMessage()]
    assert {r.levelname for r in nobody} == {"ERROR"}
    assert "example.org" not in caplog.text


def test_one_of_unknown_fate_is_first_told_in_another_way_and_then_no_more(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    add_patient_with_recipient(ward.store, "p-1", "r-2", "console")
    silent, other = ObedientChannel(lambda _: UNKNOWN), ObedientChannel()
    for _ in range(4):
        ward.dispatch({"smtp": silent, "console": other})
        ward.clock.pass_by(timedelta(seconds=20))
    first, second = everything(ward.store)
    assert (first.state.value, first.last_error) == ("cancelled", "told in another way meanwhile")
    assert second.state is ReminderState.SENT
    assert (len(silent.keys), len(other.keys)) == (1, 1)


def test_a_channel_that_drops_copies_itself_is_asked_again(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    add_patient_with_recipient(ward.store, "p-1", "r-2", "console")
    silent = ObedientChannel(lambda _: UNKNOWN, is_idempotent=True)
    ward.dispatch({"smtp": silent, "console": ObedientChannel()})
    assert [r.recipient_id for r in everything(ward.store)] == ["r-1"]


def test_a_retry_never_comes_after_the_use_is_over(ward: DispatchedWard) -> None:
    end = NOON + timedelta(minutes=10)
    queue(ward.store, planned(1, not_after=end))
    ward.dispatch({"smtp": ObedientChannel(lambda _: RetryLater(detail="429", after=timedelta(hours=1)))})
    assert everything(ward.store)[0].due_at == end
