"""Finding a product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources.abc import Traversable

from scheduler.dosing.product import Market, Product
from scheduler.formulary.entry import Entry
from scheduler.formulary.errors import Fault, FormularyError, OtherMarketError, UnknownProductError
from scheduler.formulary.reading import read_entry
from scheduler.formulary.toml_file import read_folder
from scheduler.packaged_data import packaged_data

# Below this, another brand with other rules (Cometriq, Afinitor Disperz) would be taken for a slip.
_NEAR = 0.75


class Formulary:
    """Entries by market and name. Each name stands for one product of a market; FormularyError where not."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(sorted(entries, key=lambda entry: (entry.product.id, entry.market)))
        faults = tuple(_shared_names(self._entries))
        if faults:
            raise FormularyError(faults)
        self._by_name = {(entry.market, name): entry for entry in self._entries for name in entry.names}

    def entries(self, market: Market) -> tuple[Entry, ...]:
        """What there is for ``market``, by id."""
        return tuple(entry for entry in self._entries if entry.market is market)

    def find(self, name: str, market: Market) -> Entry:
        """The entry with the id or alias ``name``, in any case, under the label of ``market``.

        Raises OtherMarketError where only other markets have it, because one market's facts are never
        shown for another's, and UnknownProductError, with near misses, where none has it.
        """
        key = name.strip().lower()
        entry = self._by_name.get((market, key))
        if entry is not None:
            return entry
        elsewhere = tuple(other for other in Market if (other, key) in self._by_name)
        if elsewhere:
            raise OtherMarketError(name, elsewhere)
        raise UnknownProductError(name, self._near_misses(key, market))

    def of_product(self, product: Product, market: Market) -> Entry | None:
        """What is known of ``product`` for ``market``; None for a product of the patient's own."""
        return self._by_name.get((market, product.id))

    def _near_misses(self, key: str, market: Market) -> tuple[str, ...]:
        names = [name for of_market, name in self._by_name if of_market is market]
        return tuple(get_close_matches(key, names, cutoff=_NEAR))


@cache
def load_formulary() -> Formulary:
    """The formulary that dosecal ships, read once."""
    return read_formulary(packaged_data() / "formulary")


def read_formulary(folder: Traversable) -> Formulary:
    """The entries in the ``*.toml`` files of ``folder``. Raises FormularyError with the faults of all."""
    return Formulary(read_folder(folder, read_entry))


def _shared_names(entries: Iterable[Entry]) -> Iterator[Fault]:
    holders: dict[tuple[Market, str], Entry] = {}
    for entry in entries:
        for name in entry.names:
            holder = holders.setdefault((entry.market, name), entry)
            if holder is not entry:
                file = f"{entry.product.id}.{entry.market}.toml"
                text = f"already stands for {holder.product.id}"
                yield Fault(file=file, path="aliases", value=repr(name), text=text)
