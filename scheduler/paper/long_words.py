"""Words that are longer than a narrow column: they may be broken after a hyphen, else anywhere."""

from __future__ import annotations

import re
from functools import lru_cache

from scheduler.dosing.product import Product

# Up to so many letters a word stands in one line; the template of the calendar has the same number.
_LONGEST = 16
# A zero-width space: a line may break there, and nothing is seen of it.
_MAY_BREAK = "\u200b"
_PIECE = re.compile(r"[^-]*-|[^-]+")


def printed_name(product: Product) -> str:
    """The name of ``product`` as it stands in a column."""
    return breakable(product.name)


@lru_cache(maxsize=1024)
def breakable(text: str) -> str:
    """``text`` with a place to break after each letter of what is too long for a line."""
    return " ".join("".join(map(_broken, _pieces_of(word))) for word in text.split(" "))


@lru_cache(maxsize=1024)
def unbroken_pieces(text: str) -> tuple[str, ...]:
    """What stands in a line undivided, if it has room; a longer piece has its places to break in it."""
    return tuple(piece for word in text.split() for piece in _pieces_of(word))


def is_breakable(piece: str) -> bool:
    """Whether a line may break within ``piece``."""
    return _MAY_BREAK in piece


def _pieces_of(word: str) -> list[str]:
    """After each hyphen of a long word there is one."""
    letters = word.replace(_MAY_BREAK, "")
    return _PIECE.findall(word) if len(letters) > _LONGEST else [word]


def _broken(piece: str) -> str:
    return _MAY_BREAK.join(piece) if len(piece) > _LONGEST else piece
