"""Which products a name in an order can mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.dosing.product import Market
from scheduler.formulary.entry import Entry
from scheduler.formulary.formulary import Formulary


def normal(name: str) -> str:
    """Lower case, with single hyphens for all that is no letter or digit."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What is called how in ``market``; ``elsewhere`` has the market of names that are not used in it.

    ``mistaken`` has what the formulary says of names that are easily taken for one of its products.
    """

    market: Market
    meant: dict[str, tuple[Entry, ...]]
    elsewhere: dict[str, Market]
    mistaken: dict[str, str]

    @property
    def all(self) -> tuple[str, ...]:
        """Every name that is recognised, whatever comes of it."""
        return tuple(sorted({*self.meant, *self.elsewhere, *self.mistaken}))


def names_for(formulary: Formulary, market: Market) -> Names:
    """Ids, brands and ingredients; an ingredient of several products means each of them."""
    meant: dict[str, tuple[Entry, ...]] = {}
    for entry in formulary.entries(market):
        for name in (*entry.names, normal(entry.product.name)):
            meant[name] = (entry,)
    for entry in formulary.entries(market):
        ingredient = normal(entry.ingredient)
        others = meant.get(ingredient, ())
        if entry not in others and ingredient != entry.product.id:
            meant[ingredient] = (*others, entry)
    return Names(
        market=market,
        meant=meant,
        elsewhere={name: other for name, other in _elsewhere(formulary, market) if name not in meant},
        mistaken={name: text for name, text in _mistaken(formulary, market) if name not in meant},
    )


def _elsewhere(formulary: Formulary, market: Market) -> Iterator[tuple[str, Market]]:
    for other in Market:
        if other is not market:
            yield from ((name, other) for entry in formulary.entries(other) for name in entry.names)


def _mistaken(formulary: Formulary, market: Market) -> Iterator[tuple[str, str]]:
    for entry in formulary.entries(market):
        for other in entry.not_interchangeable:
            yield from ((normal(name), str(other.statement)) for name in other.names)
