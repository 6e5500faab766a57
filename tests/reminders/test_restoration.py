"""After a restoration nothing is sent again, and what may have been sent is told once, as what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from scheduler.actions import record_dose
from scheduler.actions.backup import back_up, restore
from scheduler.bootstrap import open_daemon
from scheduler.errors import BackupError, RefusedError
from scheduler.ical.privacy import Privacy
from scheduler.reminders.auditor import audit
from scheduler.reminders.planner import plan_everyone
from scheduler.reminders.restoration import begin_restoration, is_unfinished
from scheduler.settings import ChannelSettings, DaemonSettings
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.backups import new_store, new_url
from tests.support.dispatching import finish
from tests.support.invariants import WatchedWard, Witness
from tests.support.one_patient import MORNING, THREE_A_DAY
from tests.support.waiting_reminders import begin, claim, everything, sweep
from tests.support.ward import admit, remind

__all__ = ["new_store", "new_url"]

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SEVEN = MORNING + 3 * HOUR
"""07:00 in New York."""
BACKUP_AT = SEVEN + 2 * HOUR
THREE_PM = SEVEN + 8 * HOUR
CRASHED_AT = THREE_PM + 12 * MINUTE
RESTORED_AT = THREE_PM + 40 * MINUTE
PATIENTS = 40
MAYBE = "You may have been told of these before"


def ward_at(store: Store, moment: datetime) -> Iterator[WatchedWard]:
    opened = WatchedWard(store)
    opened.clock.pass_by(moment - opened.clock.now)
    yield opened
    opened.close()


@pytest.fixture
def ward(store: Store) -> Iterator[WatchedWard]:
    yield from ward_at(store, MORNING)


@pytest.fixture
def next_ward(new_store: Store) -> Iterator[WatchedWard]:
    yield from ward_at(new_store, RESTORED_AT)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "copy"


def admit_two(store: Store) -> None:
    for name in ("zoe", "max"):
        admit(store, THREE_A_DAY, MORNING, patient_id=name)
        remind(store, name, MORNING, address=f"{name}@example.org")


def live(ward: WatchedWard, until: datetime, step: timedelta = 20 * MINUTE) -> Witness:
    """Plan and send until ``until``, as a daemon does; who heard what."""
    witness = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": witness})
    while ward.clock.now < until:
        plan_everyone(ward.store, ward.clock.now)
        sweep(ward.store, ward.clock.now)
        finish(dispatcher)
        ward.clock.pass_by(step)
    return witness


@pytest.mark.fault(25)
def test_each_person_hears_once_of_what_came_due_while_the_records_were_lost(
    ward: WatchedWard, next_ward: WatchedWard, file: Path
) -> None:
    admit_two(ward.store)
    before = live(ward, BACKUP_AT)
    back_up(ward.store, file, ward.clock.now)
    lost = live(ward, CRASHED_AT)
    assert {heard.address for heard in lost.heard} == {"zoe@example.org", "max@example.org"}
    restored = restore(next_ward.store, file, RESTORED_AT)
    assert restored.reminders.told_together > 0
    after = live(next_ward, RESTORED_AT + 20 * MINUTE)
    assert Counter(heard.address for heard in after.heard) == {"zoe@example.org": 1, "max@example.org": 1}
    assert not {heard.key for heard in after.heard} & {heard.key for heard in [*before.heard, *lost.heard]}
    for heard in after.heard:
        assert "your 15:00 is still open" in heard.text
        assert "your 07:00 was not recorded" in heard.text  # which is said when the next one is due
        assert MAYBE in heard.text
        assert "from 09:00 on Tuesday 1 December on" in heard.text
    later = live(next_ward, SEVEN + 16 * HOUR + MINUTE, HOUR)
    told = Counter(heard.text for heard in later.heard)
    assert told == {"Reminder: your 23:00 is due.": 2, "Your 15:00 was not recorded.": 2}
    assert audit(next_ward.store, next_ward.clock.now).count == 0


def test_what_came_due_after_the_old_database_had_ended_goes_as_after_any_outage(
    ward: WatchedWard, next_ward: WatchedWard, file: Path
) -> None:
    admit_two(ward.store)
    live(ward, BACKUP_AT)
    back_up(ward.store, file, ward.clock.now)
    restore(next_ward.store, file, RESTORED_AT, sent_until=THREE_PM - MINUTE)
    after = live(next_ward, RESTORED_AT + 10 * MINUTE)
    assert len(after.heard) == 2
    for heard in after.heard:
        assert MAYBE not in heard.text
        assert "15:00" in heard.text


def test_a_gap_longer_than_the_horizon_is_told_too(
    ward: WatchedWard, next_ward: WatchedWard, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.store.restored_reminders._PAGE", 1)
    admit_two(ward.store)
    live(ward, BACKUP_AT)
    back_up(ward.store, file, ward.clock.now)
    late = BACKUP_AT + timedelta(days=4)
    next_ward.clock.pass_by(late - next_ward.clock.now)
    restore(next_ward.store, file, late)
    after = live(next_ward, late + 10 * MINUTE)
    assert len(after.heard) == 2
    assert all(MAYBE in heard.text for heard in after.heard)
    assert audit(next_ward.store, next_ward.clock.now).count == 0


def test_what_was_due_just_now_goes_into_the_same_message(
    ward: WatchedWard, next_ward: WatchedWard, file: Path
) -> None:
    admit_two(ward.store)
    live(ward, BACKUP_AT)
    back_up(ward.store, file, ward.clock.now)
    moment = THREE_PM + 5 * MINUTE
    next_ward.clock.now = moment
    restore(next_ward.store, file, moment)
    after = live(next_ward, moment + MINUTE)
    assert len(after.heard) == 2
    for heard in after.heard:
        assert "your 07:00 was not recorded" in heard.text
        assert "your 15:00 is due" in heard.text


def test_the_audit_leaves_the_daemon_a_minute_after_a_restoration(
    ward: WatchedWard, next_ward: WatchedWard, file: Path
) -> None:
    admit_two(ward.store)
    live(ward, BACKUP_AT)
    back_up(ward.store, file, ward.clock.now)
    moment = THREE_PM + 5 * MINUTE
    restore(next_ward.store, file, moment)
    assert audit(next_ward.store, moment + MINUTE / 2).count == 0
    assert audit(next_ward.store, moment + 2 * MINUTE).count == 2


def test_what_was_being_sent_when_the_backup_was_taken_may_have_been_sent(
    ward: WatchedWard, next_ward: WatchedWard, file: Path
) -> None:
    admit_two(ward.store)
    plan_everyone(ward.store, MORNING)
    claimed = claim(ward.store, moment=SEVEN)
    begin(ward.store, *claimed)
    assert len(claimed) == 2
    back_up(ward.store, file, SEVEN)
    next_ward.clock.pass_by(SEVEN + MINUTE - next_ward.clock.now)
    restore(next_ward.store, file, SEVEN + MINUTE)
    after = live(next_ward, SEVEN + 2 * MINUTE)
    assert len(after.heard) == 2
    assert all(MAYBE in heard.text for heard in after.heard)


def test_what_is_of_no_more_use_is_ended_with_the_reason(
    ward: WatchedWard, next_ward: WatchedWard, file: Path
) -> None:
    admit_two(ward.store)
    plan_everyone(ward.store, MORNING)
    back_up(ward.store, file, MORNING)
    restored = restore(next_ward.store, file, RESTORED_AT)
    assert restored.reminders.useless > 0
    ended = [r for r in everything(next_ward.store) if r.state is ReminderState.UNKNOWN]
    assert len(ended) == restored.reminders.useless
    assert all(r.last_error is not None and "may have been sent" in r.last_error for r in ended)
    plan_everyone(next_ward.store, RESTORED_AT)
    assert [r for r in everything(next_ward.store) if r.state is ReminderState.UNKNOWN] == ended


def test_a_dose_that_is_recorded_again_is_told_of_no_more(
    ward: WatchedWard, next_ward: WatchedWard, file: Path
) -> None:
    admit_two(ward.store)
    live(ward, BACKUP_AT)
    back_up(ward.store, file, ward.clock.now)
    restore(next_ward.store, file, RESTORED_AT)
    record_dose.give(next_ward.store, "zoe", "octreotide@2026-12-01/2", RESTORED_AT, at=None, site=None)
    after = live(next_ward, RESTORED_AT + MINUTE)
    about_three = [heard.address for heard in after.heard if "15:00" in heard.text]
    assert about_three == ["max@example.org"]


def test_a_carer_is_told_no_more_than_before(ward: WatchedWard, next_ward: WatchedWard, file: Path) -> None:
    admit(ward.store, THREE_A_DAY, MORNING, patient_id="zoe")
    remind(ward.store, "zoe", MORNING, privacy=Privacy.DISCREET)
    live(ward, BACKUP_AT)
    back_up(ward.store, file, ward.clock.now)
    restore(next_ward.store, file, RESTORED_AT)
    after = live(next_ward, RESTORED_AT + MINUTE)
    assert not [heard for heard in after.heard if "ctreotide" in heard.text]


def test_a_database_in_use_is_never_restored_into(ward: WatchedWard, file: Path, new_url: str) -> None:
    back_up(ward.store, file, MORNING)
    with pytest.raises(RefusedError, match="has tables already"):
        restore(ward.store, file, RESTORED_AT)


def test_no_daemon_runs_on_what_was_restored_by_half(ward: WatchedWard) -> None:
    begin_restoration(ward.store)
    settings = DaemonSettings(node="ward", seats=1, channels=ChannelSettings())
    with pytest.raises(BackupError, match="not restored to the end"), open_daemon(ward.store, settings):
        pass


def test_a_restoration_that_breaks_off_is_never_taken_for_one(
    ward: WatchedWard, next_ward: WatchedWard, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(store: Store, moment: datetime) -> int:
        raise KeyboardInterrupt

    back_up(ward.store, file, MORNING)
    monkeypatch.setattr("scheduler.reminders.restoration.plan_everyone", break_off)
    with pytest.raises(KeyboardInterrupt):
        restore(next_ward.store, file, RESTORED_AT)
    assert is_unfinished(next_ward.store)
    with pytest.raises(RefusedError):
        restore(next_ward.store, file, RESTORED_AT)


@pytest.mark.fault(25)
def test_a_backup_under_load_passes_the_auditor_and_sends_nothing_again(
    ward: WatchedWard, next_ward: WatchedWard, file: Path
) -> None:
    for number in range(PATIENTS):
        admit(ward.store, THREE_A_DAY, MORNING, patient_id=f"p-{number}")
        remind(ward.store, f"p-{number}", MORNING, address=f"p-{number}@example.org")
    plan_everyone(ward.store, SEVEN)
    ward.clock.pass_by(SEVEN - ward.clock.now)
    witness = Witness(ward.clock)
    dispatcher = ward.dispatcher({"smtp": witness}, seats=1)
    under_way = Event()

    def send() -> None:
        while dispatcher.turn() or dispatcher.is_sending:
            under_way.set()
            dispatcher.wait()

    sending = Thread(target=send)
    sending.start()
    assert under_way.wait(30)
    manifest = back_up(ward.store, file, SEVEN)
    sending.join(60)
    assert len(witness.heard) == PATIENTS
    next_ward.clock.pass_by(SEVEN + MINUTE - next_ward.clock.now)
    restore(next_ward.store, file, SEVEN + MINUTE)
    recorded = {r.recipient_id for r in everything(next_ward.store) if r.state is ReminderState.SENT}
    after = live(next_ward, SEVEN + 2 * MINUTE)
    assert manifest.counts["patient"] == PATIENTS
    assert len(recorded) + len(after.heard) == PATIENTS  # every person by the one way or the other
    assert all(MAYBE in heard.text for heard in after.heard)
    assert audit(next_ward.store, next_ward.clock.now).count == 0
