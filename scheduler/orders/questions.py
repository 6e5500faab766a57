"""What the phases of an order leave open, and the tables with what they do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from scheduler.orders.order import OpenQuestion
from scheduler.orders.step import Phase

_START = "First date, such as 2026-12-01"
_START_AT = "Date and time of the first dose, such as 2026-12-01T07:00"


def phase_tables(phases: Sequence[Phase]) -> list[dict[str, Any]]:
    """The table of each phase, as far as the order says it."""
    tables: list[dict[str, Any]] = []
    for phase in phases:
        table = dict(phase.table)
        before = tables[-1] if tables else {}
        if phase.slots and "times" not in table and len(before.get("times", ())) == phase.slots:
            table["times"] = before["times"]  # a step that says no times keeps those before it
        tables.append(table | _begin(phase))
    return tables


def _begin(phase: Phase) -> dict[str, Any]:
    if phase.start is None:
        return {}
    if not phase.counts_hours:
        return {"start": phase.start}
    return {} if phase.first_at is None else {"start": datetime.combine(phase.start, phase.first_at)}


def open_questions(phases: Sequence[Phase], tables: Sequence[dict[str, Any]]) -> Iterator[OpenQuestion]:
    """The start, then the clock times, each asked once for the steps that share them."""
    for index, (phase, table) in enumerate(zip(phases, tables, strict=True)):
        if "start" not in table and (index == 0 or _is_begun(phase)):
            yield _start_question(phase, index)
    yield from _times_questions(phases, tables)


def _is_begun(phase: Phase) -> bool:
    """Whether a part of a later phase's beginning is said, so that the rest of it is needed."""
    return phase.counts_hours and (phase.start is not None or phase.first_at is not None)


def _start_question(phase: Phase, index: int) -> OpenQuestion:
    return OpenQuestion(
        key="start",
        text=_START_AT if phase.counts_hours and phase.first_at is None else _START,
        phases=(index,),
        needs_time=phase.counts_hours,
        on=phase.start,
        at=phase.first_at if phase.counts_hours else None,
    )


def _times_questions(phases: Sequence[Phase], tables: Sequence[dict[str, Any]]) -> Iterator[OpenQuestion]:
    asked: dict[int, list[int]] = {}
    for index, (phase, table) in enumerate(zip(phases, tables, strict=True)):
        if phase.slots and "times" not in table:
            asked.setdefault(phase.slots, []).append(index)
    for count, indexes in asked.items():
        many = f"{count} clock times, with commas between them" if count > 1 else "Clock time, such as 08:00"
        yield OpenQuestion(key="times", text=many, phases=tuple(indexes), count=count)
