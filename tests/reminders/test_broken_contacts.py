"""A contact point that takes no messages is told to its owner by another way, and is not given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.reminders.channels.channel import Accepted, Outcome, Refused
from scheduler.reminders.planner import plan_everyone
from scheduler.store.recipients import BrokenHow, RecipientRecord, RecipientRole
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import DispatchedWard, ObedientChannel
from tests.support.waiting_reminders import NOON, add_patient_with_recipient, everything, planned, queue
from tests.support.ward import THRICE_DAILY, admit, remind

TOLD = (
    "A reminder to you by mail was refused. Ask your team to look at that address; "
    "reminders come here as well."
)


@pytest.fixture
def ward(store: Store) -> DispatchedWard:
    add_patient_with_recipient(store, "p-1", "r-1", "smtp")
    return DispatchedWard(store)


CARER = RecipientRecord(
    id="r-carer",
    patient_id="p-1",
    channel="console",
    address="Anna",
    privacy="discreet",
    added_at=NOON,
    role=RecipientRole.ESCALATION,
    consented_at=NOON,
    verified_at=NOON,
)


def refused(_: str) -> Outcome:
    return Refused(detail="550")


def dispatch(ward: DispatchedWard, other: ObedientChannel) -> None:
    """Mail is refused, and what follows from that is sent by ``other``."""
    for _ in range(2):
        ward.dispatch({"smtp": ObedientChannel(refused), "console": other})


def recipient(store: Store, recipient_id: str = "r-1") -> RecipientRecord:
    with store.reading() as work:
        return work.recipients.get(recipient_id)


def test_its_owner_is_told_once_by_another_way_and_what_was_refused_as_well(ward: DispatchedWard) -> None:
    add_patient_with_recipient(ward.store, "p-1", "r-2", "console")
    other = ObedientChannel()
    for number in (1, 2):
        queue(ward.store, planned(number))
        dispatch(ward, other)
    assert sorted(other.texts) == [TOLD, *["Reminder: your 07:00 is due."] * 2]
    found = recipient(ward.store)
    assert (found.broken_at, found.broken_how) == (NOON, BrokenHow.REFUSED)


def test_the_news_goes_on_by_a_third_way_whose_privacy_is_another(ward: DispatchedWard) -> None:
    add_patient_with_recipient(ward.store, "p-1", "r-2", "ntfy")
    third = RecipientRecord(
        id="r-3",
        patient_id="p-1",
        channel="console",
        address="bedside",
        privacy="full",
        added_at=NOON,
        verified_at=NOON,
    )
    with ward.store.transaction() as work:
        work.recipients.add(third)
    queue(ward.store, planned(1))
    ward.dispatch({"smtp": ObedientChannel(refused)})
    with ward.store.transaction() as work:
        assert work.recipients.mark_broken("r-2", NOON, BrokenHow.REFUSED)
    ward.clock.pass_by(timedelta(minutes=6))
    other = ObedientChannel()
    for _ in range(2):
        ward.dispatch({"ntfy": ObedientChannel(refused), "console": other})
    assert TOLD in "\n".join(other.texts)


def test_planning_leaves_the_news_alone(store: Store) -> None:
    ward = DispatchedWard(store)
    morning = NOON - timedelta(hours=1)
    patient = admit(store, THRICE_DAILY.format(start="2026-12-01"), morning)
    broken = remind(store, patient, morning)
    other = remind(store, patient, morning, channel="console")
    ward.dispatch({"smtp": ObedientChannel(refused)})
    plan_everyone(store, NOON)
    states = {(r.recipient_id, r.step): r.state for r in everything(store) if r.dose_due_at <= NOON}
    assert states[broken.id, "due"] is ReminderState.FAILED
    assert states[other.id, "broken"] is ReminderState.PENDING


def test_a_message_that_it_takes_again_shows_that_it_is_well(ward: DispatchedWard) -> None:
    queue(ward.store, planned(1))
    ward.dispatch({"smtp": ObedientChannel(refused)})
    assert recipient(ward.store).broken_at == NOON
    queue(ward.store, planned(2))
    ward.dispatch({"smtp": ObedientChannel(lambda _: Accepted(provider_id=None))})
    assert recipient(ward.store).broken_at is None


def test_what_sent_a_message_back_is_not_well_because_it_takes_another(ward: DispatchedWard) -> None:
    with ward.store.transaction() as work:
        assert work.recipients.mark_broken("r-1", NOON, BrokenHow.BOUNCED)
    queue(ward.store, planned(1))
    ward.dispatch({"smtp": ObedientChannel()})
    assert recipient(ward.store).broken_how is BrokenHow.BOUNCED


def test_nobody_else_hears_that_a_person_cannot_be_reached(
    ward: DispatchedWard, caplog: pytest.LogCaptureFixture
) -> None:
    with ward.store.transaction() as work:
        work.recipients.add(CARER)
    queue(ward.store, planned(1))
    other = ObedientChannel()
    dispatch(ward, other)
    assert other.texts == []
    assert "recipient=r-1 is broken (refused) and its owner has no other way" in caplog.text


def test_another_address_that_is_not_verified_is_told_nothing(ward: DispatchedWard) -> None:
    add_patient_with_recipient(ward.store, "p-1", "r-2", "console", is_verified=False)
    queue(ward.store, planned(1))
    other = ObedientChannel()
    dispatch(ward, other)
    assert other.texts == []


def test_what_is_refused_goes_to_one_that_works_before_one_that_is_broken_too(ward: DispatchedWard) -> None:
    add_patient_with_recipient(ward.store, "p-1", "r-2", "console")
    add_patient_with_recipient(ward.store, "p-1", "r-3", "console")
    with ward.store.transaction() as work:
        work.recipients.mark_broken("r-2", NOON, BrokenHow.REFUSED)
    queue(ward.store, planned(1))
    other = ObedientChannel()
    dispatch(ward, other)
    assert set(other.addresses) == {"r-3@example.org"}


def test_a_person_does_not_hear_that_a_carers_address_is_broken(ward: DispatchedWard) -> None:
    with ward.store.transaction() as work:
        work.recipients.add(CARER)
    queue(ward.store, planned(1, recipient_id="r-carer", channel="console"))
    person = ObedientChannel()
    for _ in range(2):
        ward.dispatch({"smtp": person, "console": ObedientChannel(refused)})
    assert person.texts == []
    assert recipient(ward.store, "r-carer").broken_at == NOON
