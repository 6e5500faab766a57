"""What a person asked for by the link in a message: to be told later, or a new link. Pure.

1. Who snoozes a dose is told of it at the end of the snooze, also in quiet hours, and not before: follow-ups
   in between are left out. Somebody who is told on escalation is told all the same, for nothing is recorded.
2. Who asks for a link gets one at once.

What was asked for of a dose that has since been recorded or has left the plan is not looked at: see
`calling_doses`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from scheduler.reminders.steps import ASKED, SNOOZE, Step, StepKind
from scheduler.store.answers import AnswerKind, AnswerRecord

_LINK_WAITS = timedelta(hours=1)


def as_answered(
    steps: Iterable[Step], answers: Sequence[AnswerRecord], end: datetime | None
) -> Iterator[Step]:
    """``steps`` of one dose for one recipient after what they asked for, oldest first.

    ``end``: when the dose is of no use any more, None: never.
    """
    snoozes = _of(AnswerKind.SNOOZED, answers)
    for step in steps:
        if step.kind is not StepKind.FOLLOW_UP or not any(_covers(snooze, step.at) for snooze in snoozes):
            yield step
    for number, snooze in enumerate(snoozes, 1):
        # Who snoozes again before the end is told at the later one.
        if not any(_covers(later, _told_at(snooze)) for later in snoozes[number:]):
            yield _step(f"{SNOOZE}{number}", snooze, end)
    for number, asked in enumerate(_of(AnswerKind.ASKED, answers), 1):
        yield _step(f"{ASKED}{number}", asked, asked.answered_at + _LINK_WAITS)


def _of(kind: AnswerKind, answers: Sequence[AnswerRecord]) -> list[AnswerRecord]:
    return [answer for answer in answers if answer.kind is kind]


def _covers(snooze: AnswerRecord, at: datetime) -> bool:
    return snooze.answered_at <= at <= _told_at(snooze)


def _told_at(answer: AnswerRecord) -> datetime:
    return answer.told_at or answer.answered_at


def _step(name: str, answer: AnswerRecord, end: datetime | None) -> Step:
    return Step(name=name, kind=StepKind.FOLLOW_UP, at=_told_at(answer), not_after=end)
