"""`dosecal doctor` finds what is wrong, and nothing where nothing is."""

from __future__ import annotations

import socket
from collections import namedtuple
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from scheduler.actions import database_checks, machine_checks
from scheduler.actions.backup import LAST_BACKUP
from scheduler.actions.check import Check, Verdict
from scheduler.actions.doctor import examine, examine_machine
from scheduler.formulary.formulary import load_formulary
from scheduler.reminders.daemon import LATEST_SEEN
from scheduler.reminders.restoration import begin_restoration
from scheduler.settings import SmtpSettings
from scheduler.store.channel_health import ChannelHealth
from scheduler.store.condition import DatabaseCondition
from scheduler.store.unit_of_work import Store
from tests.support.one_patient import MORNING, add_patient
from tests.support.waiting_reminders import (
    NOON,
    add_patient_with_recipient,
    claim,
    planned,
    queue,
)
from tests.support.ward import remind

MINUTE = timedelta(minutes=1)
Usage = namedtuple("Usage", "total used free")


def found(checks: list[Check]) -> dict[str, tuple[Verdict, str]]:
    return {check.name: (check.verdict, check.found) for check in checks}


def worst(store: Store) -> dict[str, str]:
    """What is not well, by name."""
    return {
        check.name: check.found for check in examine(store, lambda: NOON) if check.verdict is not Verdict.WELL
    }


