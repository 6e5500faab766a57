"""What reading a file of ``data/`` has in common, whatever the file is about."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from scheduler.formulary.errors import Fault, FormularyError

_Read = TypeVar("_Read")


def read_toml(file: str, octets: bytes) -> dict[str, Any]:
    """The tables in ``octets``, which are TOML in UTF-8. Raises FormularyError."""
    try:
        return tomllib.loads(octets.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FormularyError((Fault(file=file, path="", value="", text=f"is not TOML: {error}"),)) from error


def source_names(raw: Mapping[str, object]) -> frozenset[str]:
    """What the sources are called that the file describes, as far as it can be read."""
    sources = raw.get("sources")
    return frozenset(sources) if isinstance(sources, dict) else frozenset()


def misnamed(file: str, raw: Mapping[str, object], what: str) -> Iterator[Fault]:
    """The fault of a file that is not called after what it holds, ``ID.MARKET.toml``."""
    named = f"{raw.get('id')}.{raw.get('market')}.toml"
    if {"id", "market"} <= raw.keys() and file != named:
        yield Fault(file=file, path="", value="", text=f"holds the {what} of a file called {named}")


def key_path(keys: Iterable[str | int]) -> str:
    """``sites.order[0]``."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


def read_folder(folder: Traversable, read: Callable[[str, bytes], _Read]) -> list[_Read]:
    """What ``read`` makes of each ``*.toml`` file, by name. Raises FormularyError with the faults of all."""
    found: list[_Read] = []
    faults: list[Fault] = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            try:
                found.append(read(file.name, file.read_bytes()))
            except FormularyError as error:
                faults.extend(error.faults)
    if faults:
        raise FormularyError(tuple(faults))
    return found
