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
from scheduler.reminders.message import Message, reminder_message, several, verification_message
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


def step(name: str, record: ReminderRecord = DISCREET, **policy: str) -> ReminderRecord:
    return replace(record, step=name, policy=record.policy | policy)


def test_a_follow_up_says_that_the_slot_is_still_open() -> None:
    message = reminder_message(step("follow-1"), DUE + timedelta(minutes=10))
    assert message == Message(subject="Reminder", text="Your 07:00 is still open.")
    told = reminder_message(step("follow-2", FULL), DUE + timedelta(minutes=10)).text
    assert told == "Your 07:00 (Octreotide LAR 20 mg) is still open."


def test_a_later_follow_up_says_what_is_said_about_a_late_dose() -> None:
    told = reminder_message(step("follow-2", FULL, late="Skip it (label)"), DUE + timedelta(minutes=30)).text
    rule = "What is said about a late dose: Skip it (label)"
    assert told == f"Your 07:00 (Octreotide LAR 20 mg) is still open. {CAREFUL} {rule}"


def test_a_follow_up_on_another_day_names_the_day() -> None:
    text = reminder_message(step("follow-1"), DUE + timedelta(days=3)).text
    assert text == f"Your 07:00 on Tuesday 1 December is still open. {CAREFUL}"


def test_a_missed_dose_is_told_as_not_recorded_and_in_full_with_what_the_label_says() -> None:
    assert reminder_message(step("missed"), DUE + timedelta(hours=8)).text == "Your 07:00 was not recorded."
    told = reminder_message(step("missed", FULL, late="Skip it (label)"), DUE + timedelta(hours=8)).text
    rule = "What is said about a late dose: Skip it (label)"
    assert told == f"Your 07:00 (Octreotide LAR 20 mg) was not recorded. {rule}"


def test_an_escalation_says_less_and_in_full_whose_it_is() -> None:
    later = DUE + timedelta(hours=1)
    told = reminder_message(step("escalate"), later)
    assert told == Message(subject="Reminder", text="A reminder of somebody you care for was not answered.")
    named = reminder_message(step("escalate", who="ZM"), later).text
    assert named == "A reminder of somebody you care for (ZM) was not answered."


def test_a_lead_says_to_get_ready_and_in_full_for_what_and_how() -> None:
    before = DUE - timedelta(hours=1)
    assert reminder_message(step("lead-prepare1"), before).text == "Get ready for your 07:00."
    week = DUE - timedelta(days=7)
    told = reminder_message(step("lead-order", FULL, lead="order it"), week).text
    assert told == "Get ready for your 07:00 (Octreotide LAR 20 mg) on Tuesday 1 December: order it."


def doses(count: int, name: str = "due") -> list[ReminderRecord]:
    """A dose at each hour from 07:00 in New York."""
    hour = timedelta(hours=1)
    return [
        replace(
            step(name),
            id=n,
            dose_id=f"x#{n}",
            due_at=DUE + n * hour,
            dose_due_at=DUE + n * hour,
            wall_due=DISCREET.wall_due + n * hour,
        )
        for n in range(count)
    ]


def test_several_late_reminders_are_one_message_that_says_what_time_it_is() -> None:
    first, second, third = doses(3)
    message = several([third, first, second], DUE + timedelta(hours=2, minutes=5))
    assert message.subject == "Reminders"
    assert message.text.splitlines() == [
        "It is now 09:05 on Tuesday 1 December.",
        "- your 07:00 was due.",
        "- your 08:00 was due.",
        "- your 09:00 is due.",
        "Check your plan before taking any of them, and ask your team if you are not sure.",
    ]


def test_several_reminders_on_time_say_nothing_of_being_late() -> None:
    first, second = doses(2)
    at_once = replace(second, due_at=DUE, dose_due_at=DUE, wall_due=first.wall_due)
    assert several([first, at_once], DUE).text.splitlines() == [
        "Reminders:",
        "- your 07:00 is due.",
        "- your 07:00 is due.",
    ]


def test_one_dose_is_listed_once_by_what_says_most() -> None:
    (first, second), noon = doses(2), DUE + timedelta(hours=5)
    asked = [replace(second, step=name, due_at=DUE + timedelta(hours=2)) for name in ("due", "follow-1")]
    missed = replace(first, id=9, step="missed", due_at=noon)
    lines = several([missed, first, *asked, step("escalate", second, who="ZM")], noon).text.splitlines()
    assert lines[1:-1] == [
        "- your 07:00 was not recorded.",
        "- A reminder of somebody you care for (ZM) was not answered.",
        "- your 08:00 is still open.",
    ]


def test_one_of_several_is_told_as_one() -> None:
    later = DUE + timedelta(hours=4)
    assert several([DISCREET], later) == reminder_message(DISCREET, later)
    follow_up = replace(step("follow-1"), due_at=DUE + timedelta(minutes=10))
    assert several([DISCREET, follow_up], later) == reminder_message(follow_up, later)


def test_no_more_than_twenty_are_listed() -> None:
    lines = several(doses(23), DUE + timedelta(hours=23)).text.splitlines()
    assert len(lines) == 1 + 20 + 1 + 1
    assert lines[1] == "- your 07:00 on Tuesday 1 December was due."
    assert lines[20] == "- your 02:00 was due."
    assert lines[21] == "and 3 more."


STEPS = ["due", "follow-1", "missed", "lead-food"]


@given(late=st.timedeltas(timedelta(0), timedelta(days=400)), name=st.sampled_from(STEPS))
def test_no_message_orders_anybody_to_take_anything(late: timedelta, name: str) -> None:
    for record in (DISCREET, FULL):
        text = reminder_message(replace(record, step=name), DUE + late).text.lower()
        assert "now" not in text.replace("it is now", "")
        assert not text.startswith(("take", "inject"))
        assert "07:00" in text


@given(late=st.timedeltas(timedelta(0), timedelta(days=400)), name=st.sampled_from([*STEPS, "escalate"]))
def test_a_discreet_message_names_neither_medicine_nor_person(late: timedelta, name: str) -> None:
    record = replace(DISCREET, step=name)
    other = replace(record, dose_id="lar#2")
    for message in (reminder_message(record, DUE + late), several([record, other], DUE + late)):
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


@pytest.mark.parametrize(("times", "seconds"), [(1, 0), (2, 30), (3, 30), (50, 30)])
def test_a_reminder_that_was_lost_again_lets_the_others_go_first(times: int, seconds: int) -> None:
    assert pause_after_loss(times) == timedelta(seconds=seconds)
