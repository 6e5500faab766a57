"""A daemon that is killed again and again at moments nobody chose loses no reminder."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler.actions.reminder import LoggedReminder, reminder_log, upcoming_reminders
from scheduler.reminders.steps import DUE
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import real_daemon, running, until
from tests.support.mail_ledger import Received, open_mail_ledger
from tests.support.ward import DEPOT, admit, move_next_dose, remind

_PATIENTS, _RECIPIENTS_EACH = 12, 5
_REMINDERS = _PATIENTS * _RECIPIENTS_EACH
_KILLS, _SEATS = 15, 4


def test_no_reminder_is_lost_to_random_kills(store: Store, database_url: str, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown when it fails
    chance = random.Random(seed)
    _fill(store, datetime.now(UTC))
    slow = random.Random(seed)
    with open_mail_ledger(
        tmp_path / "ledger.jsonl", dawdle=lambda: time.sleep(slow.uniform(0, 0.02))
    ) as ledger:
        command = real_daemon(database_url, ledger.url, "ward", "--seats", str(_SEATS))
        for life in range(_KILLS):
            with running(command, tmp_path / f"life-{life}.log") as daemon:
                daemon.wait_until_started()
                time.sleep(chance.uniform(0, 0.5))
                daemon.kill()
        with running(command, tmp_path / "last-life.log") as daemon:
            daemon.wait_until_started()
            until(lambda: len(reminder_log(store, None, _REMINDERS + 1)) >= _REMINDERS)
            daemon.signal(signal.SIGTERM)
            assert daemon.wait() == 0
        received = ledger.read()
    logged = reminder_log(store, None, 1000)
    assert [row for row in upcoming_reminders(store, None, 1000) if row.step == DUE] == []
    _nothing_is_lost(logged, received)
    _copies_are_few(received)
    _nothing_is_early(logged, received)
    for entry in logged:
        _is_explained(entry)


def _fill(store: Store, now: datetime) -> None:
    plan = DEPOT.format(start=(now + timedelta(days=7)).date())
    for number in range(_PATIENTS):
        patient = admit(store, plan, now, patient_id=f"p-{number}", name=f"Patient {number}")
        for other in range(_RECIPIENTS_EACH):
            remind(store, patient, now, address=f"r{other}.p{number}@example.org")
        move_next_dose(store, patient, now, now + timedelta(seconds=3 + number))


def _nothing_is_lost(logged: Sequence[LoggedReminder], received: Sequence[Received]) -> None:
    wanted = {f"r{r}.p{p}@example.org" for p in range(_PATIENTS) for r in range(_RECIPIENTS_EACH)}
    assert {mail.recipient for mail in received} == wanted
    assert [entry.reminder.state for entry in logged] == [ReminderState.SENT] * _REMINDERS


def _copies_are_few(received: Sequence[Received]) -> None:
    assert len({mail.message_id for mail in received}) == _REMINDERS
    assert len(received) - _REMINDERS <= _KILLS * _SEATS


def _nothing_is_early(logged: Sequence[LoggedReminder], received: Sequence[Received]) -> None:
    due = {entry.reminder.subject_id[2:]: entry.reminder.dose_due_at for entry in logged}
    for mail in received:
        assert mail.at >= due[mail.recipient.partition("@")[0].partition(".p")[2]]


def _is_explained(entry: LoggedReminder) -> None:
    attempts = entry.attempts
    assert [attempt.number for attempt in attempts] == list(range(1, len(attempts) + 1))
    assert {a.outcome for a in attempts[:-1]} <= {"lost", "not begun"}
    assert attempts[-1].outcome == "accepted"
    assert all(attempt.ended_at is not None for attempt in attempts)
