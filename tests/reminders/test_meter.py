"""What a daemon tells a monitor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.meter import BUCKETS_S, Meter, QueueCollector
from scheduler.reminders.restored import RESTORED
from scheduler.reminders.stand_in import INSTEAD_OF
from scheduler.store.channel_health import ChannelHealth
from scheduler.store.reminder_queue import LeasedReminder
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import DispatchedWard, ObedientChannel, finish
from tests.support.feed_world import lose_the_database
from tests.support.waiting_reminders import (
    NOON,
    add_patient_with_recipient,
    begin,
    claim,
    planned,
    queue,
)

MINUTE = timedelta(minutes=1)


def value(meter: Meter, name: str, **labels: str) -> float | None:
    return meter.registry.get_sample_value(f"dosecal_{name}", labels)


def dispatch(ward: DispatchedWard, meter: Meter, outcome: Outcome) -> None:
    channel = ObedientChannel(lambda _: outcome)
    dispatcher = Dispatcher(ward.store, {"smtp": channel}, ward.clock.trusted(), "ward@1", 4, meter=meter)
    finish(dispatcher)
    dispatcher.close()


@pytest.fixture
def ward(store: Store) -> DispatchedWard:
    add_patient_with_recipient(store)
    return DispatchedWard(store)


def test_the_lateness_of_what_was_accepted_is_measured(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1, NOON - timedelta(seconds=20)), planned(2, NOON))
    meter = Meter()
    dispatch(ward, meter, Accepted(provider_id=None))
    assert value(meter, "reminder_lateness_seconds_count", channel="smtp") == 2
    assert value(meter, "reminder_lateness_seconds_sum", channel="smtp") == 20
    assert value(meter, "reminder_lateness_seconds_bucket", channel="smtp", le="0.005") == 1
    assert value(meter, "reminder_lateness_seconds_bucket", channel="smtp", le="30.0") == 2
    assert (min(BUCKETS_S), max(BUCKETS_S)) == (0.005, 3600)


@pytest.mark.parametrize(
    ("policy", "measured"),
    [
        ({}, 60.0),
        ({"at": (NOON - timedelta(seconds=5)).isoformat()}, 5.0),
        ({INSTEAD_OF: "r-2"}, None),
        ({RESTORED: NOON.isoformat()}, None),
    ],
)
def test_lateness_counts_from_the_instant_that_was_meant(
    ward: DispatchedWard, policy: Mapping[str, str], measured: float | None
) -> None:
    queue(ward.store, replace(planned(1, NOON - MINUTE), policy={"privacy": "discreet", **policy}))
    meter = Meter()
    dispatch(ward, meter, Accepted(provider_id=None))
    assert value(meter, "reminder_lateness_seconds_sum", channel="smtp") == measured


@pytest.mark.parametrize(
    ("outcome", "word", "copies", "in_vain"),
    [
        (Accepted(provider_id=None), "accepted", 0, 0),
        (Refused(detail="no"), "refused", 0, 1),
        (RetryLater(detail="later"), "retry later", 0, 1),
        (Unknown(detail="?"), "unknown", 1, 1),
    ],
)
def test_every_attempt_is_counted_by_what_came_of_it(
    ward: DispatchedWard, outcome: Outcome, word: str, copies: int, in_vain: int
) -> None:
    queue(ward.store, planned(1))
    meter = Meter()
    dispatch(ward, meter, outcome)
    assert value(meter, "attempts_total", channel="smtp", outcome=word) == 1
    assert value(meter, "possible_copies_total", channel="smtp") == copies
    assert meter.in_vain == in_vain


def test_what_a_dead_daemon_was_sending_may_be_a_copy(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    begin(ward.store, *claim(ward.store, owner="dead@1"))
    with ward.store.transaction() as work:
        work.reminders.free_leases_of("dead", NOON, lambda _: timedelta(0))
    meter = Meter()
    dispatch(ward, meter, Accepted(provider_id=None))
    assert value(meter, "possible_copies_total", channel="smtp") == 1


def test_the_queue_is_told_as_it_stands(ward: DispatchedWard) -> None:
    due = (-10, -2, 0, 5)
    queue(ward.store, *(planned(number, NOON + at * MINUTE) for number, at in enumerate(due)))
    claimed: list[LeasedReminder] = claim(ward.store, 1, moment=NOON - 3 * MINUTE)
    assert len(claimed) == 1
    with ward.store.transaction() as work:
        work.channel_health.put(health("open"))
    meter = Meter()
    meter.registry.register(QueueCollector(ward.store, ward.clock))
    assert value(meter, "database_up") == 1
    assert value(meter, "reminders_waiting") == 3
    assert value(meter, "reminders_overdue") == 1
    assert value(meter, "reminders_never_attempted") == 1
    assert value(meter, "oldest_overdue_seconds") == 120
    assert value(meter, "reminders_leased") == 1
    assert value(meter, "leases_stuck") == 1
    assert value(meter, "channel_up", channel="smtp", node="ward") == 0


def test_a_database_that_is_away_is_told_and_nothing_else(
    ward: DispatchedWard, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = Meter()
    meter.registry.register(QueueCollector(ward.store, ward.clock))
    lose_the_database(monkeypatch)
    assert value(meter, "database_up") == 0
    assert value(meter, "reminders_waiting") is None


def test_an_audit_is_told_with_its_time() -> None:
    meter = Meter()
    meter.audited(3, NOON)
    meter.rescued(4)
    assert value(meter, "audit_faults") == 3
    assert value(meter, "audit_timestamp_seconds") == NOON.timestamp()
    assert value(meter, "rescued_total") == 4


def health(state: str) -> ChannelHealth:
    return ChannelHealth(channel="smtp", node="ward", state=state, failures=5, changed_at=NOON)
