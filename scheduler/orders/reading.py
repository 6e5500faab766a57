"""From the words of an order to the table of a regimen, or to every fault in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scheduler.dosing.product import Market
from scheduler.formulary.entry import Entry
from scheduler.formulary.formulary import Formulary
from scheduler.orders.answers import answered, stand_ins
from scheduler.orders.clauses import Step, column_of, steps_of
from scheduler.orders.fault import Faults, OrderRefusedError
from scheduler.orders.grammar import clause_parser
from scheduler.orders.names import Names, names_for
from scheduler.orders.order import Reading
from scheduler.orders.product import product_of
from scheduler.orders.questions import open_questions, phase_tables
from scheduler.orders.statement import Part, Statement, statements
from scheduler.orders.step import Said, check_complete, check_timing, collected, phase_of
from scheduler.planfile.fault import PlanFileError
from scheduler.planfile.reading import parse_regimen

LONGEST = 500
"""An order of more characters is refused unread."""

_OF_THE_WHOLE = (Part.ROUTE, Part.SETTING)


def read_order(text: str, formulary: Formulary, market: Market) -> Reading:
    """Read ``text`` by the names of ``market``. Raises OrderRefusedError with every fault found.

    What the order does not say and a plan needs is left open in the reading; nothing is filled in.
    """
    faults = Faults()
    if len(text) > LONGEST:
        faults.add(LONGEST + 1, 1, f"the order goes on after {LONGEST} characters: write the rest by itself")
        raise OrderRefusedError(text, tuple(faults.found))
    reading = _read(text, names_for(formulary, market), faults)
    if reading is not None:
        _check(reading, formulary, market, faults)
    if reading is None or faults.found:
        raise OrderRefusedError(text, tuple(faults.found))
    return reading


def _read(text: str, names: Names, faults: Faults) -> Reading | None:
    steps = steps_of(text, clause_parser(names.all), names.all, faults)
    stated = [list(statements(step.clauses, faults)) for step in steps]
    said = [collected((one for one in step if one.part is not Part.PRODUCT), faults) for step in stated]
    for step in said:
        check_timing(step, faults)
    products = [one for step in stated for one in step if one.part is Part.PRODUCT]
    whole = collected((step[part] for step in said for part in _OF_THE_WHOLE if part in step), faults)
    entry = product_of(products, whole.get(Part.ROUTE), names, faults)
    if not faults.found:
        # What is missing may be what could not be read, so it is told only where all was.
        _check_complete(steps, stated, faults)
    return None if faults.found or entry is None else _reading(entry, whole, said)


def _check_complete(steps: Sequence[Step], stated: Sequence[list[Statement]], faults: Faults) -> None:
    if not any(stated):
        faults.add(1, 1, "the order says nothing: write product, dose and frequency")
        return
    if not any(one.part is Part.PRODUCT for step in stated for one in step):
        faults.add(1, 1, 'the product is missing: write its name; see "dosecal product list"')
    for index, (step, parts) in enumerate(zip(steps, stated, strict=True)):
        following = steps[index + 1 : index + 2]
        then = step.then or (following[0].then if following else None)
        if parts or then is None:
            column = step.clauses[0].column if step.clauses else 1
            said = {one.part: one for one in parts}
            check_complete(said, column=column, has_next=bool(following), faults=faults)
        else:
            text = f'"{then}" has no step on one side of it: write a dose and a frequency there'
            faults.add(column_of(then), len(then), text)


def _reading(entry: Entry, whole: Said, said: Sequence[Said]) -> Reading:
    phases = [phase_of(step) for step in said]
    tables = phase_tables(phases)
    table: dict[str, Any] = {"id": entry.product.id, "product": entry.product.id}
    if Part.SETTING in whole:
        table["setting"] = whole[Part.SETTING].value
    return Reading(table=table | {"phase": tables}, open=tuple(open_questions(phases, tables)))


def _check(reading: Reading, formulary: Formulary, market: Market, faults: Faults) -> None:
    """Whether a plan can have it, whatever the answers: not with day 30 of a cycle of 28."""
    try:
        parse_regimen(answered(reading, stand_ins(reading)), "the order", formulary, market)
    except PlanFileError as error:
        for fault in error.faults:
            faults.add(1, 1, str(fault))
