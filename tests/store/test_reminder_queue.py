"""The queue hands each due reminder to one daemon at a time and forgets none."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from scheduler.reminders.backoff import pause_after_loss
from scheduler.store.engine import make_engine
from scheduler.store.reminder_row import AttemptResult, ClaimedReminder, ReminderState
from scheduler.store.unit_of_work import Store
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

SENT = AttemptResult(state=ReminderState.SENT, outcome="accepted", provider_id="<1@x>")
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _somebody(store: Store) -> None:
    add_patient_with_recipient(store)


def finish(store: Store, claimed: ClaimedReminder, result: AttemptResult, moment: datetime) -> bool:
    with store.transaction() as work:
        return work.reminders.finish(claimed, result, moment)


def the_one(store: Store) -> ReminderState:
    (record,) = everything(store)
    return record.state


# Claiming


def test_a_claim_takes_no_more_than_its_limit_and_the_earliest_first(store: Store) -> None:
    order = list(range(1, 41))
    random.Random(1).shuffle(order)
    queue(store, *(planned(n, NOON - timedelta(minutes=n)) for n in order))
    claimed = claim(store, limit=10)
    assert [c.record.dose_id for c in claimed] == [f"lar#{n}" for n in range(40, 30, -1)]
    assert [r.state for r in everything(store)].count(ReminderState.LEASED) == 10


def test_a_dose_told_for_another_time_has_another_key(store: Store) -> None:
    queue(store, planned(1))
    (first,) = claim(store)
    moved = replace(first.record, dose_due_at=first.record.dose_due_at + SECOND)
    assert replace(first, record=moved).idempotency_key != first.idempotency_key


def test_a_claim_leaves_alone_what_is_not_due_yet_or_useful_no_more(store: Store) -> None:
    queue(store, planned(1), planned(2, NOON + timedelta(milliseconds=1)), planned(3, not_after=NOON))
    assert [c.record.dose_id for c in claim(store)] == ["lar#1"]


def test_a_claim_brings_the_address_and_one_key_for_every_attempt(store: Store) -> None:
    queue(store, planned(1))
    (first,) = claim(store)
    sweep(store, NOON + LEASE)
    (second,) = claim(store, moment=NOON + LEASE)
    assert first.address == second.address == "r-1@example.org"
    assert first.idempotency_key == second.idempotency_key
    assert (first.record.attempt, second.record.attempt) == (1, 2)


def test_what_is_claimed_is_not_claimed_again_while_the_lease_runs(store: Store) -> None:
    queue(store, planned(1))
    assert len(claim(store)) == 1
    assert claim(store, owner="night@1") == []


def test_claimers_at_once_share_no_reminder_and_leave_none(store: Store) -> None:
    queue(store, *(planned(n) for n in range(1, 121)))
    start = threading.Barrier(4)

    def work_through(owner: str) -> list[int]:
        start.wait()
        taken = []
        while len(everything(store)) and (batch := claim(store, 7, owner=owner)):
            assert len(batch) <= 7
            taken += [c.record.id for c in batch]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [i for ids in pool.map(work_through, ["a@1", "b@1", "c@1", "d@1"]) for i in ids]
    # A claimer whose candidates others were just claiming may find none and go home; the next one does not.
    taken += [c.record.id for c in claim(store, 1000)]
    assert sorted(taken) == sorted(record.id for record in everything(store))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_open_claims_on_postgresql_do_not_wait_for_each_other(store: Store) -> None:
    queue(store, *(planned(n, NOON - timedelta(minutes=n)) for n in range(1, 21)))
    with store.transaction() as one, store.transaction() as other:
        first = one.reminders.claim("a@1", NOON, NOON + LEASE, 8)
        second = other.reminders.claim("b@1", NOON, NOON + LEASE, 8)
    assert [c.record.dose_id for c in first] == [f"lar#{n}" for n in range(20, 12, -1)]
    assert [c.record.dose_id for c in second] == [f"lar#{n}" for n in range(12, 4, -1)]


@pytest.mark.parametrize("policy", ["{", "5", '["privacy"]'])
def test_a_row_that_cannot_be_read_fails_alone(store: Store, database_url: str, policy: str) -> None:
    queue(store, planned(1), planned(2), planned(3))
    engine = make_engine(database_url)
    with engine.begin() as connection:
        change = text("UPDATE reminder SET policy = :policy WHERE dose_id = 'lar#2'")
        connection.execute(change, {"policy": policy})
    assert [c.record.dose_id for c in claim(store)] == ["lar#1", "lar#3"]
    with engine.begin() as connection:
        query = "SELECT state, last_error, outcome FROM reminder JOIN attempt ON reminder_id = id"
        row = connection.execute(text(f"{query} WHERE dose_id = 'lar#2'")).one()
    assert tuple(row) == ("failed", "the stored reminder cannot be read", "unreadable")
    engine.dispose()


def test_by_priority_then_what_was_never_tried_then_the_earliest(store: Store) -> None:
    early, late = NOON - 2 * SECOND, NOON - SECOND
    queue(store, planned(1, early))
    again = AttemptResult(state=ReminderState.PENDING, outcome="retry later", retry_at=early)
    finish(store, claim(store)[0], again, NOON)
    queue(store, planned(2, late), planned(3, early), planned(4, late, priority=-1), planned(5, priority=1))
    assert [c.record.dose_id for c in claim(store)] == ["lar#4", "lar#3", "lar#2", "lar#1", "lar#5"]


def test_a_claim_for_one_channel_or_for_any_but_some(store: Store) -> None:
    queue(store, planned(1), planned(2, channel="console"), planned(3, channel="fax"))
    with store.transaction() as work:
        only = work.reminders.claim("a@1", NOON, NOON + LEASE, 10, channel="smtp")
        others = work.reminders.claim("a@1", NOON, NOON + LEASE, 10, channels_but=["smtp", "console"])
    assert [c.record.dose_id for c in only] == ["lar#1"]
    assert [c.record.dose_id for c in others] == ["lar#3"]


def test_a_claim_ahead_takes_what_is_due_soon(store: Store) -> None:
    queue(store, planned(1), planned(2, NOON + SECOND), planned(3, NOON + 3 * SECOND))
    with store.transaction() as work:
        taken = work.reminders.claim("a@1", NOON, NOON + LEASE, 10, due_by=NOON + 2 * SECOND)
    assert [c.record.dose_id for c in taken] == ["lar#1", "lar#2"]


def test_the_rest_of_a_person_is_claimed_and_nobody_elses(store: Store) -> None:
    add_patient_with_recipient(store, "p-1", "r-2")
    queue(store, planned(1), planned(2), planned(3, recipient_id="r-2"), planned(4, NOON + SECOND))
    first = claim(store, 1)
    with store.transaction() as work:
        rest = work.reminders.claim_more("ward@1", NOON, NOON + LEASE, first)
    assert [c.record.dose_id for c in rest] == ["lar#2"]
    assert [(a.number, a.node) for a in attempts(store)] == [(1, "ward@1")] * 2


# Beginning


def test_what_begins_is_marked_and_what_no_longer_stands_is_left(store: Store) -> None:
    queue(store, planned(1), planned(2), planned(3))
    one, two, three = claim(store)
    with store.transaction() as work:
        work.reminder_plans.cancel([two.record.id], NOON)
    assert begin(store, one, two, three) == {one.record.id, three.record.id}
    assert [a.outcome for a in attempts(store)] == ["sending", None, "sending"]
    with store.transaction() as work:
        work.reminders.leave([two], NOON)
    assert [(a.outcome, a.ended_at) for a in attempts(store)][1] == ("taken back", NOON)


def test_whoever_lost_the_lease_cannot_begin(store: Store) -> None:
    queue(store, planned(1))
    (slept,) = claim(store)
    sweep(store, NOON + LEASE)
    assert begin(store, slept) == set()
    (awake,) = claim(store, owner="night@1", moment=NOON + LEASE)
    assert begin(store, slept) == set()
    assert begin(store, awake) == {awake.record.id}


# Finishing


def test_hundreds_are_recorded_together_each_with_its_own_result(store: Store) -> None:
    queue(store, *(planned(n) for n in range(1, 301)))
    claimed = claim(store, 300)
    sweep(store, NOON)
    results = [
        (c, replace(SENT, provider_id=c.record.dose_id) if c.record.id % 2 else refused()) for c in claimed
    ]
    with store.transaction() as work:
        work.reminder_plans.cancel([claimed[7].record.id], NOON)
        held = work.reminders.finish_all(results, NOON + SECOND)
    assert held == {c.record.id for c in claimed} - {claimed[7].record.id}
    for record in everything(store):
        if record.id in held:
            assert record.state is (ReminderState.SENT if record.id % 2 else ReminderState.FAILED)
    late = [a for a in attempts(store) if a.reminder.id == claimed[7].record.id]
    assert [a.outcome for a in late] in (["late accepted"], ["late refused"])


def refused() -> AttemptResult:
    return AttemptResult(state=ReminderState.FAILED, outcome="refused", detail="550")


def test_a_result_ends_the_reminder_and_its_attempt(store: Store) -> None:
    queue(store, planned(1))
    (claimed,) = claim(store)
    assert finish(store, claimed, SENT, NOON + SECOND)
    (record,) = everything(store)
    assert (record.state, record.ended_at) == (ReminderState.SENT, NOON + SECOND)
    (attempt,) = attempts(store)
    assert (attempt.number, attempt.node, attempt.outcome) == (1, "ward@1", "accepted")
    assert (attempt.started_at, attempt.ended_at) == (NOON, NOON + SECOND)


def test_a_passing_fault_puts_it_back_for_later(store: Store) -> None:
    queue(store, planned(1))
    (claimed,) = claim(store)
    again = AttemptResult(
        state=ReminderState.PENDING, outcome="retry later", detail="451", retry_at=NOON + 5 * SECOND
    )
    assert finish(store, claimed, again, NOON)
    assert claim(store, moment=NOON + 4 * SECOND) == []
    (second,) = claim(store, moment=NOON + 5 * SECOND)
    assert (second.record.attempt, second.record.last_error) == (2, "451")


def test_a_result_after_the_sweep_changes_nothing_but_the_log(store: Store) -> None:
    queue(store, planned(1))
    (slept,) = claim(store)
    sweep(store, NOON + LEASE)
    assert not finish(store, slept, SENT, NOON + LEASE + SECOND)
    assert the_one(store) is ReminderState.PENDING
    assert [a.outcome for a in attempts(store)] == ["late accepted"]


def test_a_result_after_another_claim_leaves_that_claim_alone(store: Store) -> None:
    queue(store, planned(1))
    (slept,) = claim(store)
    sweep(store, NOON + LEASE)
    (awake,) = claim(store, owner="night@1", moment=NOON + LEASE)
    assert not finish(store, slept, SENT, NOON + LEASE)
    with store.reading() as work:
        assert work.reminders.still_stands(awake)
        assert not work.reminders.still_stands(slept)
    assert finish(store, awake, SENT, NOON + LEASE)
    assert [(a.node, a.outcome) for a in attempts(store)] == [
        ("ward@1", "late accepted"),
        ("night@1", "accepted"),
    ]


def test_a_late_result_does_not_rewrite_an_attempt_that_has_one(store: Store) -> None:
    queue(store, planned(1))
    (claimed,) = claim(store)
    finish(store, claimed, SENT, NOON)
    assert not finish(store, claimed, AttemptResult(state=ReminderState.FAILED, outcome="refused"), NOON)
    assert the_one(store) is ReminderState.SENT
    assert [a.outcome for a in attempts(store)] == ["accepted"]


def test_a_long_explanation_is_cut_to_what_the_log_holds(store: Store) -> None:
    queue(store, planned(1))
    (claimed,) = claim(store)
    finish(
        store, claimed, AttemptResult(state=ReminderState.FAILED, outcome="refused", detail="x" * 999), NOON
    )
    (record,) = everything(store)
    assert record.last_error == "x" * 300


# Leases


def test_a_sweep_frees_leases_that_ran_out_and_no_others(store: Store) -> None:
    queue(store, planned(1), planned(2))
    begin(store, *claim(store, 1))
    claim(store, 1, moment=NOON + SECOND)
    assert sweep(store, NOON + LEASE - timedelta(milliseconds=1)) == 0
    assert sweep(store, NOON + LEASE) == 1
    assert [r.state for r in everything(store)] == [ReminderState.PENDING, ReminderState.LEASED]
    assert [(a.outcome, a.ended_at) for a in attempts(store)] == [("lost", NOON + LEASE), (None, None)]


def test_a_reminder_lost_once_is_due_at_once_and_waits_the_second_time(store: Store) -> None:
    queue(store, planned(1))
    waits, moment = [], NOON
    for _ in range(2):
        begin(store, *claim(store, moment=moment))
        moment += LEASE
        sweep(store, moment)
        (record,) = everything(store)
        waits.append(max(timedelta(0), record.due_at - moment))
        moment = max(moment, record.due_at)
    assert waits[0] == timedelta(0) < waits[1]


@pytest.mark.parametrize(
    ("node", "other"),
    [
        ("ward", "ward2"),
        ("ward_1", "wardx1"),
        ("w%d", "word"),
        ("ward", "Ward"),
        ("ward", "ward@night"),
        ("a\\_", "a\\x"),
    ],
)
def test_a_restart_frees_what_its_own_name_held_and_nothing_else(store: Store, node: str, other: str) -> None:
    queue(store, planned(1), planned(2), planned(3))
    claim(store, 1, owner=f"{node}@1")
    begin(store, *claim(store, 1, owner=f"{node}@2"))
    claim(store, 1, owner=f"{other}@1")
    with store.transaction() as work:
        assert work.reminders.free_leases_of(node, NOON, pause_after_loss).count == 2
    states = [r.state for r in everything(store)]
    assert states == [ReminderState.PENDING, ReminderState.PENDING, ReminderState.LEASED]
    assert [a.outcome for a in attempts(store)] == ["not begun", "lost", None]


# Ending without being sent


def test_what_is_useful_no_more_expires_and_says_so(store: Store) -> None:
    queue(store, planned(1, not_after=NOON), planned(2, not_after=NOON + SECOND), planned(3))
    with store.transaction() as work:
        expired = work.reminders.expire(NOON)
    assert list(expired.values()) == ["not sent while it was useful"]
    assert [r.state.value for r in everything(store)] == ["expired", "pending", "pending"]


def test_what_expires_after_failures_keeps_the_last_of_them_as_its_reason(store: Store) -> None:
    queue(store, planned(1, not_after=NOON + SECOND))
    (claimed,) = claim(store)
    later = AttemptResult(state=ReminderState.PENDING, outcome="retry later", detail="451", retry_at=NOON)
    finish(store, claimed, later, NOON)
    with store.transaction() as work:
        assert list(work.reminders.expire(NOON + SECOND).values()) == ["451"]


def test_what_is_being_sent_does_not_expire_under_the_sender(store: Store) -> None:
    queue(store, planned(1, not_after=NOON + SECOND))
    (claimed,) = claim(store)
    with store.transaction() as work:
        assert work.reminders.expire(NOON + SECOND) == {}
    assert finish(store, claimed, SENT, NOON + SECOND)


def test_a_reminder_cancelled_while_leased_no_longer_stands_and_stays_cancelled(store: Store) -> None:
    queue(store, planned(1))
    (claimed,) = claim(store)
    with store.transaction() as work:
        work.reminder_plans.cancel([claimed.record.id], NOON)
        assert not work.reminders.still_stands(claimed)
    assert not finish(store, claimed, SENT, NOON)
    assert the_one(store) is ReminderState.CANCELLED
    assert [a.outcome for a in attempts(store)] == ["late accepted"]


def test_the_attempt_at_a_cancelled_reminder_is_closed_when_its_daemon_died(store: Store) -> None:
    queue(store, planned(1))
    (claimed,) = claim(store)
    with store.transaction() as work:
        work.reminder_plans.cancel([claimed.record.id], NOON)
    sweep(store, NOON + LEASE)
    assert the_one(store) is ReminderState.CANCELLED
    assert [a.outcome for a in attempts(store)] == ["not begun"]


def test_cancelling_what_was_sent_changes_nothing(store: Store) -> None:
    queue(store, planned(1))
    (claimed,) = claim(store)
    finish(store, claimed, SENT, NOON)
    with store.transaction() as work:
        work.reminder_plans.cancel([claimed.record.id], NOON)
    assert the_one(store) is ReminderState.SENT


# Planning


def test_adding_a_reminder_twice_leaves_one(store: Store) -> None:
    queue(store, planned(1))
    queue(store, planned(1, NOON + SECOND))
    (record,) = everything(store)
    assert record.due_at == NOON


def test_planning_again_moves_a_waiting_reminder_and_takes_a_leased_one_back(store: Store) -> None:
    queue(store, planned(1), planned(2))
    claim(store, 1)
    with store.transaction() as work:
        for record in work.reminder_plans.open(["p-1"]):
            number = int(record.dose_id.removeprefix("lar#"))
            work.reminder_plans.plan_again(record, planned(number, NOON + SECOND), NOON)
    assert [r.dose_due_at for r in everything(store)] == [NOON + SECOND] * 2
    assert [r.due_at for r in everything(store)] == [NOON + SECOND] * 2
    assert [r.state.value for r in everything(store)] == ["pending"] * 2


def test_what_is_taken_back_from_a_daemon_leaves_no_attempt_open(store: Store) -> None:
    """Without the lease no sweep finds it: the daemon may be dead."""
    queue(store, planned(1), planned(2))
    (sending, _held) = claim(store)
    with store.transaction() as work:
        work.reminders.begin([sending])
        for record in work.reminder_plans.open(["p-1"]):
            number = int(record.dose_id.removeprefix("lar#"))
            work.reminder_plans.plan_again(record, planned(number, NOON + SECOND), NOON)
    assert [(a.outcome, a.ended_at) for a in attempts(store)] == [("lost", NOON), ("not begun", NOON)]
    assert finish(store, sending, SENT, NOON) is False
    assert [a.outcome for a in attempts(store)] == ["late accepted", "not begun"]


def test_what_waits_again_for_an_address_leaves_no_attempt_open(store: Store) -> None:
    queue(store, planned(1))
    (claimed,) = claim(store)
    with store.transaction() as work:
        work.reminders.begin([claimed])
        work.reminder_plans.cancel([claimed.record.id], NOON, "ended")
        recipient = work.recipients.get(claimed.record.recipient_id)
        work.reminder_plans.wait_again(recipient, NOON, "ended", NOON)
    assert the_one(store) is ReminderState.PENDING
    assert [(a.outcome, a.ended_at) for a in attempts(store)] == [("lost", NOON)]


def test_what_has_ended_can_be_queued_again_and_what_is_leased_cannot(store: Store) -> None:
    queue(store, planned(1), planned(2))
    (sent, leased) = claim(store)
    finish(store, sent, SENT, NOON)
    with store.transaction() as work:
        for claimed in (sent, leased):
            number = int(claimed.record.dose_id.removeprefix("lar#"))
            work.reminder_plans.revive(claimed.record, planned(number, NOON + SECOND), NOON)
    assert [r.state.value for r in everything(store)] == ["pending", "leased"]
    (again,) = claim(store, moment=NOON + SECOND)
    assert (again.record.dose_id, again.record.attempt) == ("lar#1", 2)


def test_whether_anything_is_due_is_asked_of_what_waits_alone(store: Store) -> None:
    queue(store, planned(1), planned(2, NOON + SECOND))
    with store.reading() as work:
        assert work.reminders.has_due(NOON)
        assert not work.reminders.has_due(NOON - SECOND)
    claim(store, 1)
    with store.reading() as work:
        assert not work.reminders.has_due(NOON)
        assert work.reminders.has_due(NOON + SECOND)


def test_the_log_lists_the_latest_end_first_and_only_the_patient_asked_for(store: Store) -> None:
    add_patient_with_recipient(store, "p-2", "r-2")
    queue(store, planned(1), planned(2), planned(1, patient_id="p-2", recipient_id="r-2"))
    for number, claimed in enumerate(claim(store)):
        finish(store, claimed, SENT, NOON + number * SECOND)
    with store.reading() as work:
        assert [r.dose_id for r in work.reminder_log.ended("p-1", 10)] == ["lar#2", "lar#1"]
        assert len(work.reminder_log.ended(None, 2)) == 2
        assert work.reminder_log.upcoming(None, 10) == []
