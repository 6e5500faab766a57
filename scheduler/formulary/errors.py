"""How the formulary says no.

::

    InputError
    ├── UnknownProductError     nothing of that name
    │   └── OtherMarketError    known, but not for this market
    └── FormularyError          the files themselves, with every fault found in them

The message of an unknown product names no medicine, because messages end up in logs; whoever talks to
the person who asked words it from ``name`` and ``suggestions``.
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.dosing.product import Market
from scheduler.errors import InputError


class UnknownProductError(InputError):
    """``name`` is as it was asked for; ``suggestions`` are ids and aliases like it, the nearest first."""

    def __init__(self, name: str, suggestions: tuple[str, ...]) -> None:
        super().__init__('the formulary has no product of that name; another is written product = "custom"')
        self.name = name
        self.suggestions = suggestions


class OtherMarketError(UnknownProductError):
    """The formulary has ``name`` for ``markets`` alone; their facts do not hold elsewhere."""

    def __init__(self, name: str, markets: tuple[Market, ...]) -> None:
        super().__init__(name, ())
        self.args = (f"the formulary has that product for these markets alone: {', '.join(markets)}",)
        self.markets = markets


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """``path`` is the key's path in ``file``, empty for the file as a whole; ``value`` as it stands there."""

    file: str
    path: str
    value: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        return f"{place} = {self.value}: {self.text}" if self.value else f"{place}: {self.text}"


class FormularyError(InputError):
    """The files of the formulary are wrong; one line for each fault."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
