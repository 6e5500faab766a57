"""The digest of a caseload goes to addresses that somebody verified, and to no other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.actions.caseload_contact import list_contacts
from scheduler.actions.verification import issue_code, verify_by_code, verify_by_hand
from scheduler.errors import RefusedError
from scheduler.reminders.auditor import audit
from scheduler.reminders.channels.channel import Refused
from scheduler.reminders.digest_planner import plan_every_digest
from scheduler.reminders.verification import MOST_TRIES
from scheduler.store.recipients import BrokenHow, RecipientRecord
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.digests import EVE, SEVEN, WARD, make_caseload, reach
from tests.support.dispatching import DispatchedWard, ObedientChannel
from tests.support.waiting_reminders import everything

ONE_DAY = timedelta(days=1)


@pytest.fixture
def nurse(store: Store) -> RecipientRecord:
    make_caseload(store)
    return reach(store, by_hand=None)


def planned(store: Store) -> list[str]:
    return [row.dose_id for row in everything(store) if row.state is ReminderState.PENDING]


def test_one_that_is_not_verified_gets_no_digest_and_nobody_misses_it(
    store: Store, nurse: RecipientRecord
) -> None:
    plan_every_digest(store, EVE)
    assert everything(store) == []
    plan_every_digest(store, SEVEN + timedelta(hours=1))
    assert audit(store, SEVEN + timedelta(hours=1)).count == 0


def test_the_code_brings_the_digests_that_come_from_then_on(store: Store, nurse: RecipientRecord) -> None:
    later = SEVEN + timedelta(minutes=5)
    code = issue_code(store, nurse.id, EVE).code
    verify_by_code(store, nurse.id, code, later)
    assert planned(store) == ["digest@2026-12-03"]
    assert audit(store, later + timedelta(hours=1)).count == 0


def test_what_came_due_before_it_was_verified_is_not_sent_late(store: Store, nurse: RecipientRecord) -> None:
    plan_every_digest(store, EVE)
    verify_by_hand(store, nurse.id, "asked", SEVEN + 2 * ONE_DAY + timedelta(hours=1))
    assert planned(store) == ["digest@2026-12-05"]


def test_wrong_codes_end_in_a_refusal_of_the_right_one(store: Store, nurse: RecipientRecord) -> None:
    code = issue_code(store, nurse.id, EVE, lambda: "123456").code
    for _ in range(MOST_TRIES):
        with pytest.raises(RefusedError, match=f"dosecal caseload contact verify {WARD} {nurse.id}"):
            verify_by_code(store, nurse.id, "654321", EVE)
    with pytest.raises(RefusedError, match="too many"):
        verify_by_code(store, nurse.id, code, EVE)
    assert planned(store) == []


def test_one_that_is_not_verified_does_not_stand_in(store: Store) -> None:
    make_caseload(store)
    reach(store)
    reach(store, "desk@example.org", stands_in=True, by_hand=None)
    plan_every_digest(store, EVE)
    ward = DispatchedWard(store)
    ward.clock.now = SEVEN
    ward.dispatch({"smtp": ObedientChannel(lambda _: Refused(detail="no"))})
    assert [row.state for row in everything(store)] == [ReminderState.FAILED]


def test_a_broken_one_is_mended_by_its_owner(store: Store, nurse: RecipientRecord) -> None:
    verify_by_hand(store, nurse.id, "asked", EVE)
    with store.transaction() as work:
        work.recipients.mark_broken(nurse.id, EVE, BrokenHow.BOUNCED)
    (broken,) = list_contacts(store, WARD)
    assert broken.broken_at == EVE
    verify_by_code(store, nurse.id, issue_code(store, nurse.id, EVE).code, EVE + ONE_DAY)
    (mended,) = list_contacts(store, WARD)
    assert (mended.broken_at, mended.verified_at) == (None, EVE)
