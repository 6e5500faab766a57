"""From a protocol and answers to the tables of a plan file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.errors import InputError
from scheduler.protocols.answers import read_answer
from scheduler.protocols.protocol import Protocol, Question

Answers = Mapping[str, str]


def open_questions(protocol: Protocol, answers: Answers) -> tuple[Question, ...]:
    """What is not answered yet, in order."""
    return tuple(question for question in protocol.questions if question.key not in answers)


def fill(protocol: Protocol, answers: Answers) -> list[dict[str, Any]]:
    """The tables of its regimens. Raises InputError with every answer that is wrong, missing or unknown."""
    values, faults = _values(protocol, answers)
    faults += _unknown(protocol, answers)
    faults += [
        f"{question.key}: is not answered: {question.text}" for question in open_questions(protocol, answers)
    ]
    if faults:
        raise InputError("\n".join(faults))
    for derived in protocol.derived:
        values[derived.key] = CalendarInterval.parse(derived.plus).after(values[derived.start])
    return [_filled(table, values) for table in protocol.regimens]


def _values(protocol: Protocol, answers: Answers) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    faults = []
    for question in protocol.questions:
        if question.key in answers:
            try:
                values |= read_answer(question, answers[question.key])
            except InputError as error:
                faults.append(str(error))
    return values, faults


def _unknown(protocol: Protocol, answers: Answers) -> Iterator[str]:
    known = [question.key for question in protocol.questions]
    for key in answers:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield f"{key}: is no question of {protocol.id}; there are: {', '.join(known)}{hint}"


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    """``value`` with each text ``{key}`` replaced by what ``key`` stands for."""
    match value:
        case Mapping():
            return {key: _filled(inner, values) for key, inner in value.items()}
        case list() | tuple():
            return [_filled(inner, values) for inner in value]
        case str() if value.startswith("{") and value.endswith("}"):
            return values[value[1:-1]]
    return value


def placeholders(value: Any) -> Iterator[str]:
    """Every key that ``value`` stands open for."""
    match value:
        case Mapping():
            for inner in value.values():
                yield from placeholders(inner)
        case list() | tuple():
            for inner in value:
                yield from placeholders(inner)
        case str() if value.startswith("{") and value.endswith("}"):
            yield value[1:-1]
