"""What of an order cannot be read, where, and why."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFault:
    """``column`` counts the characters of the order from 1; ``length`` of them are meant (at least 1)."""

    column: int
    length: int
    text: str


class OrderRefusedError(InputError):
    """An order that is not read, with every fault, by column.

    The message names places alone, because messages end up in logs and the words of an order are medicines;
    whoever talks to the person who wrote it words it from ``order`` and ``faults``.
    """

    def __init__(self, order: str, faults: tuple[OrderFault, ...]) -> None:
        self.order = order
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.column, fault.text)))
        places = ", ".join(str(fault.column) for fault in self.faults)
        super().__init__(f"the order cannot be read at column {places}")


class Faults:
    """Collects the faults of one order."""

    def __init__(self) -> None:
        self.found: list[OrderFault] = []

    def add(self, column: int, length: int, text: str) -> None:
        """Note one fault."""
        self.found.append(OrderFault(column=column, length=max(1, length), text=text))
