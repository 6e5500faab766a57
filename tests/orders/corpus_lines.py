"""The corpus of orders, and how its expectations are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from scheduler.dosing.product import Market
from scheduler.orders.order import OpenQuestion, Reading

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    order: str
    market: Market
    expected: str


def lines(name: str) -> list[Line]:
    """``ORDER => EXPECTED`` each; a line that begins with # is a heading."""
    text = (CORPUS / name).read_text(encoding="utf-8")
    return [_line(line) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _line(line: str) -> Line:
    order, arrow, expected = line.partition(" => ")
    assert arrow, f"no => in {line!r}"
    market = Market.EU if order.startswith("[eu] ") else Market.US
    return Line(order=order.removeprefix("[eu] "), market=market, expected=expected.strip())


def notation(reading: Reading) -> str:
    """A reading as the corpus writes it."""
    table = reading.table
    place = f" ({table['setting']})" if "setting" in table else ""
    phases = " then ".join("; ".join(_phase(phase)) for phase in table["phase"])
    asked = ", ".join(_question(question) for question in reading.open)
    return f"{table['product']}{place}: {phases}" + (f" ? {asked}" if asked else "")


def _question(question: OpenQuestion) -> str:
    if question.key == "times":
        return f"{question.count} times"
    return "start with time" if question.needs_time else "start"


def _phase(phase: dict[str, Any]) -> Iterator[str]:
    yield phase["dose"]
    if "every" in phase:
        yield f"every {phase['every']}"
    if "weekdays" in phase:
        yield f"on {','.join(phase['weekdays'])}"
    if "cycle" in phase:
        yield f"cycle {','.join(phase['cycle']['on'])} of {phase['cycle']['length']}"
    if "as_needed" in phase:
        yield f"needed {', '.join(str(limit) for limit in phase['as_needed'].values())}"
    if "times" in phase:
        yield f"at {','.join(phase['times'])}"
    if "start" in phase:
        yield f"from {_date(phase['start'])}"
    yield from _end(phase)


def _date(day: date) -> str:
    return f"{day:%Y-%m-%dT%H:%M}" if isinstance(day, datetime) else day.isoformat()


def _end(phase: dict[str, Any]) -> Iterator[str]:
    yield from (f"{key} {phase[key]}" for key in ("for", "until", "doses") if key in phase)


def marked(order: str) -> tuple[str, list[int]]:
    """An order with a ^ before each fault, as the order and the columns of its faults."""
    parts = order.split("^")
    return "".join(parts), [len("".join(parts[:number])) + 1 for number in range(1, len(parts))]


def fragments(expected: str) -> Sequence[str]:
    """What the text of each fault holds, in order."""
    return [fragment.strip() for fragment in expected.split(" && ")]
