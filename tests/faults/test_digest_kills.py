"""Real daemons and a digest: planned by the housekeeping, and told although a daemon is killed on the way."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.actions.caseload_digest import set_digest
from scheduler.actions.reminder import LoggedReminder, reminder_log
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.daemon_process import real_daemon, running, until
from tests.support.digests import NEW_YORK, WARD, make_caseload, reach, take_in
from tests.support.mail_ledger import MailLedger, open_mail_ledger
from tests.support.ward import THRICE_DAILY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[MailLedger]:
    with open_mail_ledger(tmp_path / "ledger.jsonl") as opened:
        yield opened


def digest_due_now(store: Store, *, planned: timedelta) -> None:
    """A digest that is due since this minute began; it was last planned so long ago."""
    now = datetime.now(UTC)
    make_caseload(store, now - planned)
    take_in(store, "p-1", THRICE_DAILY.format(start=now.date() - 7 * DAY), moment=now - planned)
    at = f"{now.astimezone(NEW_YORK):%H:%M}"
    set_digest(store, WARD, now - planned, chosen={"at": at})
    reach(store, moment=now - planned)


def daemon_runs_until_ended(
    count: int, database_url: str, ledger: MailLedger, folder: Path, store: Store
) -> list[LoggedReminder]:
    """Until so many digests came to an end; one that is of no use any more may do so a second later."""

    def ended() -> list[LoggedReminder]:
        logged = reminder_log(store, None, 10, caseload_id=WARD)
        return logged if len(logged) >= count else []

    with running(real_daemon(database_url, ledger.url, "ward"), folder / "daemon.log") as daemon:
        logged = until(ended)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
    return logged


@pytest.mark.parametrize("point", ["after-the-claim", "after-the-server-accepted"])
def test_a_killed_daemon_costs_a_copy_of_a_digest_and_never_a_digest(
    store: Store, database_url: str, ledger: MailLedger, tmp_path: Path, point: str
) -> None:
    digest_due_now(store, planned=HOUR)
    command = ["tests.support.dying_daemon", point, database_url, ledger.url, "ward", "30"]
    with running(command, tmp_path / "dying.log") as dying:
        assert dying.wait() == -signal.SIGKILL, (tmp_path / "dying.log").read_text()
    (logged,) = daemon_runs_until_ended(1, database_url, ledger, tmp_path, store)
    first = "not begun" if point == "after-the-claim" else "lost"
    assert [attempt.outcome for attempt in logged.attempts] == [first, "accepted"]
    received = ledger.read()
    assert len(received) == (2 if point == "after-the-server-accepted" else 1)
    assert len({mail.message_id for mail in received}) == 1
    assert {mail.recipient for mail in received} == {"nurse@example.org"}


def test_the_daemon_plans_what_came_due_while_none_ran_and_tells_the_latest(
    store: Store, database_url: str, ledger: MailLedger, tmp_path: Path
) -> None:
    digest_due_now(store, planned=3 * DAY + HOUR)
    logged = daemon_runs_until_ended(4, database_url, ledger, tmp_path, store)
    states = [entry.reminder.state for entry in sorted(logged, key=lambda entry: entry.reminder.dose_id)]
    assert states == [ReminderState.EXPIRED] * 3 + [ReminderState.SENT]
    assert len(ledger.read()) == 1
