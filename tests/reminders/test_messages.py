"""The words of a reminder: harmless twice, and telling no more than was chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.dosing.product import Market
from scheduler.formulary.entry import guidance
from scheduler.formulary.formulary import load_formulary
from scheduler.reminders.backoff import backoff, pause_after_loss
from scheduler.reminders.message import Message, reminder_message, verification_message
from scheduler.store.reminder_row import ReminderRecord, ReminderState

DUE = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
CAREFUL = "Check your plan before taking it, and ask your team if you are not sure."
DISCREET = ReminderRecord(
    id=1,
    patient_id="p-zoe",
    dose_id="lar#1",
    step="due",
    recipient_id="r-1",
    channel="smtp",
    due_at=DUE,
    dose_due_at=DUE,
    not_after=None,
    wall_due=datetime(2026, 12, 1, 7, 0),  # noqa: DTZ001
    zone="America/New_York",
    policy={"privacy": "discreet"},
    state=ReminderState.LEASED,
    attempt=1,
    last_error=None,
    ended_at=None,
)
FULL = replace(DISCREET, policy={"privacy": "full", "title": "Octreotide LAR 20 mg"})


def test_on_time_it_names_the_slot() -> None:
    assert reminder_message(DISCREET, DUE) == Message(subject="Reminder", text="Reminder: your 07:00 is due.")


def test_a_copy_minutes_later_says_the_same() -> None:
    assert reminder_message(DISCREET, DUE + timedelta(minutes=14, seconds=59)) == reminder_message(
        DISCREET, DUE
    )


def test_late_on_the_same_day_it_says_how_late() -> None:
    message = reminder_message(DISCREET, DUE + timedelta(hours=4, minutes=20))
    assert message.text == f"Your 07:00 was due at 07:00; it is now 11:20. {CAREFUL}"


def test_late_on_another_day_of_the_patients_it_says_which() -> None:
    message = reminder_message(DISCREET, DUE + timedelta(hours=17, minutes=5))
    when = "Your 07:00 was due at 07:00 on Tuesday 1 December; it is now 00:05 on Wednesday 2 December."
    assert message.text == f"{when} {CAREFUL}"


def test_a_late_retry_is_measured_from_the_dose_and_not_from_the_retry() -> None:
    retried = replace(DISCREET, due_at=DUE + timedelta(hours=2))
    assert "was due at 07:00" in reminder_message(retried, DUE + timedelta(hours=2)).text


def test_at_full_privacy_it_names_medicine_and_dose() -> None:
    assert reminder_message(FULL, DUE) == Message(
        subject="Reminder: Octreotide LAR 20 mg",
        text="Reminder: your 07:00 (Octreotide LAR 20 mg) is due.",
    )
    late = reminder_message(FULL, DUE + timedelta(hours=1)).text
    assert late.startswith("Your 07:00 (Octreotide LAR 20 mg) was due at 07:00; it is now 08:00.")


def test_a_late_one_at_full_privacy_says_what_the_label_says_with_its_source() -> None:
    entry = load_formulary().find("everolimus", Market.US)
    told = replace(FULL, policy=FULL.policy | {"late": str(entry.late)})
    assert "late dose" not in reminder_message(told, DUE).text
    text = reminder_message(told, DUE + timedelta(hours=1)).text
    assert text.endswith(f" What is said about a late dose: {entry.late}")
    assert str(entry.late) == guidance(entry)[-1]


@given(late=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_no_message_orders_anybody_to_take_anything(late: timedelta) -> None:
    for record in (DISCREET, FULL):
        text = reminder_message(record, DUE + late).text.lower()
        assert "now" not in text.replace("it is now", "")
        assert not text.startswith(("take", "inject"))
        assert "07:00" in text


@given(late=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_discreet_message_names_neither_medicine_nor_person(late: timedelta) -> None:
    message = reminder_message(DISCREET, DUE + late)
    for secret in ("ctreotide", "lar#", "20 mg", "zoe", "p-", "injection"):
        assert secret not in (message.subject + message.text).lower()


def test_a_test_message_says_that_there_is_nothing_to_do() -> None:
    assert "nothing to do" in verification_message().text


@given(attempt=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_a_wait_is_between_a_second_and_five_minutes(attempt: int, chance: float) -> None:
    wait = backoff(attempt, chance)
    assert timedelta(seconds=1) <= wait <= timedelta(minutes=5)
    assert backoff(attempt, 0) <= wait <= backoff(attempt, 1) == 2 * backoff(attempt, 0)
    assert wait <= backoff(attempt + 1, chance)


@given(attempt=st.integers(1, 100), floor=st.timedeltas(timedelta(0), timedelta(days=2)))
def test_the_providers_wish_is_a_floor(attempt: int, floor: timedelta) -> None:
    assert backoff(attempt, 0.5, floor) == max(backoff(attempt, 0.5), floor)


@pytest.mark.parametrize(("times", "seconds"), [(1, 0), (2, 2), (3, 4), (4, 8), (50, 300)])
def test_a_reminder_that_was_lost_again_and_again_waits_ever_longer(times: int, seconds: int) -> None:
    assert pause_after_loss(times) == timedelta(seconds=seconds)
