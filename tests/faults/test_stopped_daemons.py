"""A daemon is stopped for longer than its lease, another does its work, and it goes on as if nothing were."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.actions.reminder import LoggedReminder, reminder_log
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import DaemonProcess, real_daemon, running, until
from tests.support.mail_ledger import open_mail_ledger
from tests.support.sleeping_daemon import AFTER_THE_CLAIM, BEFORE_THE_SEND
from tests.support.ward import DEPOT, admit, move_next_dose, remind

pytestmark = pytest.mark.fault(5)

LEASE_S = 3


def a_dose_is_due(store: Store) -> None:
    now = datetime.now(UTC)
    patient = admit(store, DEPOT.format(start=(now + timedelta(days=7)).date()), now)
    remind(store, patient, now)
    move_next_dose(store, patient, now, now + timedelta(seconds=1))


def until_it_stopped(daemon: DaemonProcess) -> None:
    until(lambda: daemon.ended or daemon.is_stopped)
    assert not daemon.ended, daemon.log.read_text()


def ends_well(daemon: DaemonProcess) -> None:
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0, daemon.log.read_text()


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("point", "sent", "outcome"),
    [
        # What it gives back once another has sent it comes too late to change anything.
        pytest.param(AFTER_THE_CLAIM, 1, {"not begun", "late given back"}, id="before-it-began"),
        pytest.param(BEFORE_THE_SEND, 2, {"late accepted"}, id="while-sending"),
    ],
)
def test_another_sends_it_and_the_one_that_slept_changes_nothing(
    store: Store, database_url: str, tmp_path: Path, point: str, sent: int, outcome: set[str]
) -> None:
    a_dose_is_due(store)
    with open_mail_ledger(tmp_path / "ledger.jsonl") as ledger:
        sleeping = ["tests.support.sleeping_daemon", point, database_url, ledger.url, "ward", str(LEASE_S)]
        other = real_daemon(database_url, ledger.url, "night")
        with running(sleeping, tmp_path / "ward.log") as asleep:
            # The other one would claim it first, if it were there.
            until_it_stopped(asleep)
            with running(other, tmp_path / "night.log") as awake:
                before = until(lambda: reminder_log(store, None, 10))
                asleep.signal(signal.SIGCONT)
                until(lambda: len(ledger.read()) == sent)
                ends_well(asleep)
                ends_well(awake)
        received = ledger.read()
    (entry,) = reminder_log(store, None, 10)
    assert [entry.reminder.state, entry.reminder.ended_at] == [
        ReminderState.SENT,
        before[0].reminder.ended_at,
    ]
    assert len(received) == sent
    assert len({mail.message_id for mail in received}) == 1
    (slept, its), other_one = outcomes(entry)
    assert (slept, other_one) == ("ward@1", ("night@1", "accepted"))
    assert its in outcome


def outcomes(entry: LoggedReminder) -> list[tuple[str, str | None]]:
    # On a slow machine a claim may come too late to be begun within so short a lease.
    return [(a.node, a.outcome) for a in entry.attempts if a.outcome != "given back"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_that_is_alone_sends_it_when_it_wakes(store: Store, database_url: str, tmp_path: Path) -> None:
    a_dose_is_due(store)
    with open_mail_ledger(tmp_path / "ledger.jsonl") as ledger:
        point = [AFTER_THE_CLAIM, database_url, ledger.url, "ward", str(LEASE_S)]
        with running(["tests.support.sleeping_daemon", *point], tmp_path / "ward.log") as asleep:
            until_it_stopped(asleep)
            asleep.signal(signal.SIGCONT)
            until(lambda: reminder_log(store, None, 10))
            ends_well(asleep)
        received = ledger.read()
    (entry,) = reminder_log(store, None, 10)
    assert entry.reminder.state is ReminderState.SENT
    assert len(received) == 1
