"""What becomes of the steps of a dose that somebody asked to be told of later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduler.reminders.putting_off import as_answered
from scheduler.reminders.steps import Step, StepKind
from scheduler.store.answers import AnswerKind, AnswerRecord

DUE = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
END = DUE + timedelta(hours=8)


def after(minutes: float) -> datetime:
    return DUE + timedelta(minutes=minutes)


def step(name: str, kind: StepKind, minutes: float) -> Step:
    return Step(name=name, kind=kind, at=after(minutes), not_after=END)


STEPS = (
    step("due", StepKind.DUE, 0),
    step("follow-1", StepKind.FOLLOW_UP, 10),
    step("follow-2", StepKind.FOLLOW_UP, 30),
    step("missed", StepKind.MISSED, 480),
)


def asked(kind: AnswerKind, minutes: float, told: float) -> AnswerRecord:
    return AnswerRecord(
        patient_id="p-1",
        dose_id="octreotide@2026-12-01/1",
        recipient_id="r-1",
        kind=kind,
        answered_at=after(minutes),
        told_at=after(told),
    )


def snoozed(minutes: float, told: float) -> AnswerRecord:
    return asked(AnswerKind.SNOOZED, minutes, told)


def said(*answers: AnswerRecord) -> list[tuple[str, float]]:
    found = as_answered(STEPS, answers, END)
    return [(told.name, (told.at - DUE).total_seconds() / 60) for told in found]


def test_a_snooze_is_told_at_its_end_and_nothing_is_asked_before() -> None:
    assert said(snoozed(3, 33)) == [("due", 0), ("missed", 480), ("snooze-1", 33)]


def test_what_comes_after_the_snooze_stays() -> None:
    assert said(snoozed(3, 13)) == [("due", 0), ("follow-2", 30), ("missed", 480), ("snooze-1", 13)]


def test_what_was_asked_before_the_snooze_stays_as_it_was() -> None:
    assert said(snoozed(12, 22)) == [
        ("due", 0),
        ("follow-1", 10),
        ("follow-2", 30),
        ("missed", 480),
        ("snooze-1", 22),
    ]


def test_snoozes_count_on() -> None:
    assert [name for name, _ in said(snoozed(3, 13), snoozed(14, 24))][-2:] == ["snooze-1", "snooze-2"]


def test_a_snooze_that_runs_gives_way_to_a_later_one_and_keeps_its_number() -> None:
    assert [name for name, _ in said(snoozed(3, 13), snoozed(5, 65))] == ["due", "missed", "snooze-2"]


def test_a_snooze_is_of_no_use_when_the_dose_is_not() -> None:
    (told,) = [s for s in as_answered(STEPS, [snoozed(3, 13)], END) if s.name == "snooze-1"]
    assert told.not_after == END


def test_a_link_that_is_asked_for_is_told_at_once_and_for_an_hour() -> None:
    (told,) = as_answered((), [asked(AnswerKind.ASKED, 5, 5)], END)
    assert (told.name, told.at, told.not_after) == ("asked-1", after(5), after(65))
