"""What a person answers to the open questions of an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime, time
from typing import Any

from scheduler.dosing.refusal import DosingError
from scheduler.dosing.timing import parse_wall_time
from scheduler.errors import InputError
from scheduler.orders.order import OpenQuestion, Reading

Answers = Mapping[OpenQuestion, Any]
_A_DATE = date(2026, 1, 1)


def answered(reading: Reading, answers: Answers) -> dict[str, Any]:
    """The table of ``reading`` with ``answers``, as `read_times` and `read_start` give them."""
    table = deepcopy(reading.table)
    for question, answer in answers.items():
        for index in question.phases:
            table["phase"][index][question.key] = answer
    return table


def read_times(question: OpenQuestion, texts: Sequence[str]) -> list[str]:
    """The clock times, in order. Raises InputError for another number of them, or what is none."""
    try:
        times = sorted({parse_wall_time(text.strip()) for text in texts})
    except DosingError as error:
        raise InputError(str(error)) from error
    if not len(times) == len(texts) == question.count:
        raise InputError(f"{', '.join(texts)}: the order needs {_clock_times(question.count)}")
    return [f"{wall_time:%H:%M}" for wall_time in times]


def _clock_times(count: int) -> str:
    return "1 clock time" if count == 1 else f"{count} clock times, each once"


def read_start(question: OpenQuestion, answer: date) -> date:
    """The start. Raises InputError for one that says too little, or something else than the order."""
    at = answer.time() if isinstance(answer, datetime) else None
    on = answer.date() if isinstance(answer, datetime) else answer
    _check_said(question.on, on)
    if not question.needs_time:
        if at is not None:
            raise InputError(f"{answer}: the order counts dates, so its start is a date alone")
        return on
    _check_said(question.at, at or question.at)
    first_at = at or question.at
    if first_at is None:
        raise InputError(f"{answer}: the order counts hours, so its start needs a time: {on}T07:00")
    return datetime.combine(on, first_at)


def _check_said(said: date | time | None, answer: date | time | None) -> None:
    if said is not None and answer != said:
        raise InputError(f"{answer}: the order says {said}")


def stand_ins(reading: Reading) -> dict[OpenQuestion, Any]:
    """Answers of the right kind, for checking what the order itself says."""
    return {question: _stand_in(question) for question in reading.open}


def _stand_in(question: OpenQuestion) -> Any:
    if question.key == "times":
        return [f"{hour:02}:00" for hour in range(question.count)]
    on = question.on or _A_DATE
    return datetime.combine(on, question.at or time(0)) if question.needs_time else on
