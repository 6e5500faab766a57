"""An order in words, for people: what was read, what is open, and where it cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from cli.output import plain
from scheduler.errors import InputError
from scheduler.orders.fault import OrderFault, OrderRefusedError
from scheduler.orders.order import OpenQuestion, Reading


def refused_order(error: OrderRefusedError) -> InputError:
    """The refusal as a person sees it: the order, and under it each fault at its column."""
    lines = ["nothing is read of this order:", plain(error.order)]
    lines += [_under(fault) for fault in error.faults]
    return InputError("\n".join(lines))


def _under(fault: OrderFault) -> str:
    return f"{' ' * (fault.column - 1)}{'^' * fault.length} {plain(fault.text)}"


def reading_text(reading: Reading) -> str:
    """What was read, in the words of a plan file, and what has to be said yet."""
    table = reading.table
    place = f", setting = {table['setting']}" if "setting" in table else ""
    lines = [f"product = {table['product']}{place}"]
    lines += [f"  {number}. {', '.join(_keys(phase))}" for number, phase in enumerate(table["phase"], 1)]
    lines += [f"open: {question.text}" for question in reading.open]
    return "\n".join(plain(line) for line in lines)


def _keys(phase: dict[str, Any]) -> Iterator[str]:
    for key, value in phase.items():
        match value:
            case dict():
                yield f"{key} = {{ {', '.join(_keys(value))} }}"
            case list():
                yield f"{key} = {' '.join(map(str, value))}"
            case _:
                yield f"{key} = {value}"


def json_keys(value: Any) -> Any:
    """A table, or what stands in one, with dates as JSON has them."""
    match value:
        case dict():
            return {key: json_keys(inner) for key, inner in value.items()}
        case list():
            return [json_keys(inner) for inner in value]
        case date():
            return value.isoformat()
        case _:
            return value


def question_json(question: OpenQuestion) -> dict[str, Any]:
    """An open question for JSON: keys are only ever added."""
    return {
        "key": question.key,
        "text": question.text,
        "phases": [index + 1 for index in question.phases],
        "count": question.count or None,
        "needs_time": question.needs_time,
    }
