"""Why did I, or did I not, get it: a sentence for whatever became of a reminder."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from scheduler.actions import record_dose
from scheduler.actions.recipient import add_recipient
from scheduler.actions.reminder_why import why
from scheduler.errors import NotFoundError
from scheduler.ical.privacy import Privacy
from scheduler.reminders.channels.channel import Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.planner import plan_everyone
from scheduler.store.recipients import RecipientRole
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import DispatchedWard, ObedientChannel
from tests.support.policies import choose
from tests.support.waiting_reminders import NOON
from tests.support.ward import THRICE_DAILY, admit, remind

MORNING = NOON - timedelta(hours=1)
FIRST, SECOND = "octreotide@2026-12-01/1", "octreotide@2026-12-01/2"
"""Due at 07:00 in New York, which is noon in UTC, and at 15:00."""


@pytest.fixture
def patient(store: Store) -> str:
    return admit(store, THRICE_DAILY.format(start="2026-12-01"), MORNING)


def sentences(store: Store, patient: str, dose: str = FIRST, moment: datetime = NOON) -> list[str]:
    (told,) = why(store, patient, dose, moment)
    return list(told.sentences)


def answered(store: Store, outcome: Outcome) -> None:
    DispatchedWard(store).dispatch({"smtp": ObedientChannel(lambda _: outcome)})


def test_what_waits_says_when_and_by_what(store: Store, patient: str) -> None:
    remind(store, patient, MORNING)
    assert sentences(store, patient, SECOND)[0] == (
        "That it is due waits to be sent by mail at 2026-12-01 15:00:00."
    )
    assert (
        "Follow-up 1, planned for 2026-12-01 15:10:00, waits to be sent by mail at 2026-12-01 15:10:00."
        in sentences(store, patient, SECOND)
    )


def test_what_was_sent_says_when_and_at_which_try(store: Store, patient: str) -> None:
    remind(store, patient, MORNING)
    ward = DispatchedWard(store)
    ward.dispatch({"smtp": ObedientChannel(lambda _: RetryLater(detail="451"))})
    assert "tries so far: 1, the last: 451" in sentences(store, patient)[0]
    ward.clock.pass_by(timedelta(minutes=6))
    ward.dispatch({"smtp": ObedientChannel()})
    assert sentences(store, patient)[0] == (
        "That it is due was accepted by mail at 2026-12-01 07:06:00, at try 2."
    )


def test_what_was_refused_says_so_and_that_the_address_is_broken(store: Store, patient: str) -> None:
    remind(store, patient, MORNING)
    answered(store, Refused(detail="the mail server answered 550"))
    assert sentences(store, patient)[:2] == [
        "The address is broken: messages are refused since 2026-12-01.",
        "That it is due was not sent by mail at 2026-12-01 07:00:00: the mail server answered 550.",
    ]


def test_what_nobody_answered_may_have_arrived(store: Store, patient: str) -> None:
    remind(store, patient, MORNING)
    ward = DispatchedWard(store)
    ward.answer(*[Unknown(detail="after the mail was sent: TimeoutError")] * 3)
    assert "may have arrived by mail" in sentences(store, patient)[0]


def test_a_recorded_dose_says_that_it_was_recorded_and_not_how_an_early_try_failed(
    store: Store, patient: str
) -> None:
    remind(store, patient, MORNING)
    answered(store, RetryLater(detail="451"))
    record_dose.give(store, patient, FIRST, NOON, at=None, site=None)
    first = sentences(store, patient)[0]
    assert "was taken back" in first
    assert first.endswith(": it was recorded as given.")


def test_what_is_over_the_cap_says_so(store: Store, patient: str) -> None:
    remind(store, patient, MORNING)
    choose(store, patient, MORNING, cap=5)
    third = sentences(store, patient, "octreotide@2026-12-01/3")
    assert any("over the most that a day may have" in text for text in third)


def test_quiet_hours_are_told(store: Store, patient: str) -> None:
    remind(store, patient, MORNING)
    choose(store, patient, MORNING, quiet="14:00-16:00", quiet_due=True)
    assert sentences(store, patient, SECOND)[0].startswith(
        "That it is due, planned for 2026-12-01 16:00:00, put off by quiet hours or the spread,"
    )


def test_what_was_switched_off_is_told_with_who_chose_it(store: Store, patient: str) -> None:
    remind(store, patient, MORNING)
    choose(store, patient, MORNING, follow_ups=[], missed=False)
    assert sentences(store, patient, SECOND)[-2:] == [
        "No follow-ups are sent: chosen for the patient.",
        "That it was missed is not told: chosen for the patient.",
    ]


def test_an_address_that_is_not_verified_explains_itself(store: Store, patient: str) -> None:
    address, privacy = "zoe@example.org", Privacy.DISCREET
    add_recipient(store, patient, MORNING, channel="smtp", address=address, privacy=privacy)
    assert sentences(store, patient)[0] == "The address is not verified: nothing goes there."


def test_a_dose_from_before_the_address_is_told(store: Store, patient: str) -> None:
    remind(store, patient, NOON + timedelta(hours=1))
    first = sentences(store, patient, FIRST, NOON + timedelta(hours=1))[0]
    assert first == "The dose was due before this address was added and verified."


def test_a_dose_beyond_the_horizon_is_told(store: Store, patient: str) -> None:
    remind(store, patient, MORNING)
    first = sentences(store, patient, "octreotide@2026-12-24/1")[0]
    assert first == "No reminder is planned yet: that happens 36 hours before the dose."


def test_a_withheld_dose_is_told(store: Store, patient: str) -> None:
    record_dose.give(store, patient, FIRST, NOON, at=None, site=None)
    remind(store, patient, MORNING)
    plan_everyone(store, NOON)
    assert sentences(store, patient)[0] == "No reminder was planned: it was recorded as given."


def test_whoever_is_told_on_escalation_hears_when(store: Store, patient: str) -> None:
    carer = add_recipient(
        store,
        patient,
        MORNING,
        channel="smtp",
        address="anna@example.org",
        privacy=Privacy.DISCREET,
        role=RecipientRole.ESCALATION,
        consented=True,
        by_hand="asked",
    )
    (told,) = why(store, patient, "octreotide@2026-12-24/1", NOON, carer.id)
    assert told.sentences == (
        "They are told only where nobody records the dose, not before 2026-12-24 08:00.",
    )


def test_an_unknown_recipient_or_dose_is_told(store: Store, patient: str) -> None:
    with pytest.raises(NotFoundError):
        why(store, patient, FIRST, NOON, "r-9")
    with pytest.raises(NotFoundError):
        why(store, patient, "octreotide@2025-12-01/1", NOON)


def test_no_sentence_names_the_medicine_or_the_address(store: Store, patient: str) -> None:
    remind(store, patient, MORNING, privacy=Privacy.FULL)
    text = " ".join(sentences(store, patient))
    assert not any(word in text.lower() for word in ("octreotide", "example.org", "marsh"))
