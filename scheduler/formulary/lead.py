"""What has to be done before a dose, and what of it a person wants to be told of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from scheduler.dosing.product import Product
from scheduler.errors import InputError
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import FoodMode

_ORDER = re.compile(r"order=(?P<days>\d{1,3})", re.ASCII)
_MOST_DAYS = 60
_ALLOWED = "'prepare', 'food' or 'order=DAYS'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """Something to do ``ahead`` of a dose: at that time, or, where it is ``by_day``, on that local date.

    ``key`` names it among those of its dose; ``title`` and ``text`` are told in full alone.
    """

    key: str
    title: str
    text: str
    ahead: timedelta
    by_day: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadChoice:
    """``prepare``: when the label says to, such as out of the fridge. ``food``: when to stop eating.

    ``order_days``: how many days before a depot to see that it is in stock; None: not at all.
    """

    prepare: bool = False
    food: bool = False
    order_days: int | None = None

    @classmethod
    def parse(cls, words: Sequence[str]) -> LeadChoice:
        """Read ``prepare``, ``food`` and ``order=7``. Raises InputError, with what is allowed."""
        days: int | None = None
        for word in words:
            match = _ORDER.fullmatch(word)
            if match is None and word not in {"prepare", "food"}:
                raise InputError(f"{word!r} is nothing to be told before a dose: write {_ALLOWED}")
            days = int(match["days"]) if match else days
        if days is not None and not 1 <= days <= _MOST_DAYS:
            raise InputError(f"'order={days}': write 1 to {_MOST_DAYS} days")
        return cls(prepare="prepare" in words, food="food" in words, order_days=days)

    def words(self) -> tuple[str, ...]:
        """What `parse` reads."""
        order = () if self.order_days is None else (f"order={self.order_days}",)
        return (("prepare",) if self.prepare else ()) + (("food",) if self.food else ()) + order

    def leads(self, product: Product, entry: Entry | None) -> tuple[Lead, ...]:
        """What is to be done before each dose of ``product``, as far as the label's ``entry`` says."""
        return (*self._from_label(entry), *self._order(product))

    def _from_label(self, entry: Entry | None) -> Iterator[Lead]:
        if entry is None:
            return
        for number, task in enumerate(entry.lead_tasks if self.prepare else (), 1):
            ahead = task.most or task.least
            yield Lead(
                key=f"prepare{number}", title="get it ready", text=f"{task.text} ({task.source})", ahead=ahead
            )
        rule = entry.food
        if self.food and rule and rule.mode is FoodMode.FASTING and rule.after_meal:
            yield Lead(key="food", title="stop eating", text=str(rule), ahead=rule.after_meal)

    def _order(self, product: Product) -> Iterator[Lead]:
        if self.order_days is not None and product.is_depot:
            yield Lead(
                key="order",
                title="see that it is in stock",
                text="Order the next package if it is not there",
                ahead=timedelta(days=self.order_days),
                by_day=True,
            )


NO_LEADS = LeadChoice()
