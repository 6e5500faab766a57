"""Daemons that are killed again and again at moments nobody chose lose no reminder: a short `make faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.campaign.campaigning import Terms, campaign

_KILLS, _REMINDERS = 20, 600
_SEED = 6


<<<<<<< HEAD
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
=======
@pytest.mark.fault(6)
def test_no_reminder_is_lost_to_random_kills(database_url: str, tmp_path: Path) -> None:
    names = ("ward",) if database_url.startswith("sqlite") else ("ward", "night", "annexe", "cellar")
    terms = Terms(kills=_KILLS, reminders=_REMINDERS, seed=_SEED, names=names, recipients=50)
    outcome = campaign(database_url, terms, tmp_path, print)
    found = outcome.verdict
    assert found.faults == ()
    assert (found.planned, found.told, found.set_aside) == (_REMINDERS, _REMINDERS, 0)
    assert outcome.kills >= _KILLS
    assert found.not_begun + found.lost_attempts > 0
>>>>>>> 20ebbff (Give each fault its number, its page and a short campaign among the tests)
