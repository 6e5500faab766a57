"""Clocks that somebody set, clocks that change by law, and laws that change: nothing early, nothing twice."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scheduler.actions import record_dose
from scheduler.reminders.planner import plan_everyone
from scheduler.store.reminder_row import ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import finish
from tests.support.invariants import (
    WatchedWard,
    Witness,
    copies_are_at_most,
    go_through,
    what_always_holds,
)
from tests.support.policies import tell_due_alone
from tests.support.waiting_reminders import NOON, add_patient_with_recipient, everything, planned, queue
from tests.support.ward import THRICE_DAILY, admit, remind

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
DAILY = """
    [[regimen]]
    id = "octreotide"
    product = "octreotide-sc"

      [[regimen.phase]]
      dose = "100 ug"
      times = ["{at}"]
      start = {start}
"""
CHANGES = [
    ("America/New_York", "2027-03-14 02:30", "2027-03-14 07:30"),
    ("America/New_York", "2026-11-01 01:30", "2026-11-01 05:30"),
    ("Europe/Berlin", "2027-03-28 02:30", "2027-03-28 01:30"),
    ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:30"),
    ("Australia/Sydney", "2026-10-04 02:30", "2026-10-03 16:30"),
    ("Australia/Sydney", "2027-04-04 02:30", "2027-04-03 15:30"),
    ("America/Santiago", "2026-09-06 00:30", "2026-09-06 04:30"),
    ("America/Santiago", "2027-04-03 23:30", "2027-04-04 02:30"),
    ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:45"),
    ("Australia/Lord_Howe", "2027-04-04 01:45", "2027-04-03 14:45"),
]
"""A gap and a fold each, worked out by hand: the wall time, and the one instant that it means (UTC)."""


@pytest.fixture
def ward(store: Store) -> Iterator[WatchedWard]:
    opened = WatchedWard(store)
    yield opened
    opened.close()


def told_that_it_is_due(
    ward: WatchedWard, body: str, moment: datetime, zone: str = "America/New_York"
) -> str:
    """A patient who is told that a dose is due, and nothing else, admitted at ``moment``."""
    ward.clock.now = moment
    patient = admit(ward.store, body, moment, zone=zone)
    tell_due_alone(ward.store, patient, moment)
    remind(ward.store, patient, moment)
    return patient


def doses_heard(channel: Witness) -> list[str]:
    return [heard.key.split("/due/")[0].partition("/")[2] for heard in channel.heard]


@pytest.mark.fault(15)
def test_a_clock_set_back_by_an_hour_stalls_nothing(ward: WatchedWard) -> None:
    add_patient_with_recipient(ward.store)
    queue(ward.store, planned(1), planned(2, NOON - HOUR + 2 * SECOND))
    channel = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": channel})
    finish(dispatcher)
    ward.clock.now -= HOUR
    queue(ward.store, planned(3, ward.clock.now + SECOND / 2))
    ward.clock.pass_by(SECOND)
    while dispatcher.turn() or dispatcher.is_sending:
        dispatcher.wait()
    dispatcher.close()
    assert sorted(doses_heard(channel)) == ["lar#1", "lar#2", "lar#3"]
    copies_are_at_most(0, channel)


@pytest.mark.fault(15)
def test_a_clock_set_back_by_an_hour_has_nothing_told_again(ward: WatchedWard) -> None:
    morning = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
    told_that_it_is_due(ward, THRICE_DAILY.format(start="2026-12-01"), morning)
    channel = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": channel})
    for _ in go_through(ward, dispatcher, 90 * MINUTE, MINUTE):
        pass
    assert doses_heard(channel) == ["octreotide@2026-12-01/1"]
    ward.clock.now -= HOUR
    for now in go_through(ward, dispatcher, 9 * HOUR, 5 * MINUTE):
        plan_everyone(ward.store, now)
    dispatcher.close()
    assert doses_heard(channel) == ["octreotide@2026-12-01/1", "octreotide@2026-12-01/2"]
    what_always_holds(ward, channel)


@pytest.mark.fault(16)
@pytest.mark.parametrize(
    "error_lasts",
    [
        pytest.param(50 * SECOND, id="50-s"),
        pytest.param(2 * MINUTE, id="2-min"),
    ],
)
def test_a_clock_a_day_ahead_for_a_while_sends_nothing_early(
    ward: WatchedWard, error_lasts: timedelta
) -> None:
    add_patient_with_recipient(ward.store)
    queue(ward.store, planned(1, NOON + 5 * MINUTE), planned(2, NOON + 20 * HOUR))
    channel = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": channel})
    finish(dispatcher)
    ward.clock.now += DAY
    for _ in go_through(ward, dispatcher, error_lasts):
        pass
    ward.clock.now -= DAY
    assert channel.asked == []
    for _ in go_through(ward, dispatcher, 10 * MINUTE):
        pass
    assert doses_heard(channel) == ["lar#1"]
    for _ in go_through(ward, dispatcher, 21 * HOUR, 10 * MINUTE):
        pass
    dispatcher.close()
    assert doses_heard(channel) == ["lar#1", "lar#2"]
    what_always_holds(ward, channel)


@pytest.mark.fault(17)
@pytest.mark.parametrize(("zone", "wall", "instant"), CHANGES, ids=[f"{c[0]}-{c[1][:10]}" for c in CHANGES])
def test_a_dose_in_a_gap_or_a_fold_is_told_exactly_once(
    ward: WatchedWard, zone: str, wall: str, instant: str
) -> None:
    day, at = wall.split()
    expected = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    told_that_it_is_due(ward, DAILY.format(at=at, start=day), expected - 2 * HOUR, zone)
    channel = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": channel})
    for now in go_through(ward, dispatcher, 5 * HOUR, 15 * MINUTE):
        plan_everyone(ward.store, now)
    dispatcher.close()
    assert [heard.at for heard in channel.heard] == [expected]
    assert doses_heard(channel) == [f"octreotide@{day}/1"]
    what_always_holds(ward, channel)


@contextmanager
def rules_of(region: str, city: str, zone: str, folder: Path) -> Iterator[None]:
    """New tz data, in which ``zone`` has the clocks of another place."""
    file = folder / zone
    file.parent.mkdir(parents=True)
    with (files("tzdata") / "zoneinfo" / region / city).open("rb") as rules:
        file.write_bytes(rules.read())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(folder)])
    # That zone alone: a zone equals nothing but itself, and others are at hand in other tests.
    ZoneInfo.clear_cache(only_keys=[zone])
    try:
        yield
    finally:
        zoneinfo.reset_tzpath(before)
        ZoneInfo.clear_cache(only_keys=[zone])


def row(store: Store, dose: str) -> ReminderRecord:
    (found,) = [record for record in everything(store) if record.dose_id == dose]
    return found


@pytest.mark.fault(18)
@pytest.mark.parametrize(
    "first_was_recorded",
    [pytest.param(True, id="recorded"), pytest.param(False, id="open")],
)
def test_new_tz_data_half_an_hour_before_a_dose_moves_what_waits_and_nothing_that_was_sent(
    ward: WatchedWard, tmp_path: Path, first_was_recorded: bool
) -> None:
    morning = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
    detroit = "America/Detroit"
    patient = told_that_it_is_due(ward, THRICE_DAILY.format(start="2026-12-01"), morning, detroit)
    first, second = "octreotide@2026-12-01/1", "octreotide@2026-12-01/2"
    channel = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": channel})
    for _ in go_through(ward, dispatcher, 8 * HOUR + 30 * MINUTE, 10 * MINUTE):
        pass
    if first_was_recorded:
        record_dose.give(ward.store, patient, first, morning + 2 * HOUR, at=None, site=None)
    before = row(ward.store, first)
    assert row(ward.store, second).due_at == ward.clock.now + 30 * MINUTE
    with rules_of("America", "Chicago", detroit, tmp_path / "tz"):
        plan_everyone(ward.store, ward.clock.now)
        assert row(ward.store, second).due_at == ward.clock.now + 90 * MINUTE
        assert row(ward.store, first) == before
        for now in go_through(ward, dispatcher, 3 * HOUR, 10 * MINUTE):
            plan_everyone(ward.store, now)
    dispatcher.close()
    assert before.state is ReminderState.SENT
    assert doses_heard(channel) == [first, second]
    assert channel.heard[-1].at == datetime(2026, 12, 1, 21, 0, tzinfo=UTC)
