"""kill -9 at every point between claim and record: the reminder arrives, with at most one copy."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.actions.reminder import LoggedReminder, reminder_log
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import real_daemon, running, until
from tests.support.dying_daemon import POINTS
from tests.support.mail_ledger import MailLedger, open_mail_ledger
from tests.support.ward import DEPOT, admit, move_next_dose, remind

_ACCEPTED_BEFORE_DEATH = {"after-the-server-accepted", "before-the-result-is-committed"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[MailLedger]:
    with open_mail_ledger(tmp_path / "ledger.jsonl") as opened:
        yield opened


@dataclass(kw_only=True)
class Clinic:
    """One dose that is due, one mail server, and daemons that die."""

    store: Store
    url: str
    ledger: MailLedger
    folder: Path

    def daemon_dies(self, point: str, node: str, lease_s: float = 30) -> None:
        command = ["tests.support.dying_daemon", point, self.url, self.ledger.url, node, str(lease_s)]
        with running(command, self.folder / "dying.log") as dying:
            code = dying.wait()
        assert code == -signal.SIGKILL, (self.folder / "dying.log").read_text()

    def daemon_runs_until_sent(self, node: str) -> LoggedReminder:
        command = real_daemon(self.url, self.ledger.url, node)
        with running(command, self.folder / "daemon.log") as daemon:
            logged = until(lambda: reminder_log(self.store, None, 10))
            daemon.signal(signal.SIGTERM)
            assert daemon.wait() == 0
        assert len(logged) == 1
        return logged[0]


@pytest.fixture
def clinic(store: Store, database_url: str, ledger: MailLedger, tmp_path: Path) -> Clinic:
    now = datetime.now(UTC)
    patient = admit(store, DEPOT.format(start=(now + timedelta(days=7)).date()), now)
    remind(store, patient, now)
    move_next_dose(store, patient, now, now + timedelta(seconds=1))
    return Clinic(store=store, url=database_url, ledger=ledger, folder=tmp_path)


@pytest.mark.fault(1, 2, 3)
@pytest.mark.parametrize("point", POINTS)
def test_a_restart_under_the_same_name_sends_what_the_killed_daemon_had_not_finished(
    clinic: Clinic, point: str
) -> None:
    clinic.daemon_dies(point, "ward")
    logged = clinic.daemon_runs_until_sent("ward")
    _is_told_at_least_once_and_at_most_twice(clinic.ledger, point)
    _is_explained(logged, ["ward@1", "ward@2"], point)


@pytest.mark.fault(1, 2, 3)
@pytest.mark.parametrize("point", ["after-the-claim", "before-the-result-is-committed"])
def test_a_daemon_of_another_name_sends_it_when_the_lease_has_run_out(clinic: Clinic, point: str) -> None:
    clinic.daemon_dies(point, "ward", lease_s=0.5)
    logged = clinic.daemon_runs_until_sent("night")
    _is_told_at_least_once_and_at_most_twice(clinic.ledger, point)
    _is_explained(logged, ["ward@1", "night@1"], point)


def _is_told_at_least_once_and_at_most_twice(ledger: MailLedger, point: str) -> None:
    received = ledger.read()
    assert len(received) == (2 if point in _ACCEPTED_BEFORE_DEATH else 1)
    assert len({mail.message_id for mail in received}) == 1
    assert {mail.recipient for mail in received} == {"zoe@example.org"}


def _is_explained(logged: LoggedReminder, nodes: list[str], point: str) -> None:
    first = "not begun" if point == "after-the-claim" else "lost"
    assert logged.reminder.state is ReminderState.SENT
    assert [attempt.number for attempt in logged.attempts] == [1, 2]
    assert [attempt.node for attempt in logged.attempts] == nodes
    assert [attempt.outcome for attempt in logged.attempts] == [first, "accepted"]
    assert all(attempt.ended_at is not None for attempt in logged.attempts)
