"""Finding a protocol."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib.resources.abc import Traversable

from scheduler.dosing.product import Market
from scheduler.errors import InputError
from scheduler.formulary.toml_file import read_folder
from scheduler.packaged_data import packaged_data
from scheduler.protocols.protocol import Protocol
from scheduler.protocols.reading import read_protocol


class Protocols:
    """Protocols by market and id."""

    def __init__(self, protocols: Iterable[Protocol]) -> None:
        self._protocols = tuple(sorted(protocols, key=lambda protocol: (protocol.id, protocol.market)))

    def of(self, market: Market) -> tuple[Protocol, ...]:
        """What there is for ``market``, by id."""
        return tuple(protocol for protocol in self._protocols if protocol.market is market)

    def find(self, name: str, market: Market) -> Protocol:
        """The protocol ``name`` under the label of ``market``. Raises InputError, with near misses."""
        known = {protocol.id: protocol for protocol in self.of(market)}
        found = known.get(name.strip().lower())
        if found is None:
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            there = ", ".join(known) or "none"
            raise InputError(f"{name} is no protocol for the market {market}; there are: {there}{hint}")
        return found


@cache
def load_protocols() -> Protocols:
    """The protocols that dosecal ships, read once."""
    return read_protocols(packaged_data() / "protocols")


def read_protocols(folder: Traversable) -> Protocols:
    """The protocols in the ``*.toml`` files of ``folder``. Raises FormularyError with the faults of all."""
    return Protocols(read_folder(folder, read_protocol))
