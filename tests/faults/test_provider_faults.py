"""Providers that refuse, rest, hang, or answer too late: no reminder is lost, and no other channel waits."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from scheduler.reminders.channels.channel import Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.channels.smtp import SmtpChannel
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.trusted_clock import TrustedClock
from scheduler.settings import SmtpSettings
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import accept, finish
from tests.support.invariants import (
    WatchedWard,
    Witness,
    go_through,
    nothing_is_early,
    what_always_holds,
)
from tests.support.mail_ledger import open_mail_ledger
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
PATIENTS, SEATS = 24, 4
OUTAGE = 30 * MINUTE
WISH = 2 * MINUTE


@pytest.fixture
def ward(store: Store) -> Iterator[WatchedWard]:
    opened = WatchedWard(store)
    yield opened
    opened.close()


def admit_all(store: Store, *channels: str) -> None:
    """Patients with a dose each, spread over the outage, who are told by each of ``channels``."""
    for number in range(PATIENTS):
        patient, due = f"p-{number}", NOON + number * MINUTE
        for channel in channels:
            recipient = f"{channel}-{number}"
            add_patient_with_recipient(store, patient, recipient, channel)
            plan = planned(1, due, patient_id=patient, recipient_id=recipient, channel=channel)
            queue(store, plan)


def troubled(ward: WatchedWard) -> Witness:
    """A provider that answers 429 and 500 in turn until the outage is over."""

    def answer(key: str) -> Outcome:
        if ward.clock.now >= NOON + OUTAGE:
            time.sleep(0.002)  # long enough to overlap with others
            return accept(key)
        busy = len(channel.asked) % 2
        return RetryLater(detail="429", after=WISH) if busy else RetryLater(detail="500", after=WISH)

    channel = Witness(ward.clock, answer)
    return channel


@pytest.mark.fault(7)
def test_a_provider_in_trouble_for_half_an_hour_is_left_alone_and_then_drained(ward: WatchedWard) -> None:
    admit_all(ward.store, "smtp", "console")
    bad, good = troubled(ward), Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": bad, "console": good}, seats=SEATS)
    states = set()
    for _ in go_through(ward, dispatcher, OUTAGE, STEP):
        states |= health(ward.store)
    assert ("smtp", "open") in states
    assert ("console", "open") not in states
    assert bad.heard == []
    each_wish_to_wait_is_honoured(bad)
    for _ in go_through(ward, dispatcher, 12 * MINUTE, STEP):
        pass
    dispatcher.close()
    assert len(bad.heard) == len(good.heard) == PATIENTS
    assert bad.most_seen_at_once <= SEATS
    each_is_told_within(STEP, good)
    those_told_late_hear_that_it_was(bad)
    what_always_holds(ward, bad, good)


def each_wish_to_wait_is_honoured(channel: Witness) -> None:
    asked = defaultdict(list)
    for at, key in channel.asked:
        asked[key].append(at)
    for times in asked.values():
        assert all(later - earlier >= WISH for earlier, later in pairwise(times))


def each_is_told_within(longest: timedelta, channel: Witness) -> None:
    for heard in channel.heard:
        assert heard.at - due_of(heard.key) <= longest


def those_told_late_hear_that_it_was(channel: Witness) -> None:
    late = [heard for heard in channel.heard if heard.at - due_of(heard.key) >= 15 * MINUTE]
    assert late
    assert all("was due at" in heard.text for heard in late)


def due_of(key: str) -> datetime:
    return datetime.fromtimestamp(int(key.rpartition("/")[2]) / 1000, UTC)


def health(store: Store) -> set[tuple[str, str]]:
    with store.reading() as work:
        return {(found.channel, found.state) for found in work.channel_health.all()}


@pytest.fixture
def go_on() -> Iterator[threading.Event]:
    """Lets go what hangs; at the end of a test at the latest, so that no thread is left."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.fault(8)
