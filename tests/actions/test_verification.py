"""Nothing but a code goes to an address before somebody said it is the right one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.actions.recipient import add_recipient, get_recipient
from scheduler.actions.verification import issue_code, send_code, verify_by_code, verify_by_hand
from scheduler.errors import ConflictError, InputError, RefusedError
from scheduler.ical.privacy import Privacy
from scheduler.reminders.auditor import audit
from scheduler.reminders.channels.channel import Refused
from scheduler.reminders.planner import plan_everyone
from scheduler.store.recipients import BrokenHow, RecipientRecord
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import ObedientChannel
from tests.support.waiting_reminders import everything
from tests.support.ward import THRICE_DAILY, admit

MORNING = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
THRICE = THRICE_DAILY.format(start="2026-12-01")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def added(store: Store) -> RecipientRecord:
    patient = admit(store, THRICE, MORNING)
    address, privacy = "zoe@example.org", Privacy.DISCREET
    return add_recipient(store, patient, MORNING, channel="smtp", address=address, privacy=privacy)


def code_of(store: Store, recipient_id: str, moment: datetime = MORNING, code: str = "123456") -> str:
    return issue_code(store, recipient_id, moment, lambda: code).code


def test_an_address_that_is_not_verified_is_told_of_no_dose_and_nobody_misses_it(
    store: Store, added: RecipientRecord
) -> None:
    plan_everyone(store, MORNING + timedelta(hours=2))
    assert everything(store) == []
    assert audit(store, MORNING + timedelta(hours=5)).count == 0


def test_the_code_brings_the_reminders_of_what_comes_due_from_then_on(
    store: Store, added: RecipientRecord
) -> None:
    code = code_of(store, added.id)
    after_the_first_dose = datetime(2026, 12, 1, 12, 5, tzinfo=UTC)
    verify_by_code(store, added.id, f" {code[:3]} {code[3:]} ", after_the_first_dose)
    doses = {record.dose_id for record in everything(store)}
    assert "octreotide@2026-12-01/2" in doses
    assert "octreotide@2026-12-01/1" not in doses
    found = get_recipient(store, added.id)
    assert (found.verified_at, found.verified_how) == (after_the_first_dose, "code")


@pytest.mark.parametrize("wrong", ["123457", "", "123", "1234567", "abcdef"])
def test_another_code_does_nothing(store: Store, added: RecipientRecord, wrong: str) -> None:
    code_of(store, added.id)
    with pytest.raises(RefusedError, match="that is not the code"):
        verify_by_code(store, added.id, wrong, MORNING)
    assert everything(store) == []


def test_a_code_is_not_to_be_guessed(store: Store, added: RecipientRecord) -> None:
    code = code_of(store, added.id)
    for _ in range(5):
        with pytest.raises(RefusedError):
            verify_by_code(store, added.id, "000000", MORNING)
    with pytest.raises(RefusedError, match="too many wrong codes"):
        verify_by_code(store, added.id, code, MORNING)
    verify_by_code(store, added.id, code_of(store, added.id, MORNING + MINUTE, "654321"), MORNING + MINUTE)


def test_a_code_is_good_for_a_day_and_for_once(store: Store, added: RecipientRecord) -> None:
    code = code_of(store, added.id)
    with pytest.raises(RefusedError, match="older than 24 hours"):
        verify_by_code(store, added.id, code, MORNING + timedelta(hours=24, seconds=1))
    verify_by_code(store, added.id, code, MORNING + timedelta(hours=24))
    with pytest.raises(RefusedError, match="no code was sent"):
        verify_by_code(store, added.id, code, MORNING + timedelta(hours=24))


def test_a_new_code_takes_the_place_of_the_old_one_and_not_within_a_minute(
    store: Store, added: RecipientRecord
) -> None:
    old = code_of(store, added.id)
    with pytest.raises(ConflictError, match="less than a minute ago"):
        code_of(store, added.id, MORNING + timedelta(seconds=59))
    new = code_of(store, added.id, MORNING + MINUTE, "654321")
    with pytest.raises(RefusedError):
        verify_by_code(store, added.id, old, MORNING + MINUTE)
    verify_by_code(store, added.id, new, MORNING + MINUTE)


def test_the_message_with_the_code_tells_nothing_of_a_treatment(store: Store, added: RecipientRecord) -> None:
    channel = ObedientChannel()
    send_code(issue_code(store, added.id, MORNING, lambda: "123456"), channel)
    (text,) = channel.texts
    assert channel.addresses == ["zoe@example.org"]
    assert "123456" in text
    assert not any(
        word in text.lower() for word in ("dose", "octreotide", "zoe", "medicine", "clinic", "marsh")
    )


def test_a_code_that_was_not_taken_is_told(store: Store, added: RecipientRecord) -> None:
    channel = ObedientChannel(lambda _: Refused(detail="550"))
    with pytest.raises(RefusedError, match="550"):
        send_code(issue_code(store, added.id, MORNING), channel)


def test_somebody_may_answer_for_an_address_with_a_reason(store: Store, added: RecipientRecord) -> None:
    verify_by_hand(store, added.id, "she showed me her phone", MORNING)
    assert get_recipient(store, added.id).verified_how == "she showed me her phone"
    assert everything(store) != []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "a\nb", "code"])
def test_a_reason_that_says_nothing_is_none(store: Store, added: RecipientRecord, reason: str) -> None:
    with pytest.raises(InputError):
        verify_by_hand(store, added.id, reason, MORNING)


@pytest.mark.parametrize("channel", ["console", "file"])
def test_on_this_machine_there_is_nobody_to_ask(store: Store, channel: str) -> None:
    patient = admit(store, THRICE, MORNING)
    add_recipient(store, patient, MORNING, channel=channel, address="bedside", privacy=Privacy.DISCREET)
    assert everything(store) != []


def test_verifying_again_mends_and_forgets_no_reminder(store: Store, added: RecipientRecord) -> None:
    verify_by_hand(store, added.id, "asked", MORNING)
    with store.transaction() as work:
        work.recipients.mark_broken(added.id, MORNING, BrokenHow.BOUNCED)
    before = {record.id for record in everything(store)}
    later = MORNING + timedelta(hours=2)
    verify_by_code(store, added.id, code_of(store, added.id, later), later)
    found = get_recipient(store, added.id)
    assert (found.broken_at, found.verified_at) == (None, MORNING)
    assert {record.id for record in everything(store)} >= before
    assert all(record.ended_at is None for record in everything(store))
