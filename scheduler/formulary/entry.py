"""What is known of one product in one market, worded for the person who takes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.dosing.product import Market, Product, Source

UNVERIFIED = "unverified, ask your team"
"""What stands in place of a source."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcedText:
    """``text`` is one or more sentences for a patient. ``source`` None: nothing verified says so."""

    text: str
    source: Source | None

    def __str__(self) -> str:
        return f"{self.text} ({self.source or UNVERIFIED})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """The facts of ``product`` under the label of ``market``; none is borrowed from another market.

    ``aliases`` are brand names in lower case with hyphens. ``late`` is what to do about a late dose.
    What no source states for the market is empty or None: it is unknown, not known to be absent.
    """

    product: Product
    ingredient: str
    form: str
    market: Market
    aliases: tuple[str, ...]
    preparation: tuple[SourcedText, ...]
    food: SourcedText | None
    late: SourcedText
    purpose: SourcedText | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All that the product answers to: its id, then its aliases."""
        return (self.product.id, *self.aliases)


def guidance(entry: Entry) -> tuple[str, ...]:
    """Sentences for a calendar: preparation, food, a late dose, each ending with its source in brackets.

    ``purpose`` is left out: it names the illness, and a calendar is seen by others.
    """
    return tuple(str(text) for text in _guiding(entry))


def _guiding(entry: Entry) -> Iterator[SourcedText]:
    yield from entry.preparation
    if entry.food is not None:
        yield entry.food
    yield entry.late