def test_a_provider_that_hangs_delays_no_other_channel(store: Store, go_on: threading.Event) -> None:
    def now() -> datetime:
        return datetime.now(UTC)

    def hang(_: str) -> Outcome:
        go_on.wait(30)
        return Unknown(detail="silence")

    for recipient, channel in (("r-1", "smtp"), ("r-2", "console")):
        add_patient_with_recipient(store, "p-1", recipient, channel)
    start = now() + SECOND
    queue(store, *(planned(n, start - SECOND) for n in range(1, 21)))
    due = [start + number * SECOND / 40 for number in range(40)]
    queue(store, *(planned(n, at, recipient_id="r-2", channel="console") for n, at in enumerate(due, 100)))
    hung, good = Witness(now, hang), Witness(now)
    dispatcher = Dispatcher(store, {"smtp": hung, "console": good}, TrustedClock(now), "ward@1", SEATS)
    while now() < due[-1] + SECOND / 2:
        dispatcher.turn()
        dispatcher.wait()
    assert len(hung.asked) == SEATS
    late = sorted(heard.at - due_of(heard.key) for heard in good.heard)
    assert len(late) == len(due)
    assert late[len(late) * 95 // 100] <= SECOND
    nothing_is_early(good)
    go_on.set()
    dispatcher.close()


@pytest.mark.fault(9)
def test_an_answer_that_comes_too_late_costs_one_copy_at_most(ward: WatchedWard) -> None:
    add_patient_with_recipient(ward.store)
    queue(ward.store, *(planned(n) for n in range(1, 11)))
    # One fewer than would open the breaker, if no success came between them.
    too_late = {f"lar#{n}" for n in range(1, 5)}

    def answer(key: str) -> Outcome:
        dose = key.split("/")[1]
        if dose in too_late:
            too_late.remove(dose)
            return Unknown(detail="no answer within 15 s")
        return accept(key)

    channel = Witness(ward.clock, answer)
    dispatcher = ward.dispatcher({"smtp": channel})
    for _ in go_through(ward, dispatcher, MINUTE):
        pass
    dispatcher.close()
    assert len(channel.heard) == 14
    outcomes = [a.outcome for a in attempts(ward.store)]
    assert (outcomes.count("unknown"), outcomes.count("accepted")) == (4, 10)
    what_always_holds(ward, channel, copies=4)


@pytest.mark.fault(9)
def test_a_mail_server_that_answers_after_the_deadline_gets_a_copy_with_the_same_id(
    ward: WatchedWard, tmp_path: Path
) -> None:
    add_patient_with_recipient(ward.store)
    queue(ward.store, planned(1))
    dawdles = iter([0.0, 2.0])
    with open_mail_ledger(tmp_path / "ledger.jsonl", lambda: time.sleep(next(dawdles, 0.0))) as ledger:
        settings = SmtpSettings.parse(ledger.url, "dosecal@localhost")
        ward.dispatch({"smtp": SmtpChannel(settings, deadline=SECOND)})
        assert [r.state for r in everything(ward.store)] == [ReminderState.PENDING]
        ward.clock.pass_by(MINUTE)
        with closing(SmtpChannel(settings)) as channel:
            ward.dispatch({"smtp": channel})
        received = ledger.read()
    assert [a.outcome for a in attempts(ward.store)] == ["unknown", "accepted"]
    assert len(received) == 2
    assert len({mail.message_id for mail in received}) == 1


@pytest.mark.fault(10)
def test_what_is_refused_for_good_goes_to_the_next_contact_point_at_once(
    ward: WatchedWard, caplog: pytest.LogCaptureFixture
) -> None:
    add_patient_with_recipient(ward.store, "p-1", "r-1", "smtp")
    add_patient_with_recipient(ward.store, "p-1", "r-2", "console")
    queue(ward.store, *(planned(n) for n in range(1, 6)))
    refusing = Witness(ward.clock, lambda _: Refused(detail="401"))
    other = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": refusing, "console": other})
    finish(dispatcher)
    finish(dispatcher)
    assert {heard.at for heard in other.heard} == {NOON}
    told = [heard for heard in other.heard if "was refused" not in heard.text]
    assert (len(told), len(other.heard)) == (5, 6), "five doses, and once that the address refuses mail"
    for _ in go_through(ward, dispatcher, 20 * MINUTE, MINUTE):
        pass
    dispatcher.close()
    assert (len(refusing.asked), len(other.asked)) == (5, 6)
    refusals = [r for r in caplog.records if "outcome=refused (401)" in r.getMessage()]
    assert [r.levelno for r in refusals] == [logging.WARNING] * 5
    what_always_holds(ward, refusing, other)
