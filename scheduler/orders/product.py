"""Which product an order means: by its name and, where that is not enough, by its route."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.dosing.product import Route
from scheduler.formulary.entry import Entry
from scheduler.orders.fault import Faults
from scheduler.orders.names import Names
from scheduler.orders.statement import Statement, written

ROUTE_WORDS = {
    Route.SUBCUTANEOUS: "under the skin",
    Route.DEEP_SUBCUTANEOUS: "deep under the skin",
    Route.INTRAMUSCULAR: "into the muscle",
    Route.INTRAVENOUS: "into a vein",
    Route.ORAL: "by mouth",
}


def product_of(
    names_said: Sequence[Statement], route: Statement | None, names: Names, faults: Faults
) -> Entry | None:
    """The product that all of ``names_said`` can mean, given by ``route`` if that is said.

    None where none is named, or ``faults`` say why.
    """
    entries = _meant_by_all(names_said, names, faults)
    fitting = [entry for entry in entries if route is None or entry.product.route is route.value]
    if len(fitting) == 1:
        return fitting[0]
    if entries and route is not None and not fitting:
        _tell(route, faults, f"is not how it is given: write {_choices(entries)}")
    elif entries and not faults.found:  # what could not be read may say which
        _tell(names_said[0], faults, f"can be {_choices(entries)}: write which")
    return None


def _meant_by_all(names_said: Sequence[Statement], names: Names, faults: Faults) -> list[Entry]:
    """The products that every name can mean: a brand beside its ingredient is no second product."""
    meant: list[Entry] = []
    for number, name in enumerate(names_said):
        own = names.meant.get(name.value, ())
        if not own:
            _tell(name, faults, _unusable(name.value, names))
            return []
        common = [entry for entry in own if number == 0 or entry in meant]
        if not common:
            _tell(
                name,
                faults,
                f'is a second product, beside "{written(names_said[0].clause)}": an order says one',
            )
        meant = common or meant
    return meant


def _tell(statement: Statement, faults: Faults, text: str) -> None:
    clause = statement.clause
    faults.add(clause.column, clause.length, f'"{written(clause)}" {text}')


def _unusable(name: str, names: Names) -> str:
    if name in names.mistaken:
        return f"is not read: {names.mistaken[name]}"
    return (
        f"is known for the market {names.elsewhere[name]} alone, and its facts do not hold for {names.market}"
    )


def _choices(entries: Sequence[Entry]) -> str:
    told = (f"{entry.product.id} (given {ROUTE_WORDS[entry.product.route]})" for entry in entries)
    return " or ".join(told)
