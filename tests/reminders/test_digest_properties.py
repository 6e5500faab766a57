"""Whatever is chosen and whoever comes and goes: no digest is lost, and none is told twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scheduler.actions.caseload import remove_caseload
from scheduler.actions.caseload_contact import list_contacts, remove_contact
from scheduler.errors import DosecalError
from scheduler.formulary.formulary import load_formulary
from scheduler.reminders.auditor import audit
from scheduler.reminders.digest_planner import plan_every_digest
from scheduler.store.reminder_row import AttemptResult, ReminderState
from scheduler.store.unit_of_work import Store
from tests.conftest import new_sqlite
from tests.support.digests import EVE, WARD, choose_digest, make_caseload, reach
from tests.support.waiting_reminders import begin, claim, everything

_CHOICES: list[dict[str, Any]] = [
    {"at": "06:00"},
    {"at": "20:30"},
    {"zone": "Europe/Paris"},
    {"days": ["mon", "wed", "fri"]},
    {"days": ["thu"]},
    {"is_on": False},
    {"is_on": True},
]
_step = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 60)),
    st.tuples(st.just("daemon"), st.just(0)),
    st.tuples(st.just("choose"), st.integers(0, len(_CHOICES) - 1)),
    st.tuples(st.sampled_from(["add", "remove"]), st.integers(0, 2)),
)


@example(steps=[("add", 0), ("wait", 14), ("choose", 0), ("wait", 10), ("choose", 1)])  # later the same day
@example(steps=[("add", 0), ("choose", 5), ("wait", 60), ("choose", 6), ("wait", 60)])  # off, and on again
@given(steps=st.lists(_step, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_digest_is_told_or_explained_and_none_is_told_twice_for_one_time(
    store: Store, steps: list[tuple[str, int]]
) -> None:
    ward = _Ward(store)
    for what, number in [*steps, ("daemon", 0), ("wait", 30), ("daemon", 0)]:
        ward.do(what, number)
    assert max(ward.told.values(), default=1) == 1
    ended = [row for row in everything(store) if row.ended_at is not None]
    taken_back = {ReminderState.SENT, ReminderState.CANCELLED}
    assert all(row.state in taken_back or row.last_error for row in ended)
    remove_caseload(store, WARD)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One for all examples: each has a caseload of its own and removes it."""
    opened = Store(new_sqlite(tmp_path_factory.mktemp("digests") / "dosecal.db"), load_formulary())
    yield opened
    opened.close()


class _Ward:
    """A caseload, a clock, and a daemon that runs when told.

    ``told``: how often, by contact point, digest and time.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._now = EVE
        self.told: Counter[tuple[str, str, datetime]] = Counter()
        with suppress(DosecalError):
            remove_caseload(store, WARD)  # what a failed example left
        make_caseload(store)

    def do(self, what: str, number: int) -> None:
        """Do it; what dosecal refuses has to leave no trace either."""
        match what:
            case "wait":
                self._now += timedelta(hours=number, minutes=7)
            case "daemon":
                self._run_daemon()
            case "choose":
                choose_digest(self._store, self._now, **_CHOICES[number])
            case "add":
                self._add(f"n{number}@example.org")
            case _:
                self._remove(number)

    def _add(self, address: str) -> None:
        with suppress(DosecalError):
            reach(self._store, address, self._now)

    def _remove(self, number: int) -> None:
        contacts = list_contacts(self._store, WARD)
        if contacts:
            remove_contact(self._store, WARD, contacts[number % len(contacts)].id, self._now)

    def _run_daemon(self) -> None:
        """Plan, send what is due, and audit a minute later."""
        plan_every_digest(self._store, self._now)
        with self._store.transaction() as work:
            work.reminders.expire(self._now)
        claimed = claim(self._store, moment=self._now)
        begin(self._store, *claimed)
        sent = AttemptResult(state=ReminderState.SENT, outcome="accepted")
        with self._store.transaction() as work:
            work.reminders.finish_all([(row, sent) for row in claimed], self._now)
        self.told.update((r.record.recipient_id, r.record.dose_id, r.record.dose_due_at) for r in claimed)
        self._now += timedelta(minutes=1)
        assert audit(self._store, self._now).shown == ()