@pytest.fixture
def clinic(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A daemon runs, its mail works, somebody is reminded, a backup was made today."""
    patient = add_patient(store, moment=NOON)
    remind(store, patient, NOON)
    with store.transaction() as work:
        work.nodes.start("ward", NOON)
        work.channel_health.put(health("closed"))
        work.keeping.put(LAST_BACKUP, NOON.isoformat())
    # The database's machine has the time of the test.
    monkeypatch.setattr("scheduler.store.nodes.Nodes.database_now", lambda _: None)
    return store


def health(state: str, node: str = "ward") -> ChannelHealth:
    return ChannelHealth(channel="smtp", node=node, state=state, failures=0, changed_at=NOON)


def test_where_all_is_well_there_is_nothing_to_do(clinic: Store) -> None:
    checks = examine(clinic, lambda: NOON)
    assert {check.verdict for check in checks} == {Verdict.WELL}
    assert not [check.advice for check in checks if check.advice]
    assert {"schema", "daemon", "queue", "leases", "audit", "backup", "channel-smtp"} <= found(checks).keys()


def test_what_is_not_well_comes_with_what_to_do(store: Store) -> None:
    checks = [check for check in examine(store, lambda: NOON) if check.verdict is not Verdict.WELL]
    assert {"daemon", "channels", "backup"} <= {check.name for check in checks}
    assert all(check.advice for check in checks)


def test_a_daemon_that_fell_silent_is_missed(clinic: Store) -> None:
    checks = found(examine(clinic, lambda: NOON + MINUTE))
    assert checks["daemon"] == (Verdict.WRONG, "no daemon runs; the last was seen at 2026-12-01 12:00:00 UTC")


def test_a_channel_that_rests_is_told(clinic: Store) -> None:
    with clinic.transaction() as work:
        work.channel_health.put(health("open"))
    assert worst(clinic) == {"channel-smtp": "smtp rests after failures"}


def test_a_channel_that_works_with_one_daemon_works(clinic: Store) -> None:
    with clinic.transaction() as work:
        work.nodes.start("other", NOON)
        work.channel_health.put(health("open", "other"))
    assert worst(clinic) == {}


def test_a_channel_that_no_running_daemon_has_is_told(clinic: Store) -> None:
    with clinic.transaction() as work:
        work.channel_health.forget_all()
        work.channel_health.put(health("closed", "gone"))
    assert worst(clinic) == {
        "channel-smtp": "somebody is reached by smtp, and no running daemon has that channel"
    }


def test_what_waits_too_long_is_counted(clinic: Store) -> None:
    add_patient_with_recipient(clinic)
    queue(clinic, *(planned(number, NOON - number * MINUTE) for number in range(4)))
    assert worst(clinic)["queue"] == "3 of 23 waiting reminders are overdue"


def test_a_lease_that_nobody_freed_is_told(clinic: Store) -> None:
    add_patient_with_recipient(clinic)
    queue(clinic, planned(1, NOON - 10 * MINUTE), planned(2, NOON))
    claim(clinic, 1, moment=NOON - 5 * MINUTE)
    claim(clinic, 1, moment=NOON)
    assert worst(clinic)["leases"] == "1 of 2 leases ran out and were not freed"


def test_whoever_was_not_told_is_found_by_the_audit(clinic: Store) -> None:
    patient = add_patient(clinic, name="Max Moss", moment=MORNING - timedelta(days=1))
    remind(clinic, patient, MORNING - timedelta(days=1), address="max@example.org")
    with clinic.transaction() as work:
        work.nodes.beat("ward", MORNING + timedelta(hours=4))
    checks = found(examine(clinic, lambda: MORNING + timedelta(hours=4)))
    assert checks["audit"][0] is Verdict.WRONG
    assert not checks["audit"][1].endswith(": 0")


def test_a_clock_behind_what_was_seen_is_told(clinic: Store) -> None:
    with clinic.transaction() as work:
        work.keeping.put(LATEST_SEEN, (NOON + timedelta(hours=1)).isoformat())
    assert worst(clinic) == {"clock": "this machine's clock is behind what a daemon saw before"}


def test_a_clock_that_parts_from_the_databases_is_told(
    clinic: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = NOON - timedelta(seconds=90)
    monkeypatch.setattr("scheduler.store.nodes.Nodes.database_now", lambda _: ahead)
    assert worst(clinic) == {"clock": "this machine's clock is +90.0 s from the database's"}


def test_a_backup_of_long_ago_is_told(clinic: Store) -> None:
    with clinic.transaction() as work:
        work.keeping.put(LAST_BACKUP, (NOON - timedelta(days=3)).isoformat())
    assert worst(clinic) == {"backup": "the last backup is of 2026-11-28 12:00"}


def test_a_restoration_that_did_not_end_is_told(clinic: Store) -> None:
    begin_restoration(clinic)
    assert worst(clinic) == {"backup": "a restoration did not come to its end"}


def test_tables_of_another_program_stop_further_questions(clinic: Store, database_url: str) -> None:
    alter(database_url, "UPDATE alembic_version SET version_num = '9999'")
    checks = found(examine(clinic, lambda: NOON))
    assert checks["schema"][0] is Verdict.WRONG
    assert "were made by a newer dosecal" in checks["schema"][1]
    assert "queue" not in checks


@pytest.mark.parametrize(
    ("journal", "is_safe", "verdict"),
    [
        ("wal", True, Verdict.WELL),
        ("delete", False, Verdict.WELL),
        ("wal", False, Verdict.WRONG),
    ],
)
def test_a_write_ahead_log_is_wrong_only_with_a_library_that_corrupts_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, journal: str, is_safe: bool, verdict: Verdict
) -> None:
    condition = DatabaseCondition(product="SQLite", journal=journal, wal_is_safe=is_safe, is_whole=True)
    monkeypatch.setattr(Store, "condition", condition)
    assert found(database_checks.check_condition(store))["sqlite-wal"][0] is verdict


def test_a_damaged_file_is_told(sqlite_url: str) -> None:
    store = Store(sqlite_url, load_formulary())
    for number in range(30):
        add_patient_with_recipient(store, f"p-{number}", f"r-{number}")
    store.close()
    assert found(database_checks.check_condition(store))["file"] == (
        Verdict.WELL,
        "SQLite finds the file whole",
    )
    store.close()
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    content = bytearray(file.read_bytes())
    content[-4096 * 4 :] = b"\xff" * 4096 * 4
    file.write_bytes(content)
    damaged = Store(sqlite_url, load_formulary())
    checks = found(examine(damaged, lambda: NOON))
    damaged.close()
    name = "file" if "file" in checks else "database"
    assert checks[name][0] is Verdict.WRONG


def test_a_database_that_does_not_answer_is_a_finding(tmp_path: Path) -> None:
    store = Store(f"postgresql://nobody@/none?host={tmp_path}", load_formulary())
    checks = found(examine(store, lambda: NOON))
    store.close()
    assert checks["database"][0] is Verdict.WRONG
    assert checks["database"][1].startswith("the database does not answer")


@pytest.mark.parametrize(
    ("free_mb", "verdict"), [(99, Verdict.WRONG), (1000, Verdict.LOOK), (2000, Verdict.WELL)]
)
def test_room_on_the_disk_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, verdict: Verdict
) -> None:
    usage = Usage(total=1, used=1, free=free_mb * 1024**2)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert machine_checks.check_disk(tmp_path).verdict is verdict


def test_a_file_that_others_can_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(mode=0o600)
    assert machine_checks.check_permissions(file).verdict is Verdict.WELL
    file.chmod(0o640)
    assert machine_checks.check_permissions(file).verdict is Verdict.LOOK


def test_old_rules_of_the_clocks_are_told() -> None:
    assert machine_checks.check_tz_data(2026).verdict is Verdict.WELL
    assert machine_checks.check_tz_data(2029).verdict is Verdict.LOOK


def test_rules_from_elsewhere_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_checks, "TZPATH", ("/usr/share/zoneinfo",))
    assert machine_checks.check_tz_data(2026).verdict is Verdict.WRONG


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


def test_a_mail_server_is_called(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    smtp = SmtpSettings.parse(f"smtp://somebody:secret@127.0.0.1:{port}", "dosecal@localhost")
    assert found(examine_machine(NOON, smtp))["mail-server"] == (Verdict.WELL, f"127.0.0.1:{port} answers")
    listener.close()
    checks = examine_machine(NOON, smtp)
    assert found(checks)["mail-server"][0] is Verdict.WRONG
    assert "secret" not in str(checks)


def alter(database_url: str, statement: str) -> None:
    if database_url.startswith("sqlite"):
        import sqlite3

        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        with connection:
            connection.execute(statement)
        connection.close()
        return
    with psycopg.connect(database_url) as session:
        session.execute(statement.encode())
