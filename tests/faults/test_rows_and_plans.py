"""Planners that die, rows that kill, and people who record while a message leaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest

from scheduler.actions import record_dose
from scheduler.reminders.channels.channel import Outcome, Unknown
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.planner import plan_everyone
from scheduler.store.reminder_plans import ReminderPlans
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import accept, finish
from tests.support.invariants import (
    WatchedWard,
    Witness,
    copies_are_at_most,
    every_due_dose_is_told_or_explained,
    every_send_has_a_row,
    go_through,
    nothing_is_early,
    nothing_is_said_after_it_was_recorded,
)
from tests.support.waiting_reminders import (
    NOON,
    add_patient_with_recipient,
    attempts,
    everything,
    planned,
    queue,
    sweep,
)
from tests.support.ward import THRICE_DAILY, admit, remind

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MORNING = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
"""06:00 in New York, an hour before the first dose of the day."""
SEATS = 4


@pytest.fixture
def ward(store: Store) -> Iterator[WatchedWard]:
    opened = WatchedWard(store)
    yield opened
    opened.close()


class Killed(BaseException):
    """The end of a process: nothing catches it."""


def zoe(ward: WatchedWard, patient_id: str = "p-test") -> str:
    ward.clock.now = MORNING
    patient = admit(ward.store, THRICE_DAILY.format(start="2026-12-01"), MORNING, patient_id=patient_id)
    remind(ward.store, patient, MORNING, address=f"{patient_id}@example.org")
    return patient


def planned_until(store: Store, patient: str) -> datetime:
    with store.reading() as work:
        return work.reminder_plans.planned_until([patient])[patient]


@pytest.mark.fault(4)
def test_a_planner_that_dies_before_it_notes_how_far_it_came_leaves_nothing_behind(ward: WatchedWard) -> None:
    patient, later = zoe(ward), MORNING + 18 * HOUR
    before, until = everything(ward.store), planned_until(ward.store, patient)
    with mock.patch.object(ReminderPlans, "set_planned_until", side_effect=Killed), pytest.raises(Killed):
        plan_everyone(ward.store, later)
    assert everything(ward.store) == before
    assert planned_until(ward.store, patient) == until
    for _ in range(2):
        plan_everyone(ward.store, later)
    keys = [record.key for record in everything(ward.store)]
    assert len(keys) == len(set(keys)) > len(before)
    assert "octreotide@2026-12-03/1" in {record.dose_id for record in everything(ward.store)}


class DeadlyRow:
    """A reminder that ends the process of each daemon that hands it over, as far as the database can see."""

    def __init__(self, dose: str) -> None:
        self.dose = dose
        self.struck = threading.Event()
        self.buried = threading.Event()

    def answer(self, key: str) -> Outcome:
        if f"/{self.dose}/" not in key:
            return accept(key)
        self.struck.set()
        self.buried.wait(30)
        return Unknown(detail="nobody is left to hear this")


def live_until_struck(dispatcher: Dispatcher, row: DeadlyRow) -> bool:
    """Send what is due; whether the row ended it. What it has not recorded by then is lost with it."""
    dispatcher.poke()
    while dispatcher.turn() or dispatcher.is_sending:
        if row.struck.wait(0.01):
            return True
        dispatcher.wait()
    return False


@pytest.mark.fault(19)
def test_a_row_that_kills_every_daemon_is_set_aside_and_nobody_else_waits_for_it(ward: WatchedWard) -> None:
    add_patient_with_recipient(ward.store)
    queue(ward.store, *(planned(n) for n in range(1, 21)))
    row, deaths, dead = DeadlyRow("lar#7"), 0, []
    channel = Witness(ward.clock, row.answer)
    for life in range(1, 10):
        dispatcher = Dispatcher(ward.store, {"smtp": channel}, ward.clock.trusted(), f"ward@{life}", SEATS)
        dead.append(dispatcher)
        row.struck.clear()
        deaths += live_until_struck(dispatcher, row)
        ward.clock.pass_by(MINUTE)
        sweep(ward.store, ward.clock.now)
    row.buried.set()
    for dispatcher in dead:
        dispatcher.close()
    assert deaths == 3
    records = {record.dose_id: record for record in everything(ward.store)}
    assert records.pop("lar#7").last_error == "set aside: three daemons ended while sending it"
    assert {record.state for record in records.values()} == {ReminderState.SENT}
    others = {heard.key for heard in channel.heard if "/lar#7/" not in heard.key}
    assert len(others) == 19
    copies_are_at_most(deaths * SEATS, channel)
    every_due_dose_is_told_or_explained(ward.store, ward.clock.now)


@pytest.mark.fault(19)
def test_a_row_that_cannot_be_worded_is_explained_and_nobody_else_waits_for_it(ward: WatchedWard) -> None:
    add_patient_with_recipient(ward.store)
    late, end = NOON - HOUR, NOON + 20 * MINUTE
    bad = planned(7, late, zone="Moon/Tranquility", not_after=end)
    queue(ward.store, bad, *(planned(n) for n in range(10, 20)))
    channel = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": channel})
    for _ in go_through(ward, dispatcher, 30 * MINUTE, MINUTE):
        pass
    assert [heard.at for heard in channel.heard] == [NOON] * 10
    (row,) = [record for record in everything(ward.store) if record.dose_id == "lar#7"]
    assert (row.state, row.last_error) == (ReminderState.EXPIRED, "ZoneInfoNotFoundError")
    every_due_dose_is_told_or_explained(ward.store, ward.clock.now)


@pytest.mark.fault(20)
def test_a_dose_recorded_while_its_message_leaves_is_told_of_no_more(ward: WatchedWard) -> None:
    patient, dose = zoe(ward), "octreotide@2026-12-01/1"
    leaving, go_on = threading.Event(), threading.Event()

    def slow(key: str) -> Outcome:
        leaving.set()
        go_on.wait(10)
        return accept(key)

    channel = Witness(ward.clock, slow)
    dispatcher = ward.dispatcher({"smtp": channel})
    ward.clock.pass_by(HOUR)
    dispatcher.turn()
    assert leaving.wait(10)
    recorded_at = ward.clock.now
    record_dose.give(ward.store, patient, dose, recorded_at, at=None, site=None)
    go_on.set()
    for now in go_through(ward, dispatcher, 6 * HOUR, 10 * MINUTE):
        plan_everyone(ward.store, now)
    assert [heard.key.split("/due/")[0] for heard in channel.heard] == [f"{patient}/{dose}"]
    nothing_is_said_after_it_was_recorded(dose, recorded_at, channel)
    every_send_has_a_row(ward.store, channel)


@pytest.mark.fault(20)
def test_people_who_record_at_any_moment_of_a_send_hear_one_message_at_most(ward: WatchedWard) -> None:
    dose, patients = "octreotide@2026-12-01/1", [zoe(ward, f"p-{n}") for n in range(12)]
    channel = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": channel}, seats=2)
    ward.clock.pass_by(HOUR)
    recorded_at = ward.clock.now

    def record_everybody() -> None:
        for patient in reversed(patients):
            record_dose.give(ward.store, patient, dose, recorded_at, at=None, site=None)
            time.sleep(0.001)

    recorder = threading.Thread(target=record_everybody)
    recorder.start()
    finish(dispatcher)
    recorder.join()
    for now in go_through(ward, dispatcher, 6 * HOUR, 30 * MINUTE):
        plan_everyone(ward.store, now)
    copies_are_at_most(0, channel)
    nothing_is_early(channel)
    nothing_is_said_after_it_was_recorded(dose, recorded_at, channel)
    every_due_dose_is_told_or_explained_or_recorded(ward.store)


def every_due_dose_is_told_or_explained_or_recorded(store: Store) -> None:
    """What was recorded before it was told is cancelled, which needs no other reason."""
    told = {a.reminder.id for a in attempts(store) if a.outcome == "accepted"}
    for record in everything(store):
        if record.dose_id.endswith("12-01/1"):
            assert record.id in told or record.state is ReminderState.CANCELLED
