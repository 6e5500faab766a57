"""From what a person types to the value that a table of a plan file takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.dose import Dose
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.timing import parse_wall_time
from scheduler.errors import InputError
from scheduler.protocols.protocol import Question, QuestionKind


def read_answer(question: Question, text: str) -> dict[str, Any]:
    """The keys that the answer ``text`` sets. Raises InputError, naming the key and what is allowed."""
    typed = text.strip()
    if question.kind is QuestionKind.STEP:
        return dict(_step(question, typed))
    try:
        return {question.key: _READERS[question.kind](typed)}
    except (DosingError, ValueError) as error:
        raise InputError(f"{question.key}: {error}") from error


def _step(question: Question, typed: str) -> dict[str, str]:
    by_name = {step.says.lower(): dict(step.sets) for step in question.steps}
    by_number = {str(number): dict(step.sets) for number, step in enumerate(question.steps, 1)}
    found = (by_name | by_number).get(typed.lower())
    if found is None:
        allowed = "; ".join(f"{number} ({step.says})" for number, step in enumerate(question.steps, 1))
        raise InputError(f"{question.key}: {typed!r} is not one of {allowed}")
    return found


def _date(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise ValueError(f"{typed!r} is not a date such as 2026-12-01") from None


def _times(typed: str) -> list[str]:
    return [f"{parse_wall_time(part.strip()):%H:%M}" for part in typed.split(",")]


def _dose(typed: str) -> str:
    return str(Dose.parse(typed))


def _length(typed: str) -> str:
    CalendarInterval.parse(typed)
    return typed


_READERS: dict[QuestionKind, Callable[[str], Any]] = {
    QuestionKind.DATE: _date,
    QuestionKind.TIMES: _times,
    QuestionKind.DOSE: _dose,
    QuestionKind.LENGTH: _length,
}
