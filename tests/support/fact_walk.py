"""All that an entry holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any


def walk(value: Any) -> Iterator[Any]:
    """``value`` and all values within it."""
    yield value
    if isinstance(value, tuple):
        for inner in value:
            yield from walk(inner)
    elif is_dataclass(value):
        for field in fields(value):
            yield from walk(getattr(value, field.name))
