"""The real daemon process: how it stops, what it survives, and when it refuses to start."""

from __future__ import annotations

import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import psycopg
import pytest

from scheduler.actions.reminder import reminder_log, upcoming_reminders
from scheduler.reminders.steps import DUE
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import PATIENCE_S, DaemonProcess, real_daemon, running, until
from tests.support.mail_ledger import MailLedger, free_port, open_mail_ledger
from tests.support.ward import DEPOT, admit, move_next_dose, remind

on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def doses_due(store: Store, *seconds: float) -> None:
    """Patients with a dose due so many seconds from now."""
    now = datetime.now(UTC)
    earlier = now - timedelta(hours=1)
    for number, wait in enumerate(seconds):
        plan = DEPOT.format(start=(now + timedelta(days=7)).date())
        patient = admit(store, plan, earlier, patient_id=f"p-{number}", name=f"Patient {number}")
        remind(store, patient, earlier, address=f"p{number}@example.org")
        move_next_dose(store, patient, earlier, now + timedelta(seconds=wait))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_finishes_what_it_is_sending_and_ends_well(
    store: Store, database_url: str, tmp_path: Path, number: int
) -> None:
    doses_due(store, 0, 3600)
    arrived, go_on = threading.Event(), threading.Event()

    def hold_the_mail() -> None:
        arrived.set()
        go_on.wait(PATIENCE_S)

    with open_mail_ledger(tmp_path / "ledger.jsonl", hold_the_mail) as ledger:
        command = real_daemon(database_url, ledger.url, "ward")
        with running(command, tmp_path / "daemon.log") as daemon:
            assert arrived.wait(PATIENCE_S), daemon.log.read_text()
            daemon.signal(number)
            daemon.signal(number)
            time.sleep(0.3)
            assert not daemon.ended
            go_on.set()
            assert daemon.wait() == 0
    (entry,) = reminder_log(store, None, 10)
    assert entry.reminder.state is ReminderState.SENT
    assert [attempt.outcome for attempt in entry.attempts] == ["accepted"]
    assert len([row for row in upcoming_reminders(store, None, 10) if row.step == DUE]) == 1


@pytest.mark.fault(12)
@on_postgresql
def test_it_goes_on_when_the_database_throws_it_out_again_and_again(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    doses_due(store, *(number * 0.5 for number in range(12)))
    with open_mail_ledger(tmp_path / "ledger.jsonl", lambda: time.sleep(0.05)) as ledger:
        with running(real_daemon(database_url, ledger.url, "ward"), tmp_path / "daemon.log") as daemon:
            daemon.wait_until_started()
            thrown_out = sum(_throw_out(database_url, daemon) for _ in range(20))
            until(lambda: len(reminder_log(store, None, 100)) >= 12)
            daemon.signal(signal.SIGTERM)
            assert daemon.wait() == 0
        received = ledger.read()
    assert thrown_out >= 20
    assert {entry.reminder.state for entry in reminder_log(store, None, 100)} == {ReminderState.SENT}
    assert {mail.recipient for mail in received} == {f"p{number}@example.org" for number in range(12)}
    assert len(received) <= 12 + thrown_out


def _throw_out(database_url: str, daemon: DaemonProcess) -> int:
    """End every session but our own on the daemon's database; how many there were."""
    time.sleep(0.25)
    assert not daemon.ended, daemon.log.read_text()
    others = "datname = current_database() AND pid <> pg_backend_pid() AND application_name = ''"
    with psycopg.connect(database_url, autocommit=True) as connection:
        query = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {others}"
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.fault(21)
@on_sqlite
def test_a_second_daemon_on_one_sqlite_file_refuses_whatever_its_name(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    with running(real_daemon(database_url, None, "ward"), tmp_path / "first.log") as first:
        first.wait_until_started()
        for name in ("ward", "night"):
            with running(real_daemon(database_url, None, name), tmp_path / f"{name}.log") as second:
                assert second.wait() == 1
                assert "a daemon works on this database file already" in second.log.read_text()
        assert not first.ended


@pytest.mark.fault(21)
@on_postgresql
def test_on_postgresql_a_second_name_is_welcome_and_a_name_twice_is_not(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    with running(real_daemon(database_url, None, "ward"), tmp_path / "first.log") as first:
        first.wait_until_started()
        with running(real_daemon(database_url, None, "ward"), tmp_path / "twin.log") as twin:
            assert twin.wait() == 1
            assert "a daemon named 'ward' works on this database already" in twin.log.read_text()
        with running(real_daemon(database_url, None, "night"), tmp_path / "night.log") as night:
            night.wait_until_started()
            night.signal(signal.SIGTERM)
            assert night.wait() == 0
        assert not first.ended


def test_the_log_of_a_daemon_names_nobody(store: Store, database_url: str, tmp_path: Path) -> None:
    doses_due(store, 0)
    nobody_there = MailLedger(tmp_path / "ledger.jsonl", port=1)
    command = real_daemon(database_url, nobody_there.url, "ward", "--log-level", "debug")
    with running(command, tmp_path / "daemon.log") as daemon:
        until(lambda: "outcome=retry later" in daemon.log.read_text())
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
    log = daemon.log.read_text()
    for secret in ("Patient 0", "example.org", "Octreotide", "lar", "p-0"):
        assert secret not in log


def test_once_it_sends_what_is_due_and_ends(store: Store, database_url: str, tmp_path: Path) -> None:
    doses_due(store, -30, 3600)
    with open_mail_ledger(tmp_path / "ledger.jsonl") as ledger:
        command = real_daemon(database_url, ledger.url, "ward", "--once")
        with running(command, tmp_path / "daemon.log") as daemon:
            assert daemon.wait() == 0, daemon.log.read_text()
            assert "done: not accepted=0 faults=0" in daemon.log.read_text()
        assert [received.recipient for received in ledger.read()] == ["p0@example.org"]
    (waiting,) = upcoming_reminders(store, "p-1", 1)
    assert (waiting.state, waiting.attempt) == (ReminderState.PENDING, 0)


def test_once_it_says_with_its_exit_code_that_mail_was_not_accepted(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    doses_due(store, -30)
    command = real_daemon(database_url, "smtp://127.0.0.1:1", "ward", "--once")
    with running(command, tmp_path / "daemon.log") as daemon:
        assert daemon.wait() == 1
        assert "done: not accepted=1 faults=0" in daemon.log.read_text()


def test_a_monitor_can_ask_it(store: Store, database_url: str, tmp_path: Path) -> None:
    port = free_port()
    doses_due(store, 0)
    with open_mail_ledger(tmp_path / "ledger.jsonl") as ledger:
        command = real_daemon(database_url, ledger.url, "ward", "--metrics", f"127.0.0.1:{port}")
        with running(command, tmp_path / "daemon.log") as daemon:
            daemon.wait_until_started()
            until(ledger.read)
            told = until(lambda: _told(port) if "lateness_seconds_sum" in _told(port) else "")
    assert 'dosecal_attempts_total{channel="smtp",outcome="accepted"} 1.0' in told
    assert "dosecal_database_up 1.0" in told
    assert 'dosecal_channel_up{channel="smtp",node="ward"} 1.0' in told


def _told(port: int) -> str:
    return httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
