"""Somebody who missed eleven reminders in an outage gets one message, and each is recorded as told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from scheduler.reminders.channels.channel import Outcome, RetryLater, Unknown
from scheduler.store.engine import make_engine
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import DispatchedWard, ObedientChannel, accept
from tests.support.waiting_reminders import (
    NOON,
    add_patient_with_recipient,
    attempts,
    everything,
    planned,
    queue,
)

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def ward(store: Store) -> DispatchedWard:
    add_patient_with_recipient(store)
    return DispatchedWard(store)


def test_what_is_late_by_more_than_a_quarter_of_an_hour_goes_as_one(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n, NOON - n * HOUR) for n in range(1, 12)))
    channel = ObedientChannel()
    ward.dispatch({"smtp": channel})
    assert len(channel.keys) == 1
    records = everything(ward.store)
    assert [r.state.value for r in records] == ["sent"] * 11
    assert [a.outcome for a in attempts(ward.store)] == ["accepted"] * 11


def test_each_keeps_the_providers_id(ward: DispatchedWard, database_url: str) -> None:
    queue(ward.store, planned(1, NOON - HOUR), planned(2, NOON - 2 * HOUR))
    ward.dispatch({"smtp": ObedientChannel()})
    engine = make_engine(database_url)
    with engine.begin() as connection:
        found = connection.execute(text("SELECT provider_id FROM reminder")).scalars().all()
    engine.dispose()
    assert list(found) == ["<1@x>", "<1@x>"]


def test_however_many_a_claim_takes_the_rest_of_the_person_comes_along(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n, NOON - HOUR - n * MINUTE) for n in range(1, 31)))
    channel = ObedientChannel()
    dispatcher = ward.dispatcher({"smtp": channel}, seats=1)
    for lane in dispatcher._every_lane:
        lane._pace_s = 1000.0  # so slow that a claim takes one
    while dispatcher.turn() or dispatcher.is_sending:
        dispatcher.wait()
    dispatcher.close()
    assert len(channel.keys) == 1
    assert {r.state.value for r in everything(ward.store)} == {"sent"}


def test_two_people_get_two_messages(ward: DispatchedWard) -> None:
    add_patient_with_recipient(ward.store, "p-2", "r-2")
    queue(ward.store, planned(1, NOON - HOUR), planned(2, NOON - 2 * HOUR))
    for number in (1, 2):
        queue(ward.store, planned(number, NOON - number * HOUR, patient_id="p-2", recipient_id="r-2"))
    channel = ObedientChannel()
    ward.dispatch({"smtp": channel})
    assert sorted(channel.addresses) == ["r-1@example.org", "r-2@example.org"]


def test_what_is_in_time_goes_by_itself(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1), planned(2), planned(3, NOON - 14 * MINUTE))
    channel = ObedientChannel()
    ward.dispatch({"smtp": channel})
    assert len(channel.keys) == 3


def test_what_quiet_hours_moved_to_one_instant_goes_as_one(ward: DispatchedWard) -> None:
    shifted = [replace(planned(number, NOON), dose_due_at=NOON - number * MINUTE) for number in range(1, 4)]
    queue(ward.store, *shifted, planned(9, NOON))
    channel = ObedientChannel()
    ward.dispatch({"smtp": channel})
    assert len(channel.keys) == 2
    assert {r.state.value for r in everything(ward.store)} == {"sent"}


def test_what_failed_together_is_tried_again_together(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n, NOON - n * HOUR) for n in range(1, 4)))
    ward.dispatch({"smtp": ObedientChannel(lambda _: RetryLater(detail="451"))})
    assert len({r.due_at for r in everything(ward.store)}) == 1
    ward.clock.pass_by(MINUTE)
    channel = ObedientChannel()
    ward.dispatch({"smtp": channel})
    assert len(channel.keys) == 1


def test_every_attempt_at_the_same_ones_has_the_same_key(ward: DispatchedWard) -> None:
    queue(ward.store, *(planned(n, NOON - n * HOUR) for n in range(1, 4)))
    outcomes: list[Outcome] = [Unknown(detail="silence"), accept("")]
    channel = ObedientChannel(lambda _: outcomes.pop(0))
    ward.dispatch({"smtp": channel})
    ward.clock.pass_by(MINUTE)
    ward.dispatch({"smtp": channel})
    first, second = channel.keys
    assert first == second


def test_one_that_cannot_be_worded_does_not_keep_the_others_from_being_told(ward: DispatchedWard) -> None:
    bad = planned(2, NOON - 2 * HOUR, zone="Moon/Tranquility")
    queue(ward.store, planned(1, NOON - HOUR), bad, planned(3, NOON - 3 * HOUR))
    channel = ObedientChannel()
    ward.dispatch({"smtp": channel})
    assert len(channel.keys) == 1
    assert [r.state.value for r in everything(ward.store)] == ["sent", "pending", "sent"]
