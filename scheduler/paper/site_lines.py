"""Where the name of a site of the body may break: its side never stands alone on a line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from scheduler.paper.letter_widths import ems

_NO_BREAK_SPACE = "\u00a0"


@lru_cache(maxsize=4096)
def pieces(site: str, room: float) -> tuple[str, ...]:
    """``site`` in as few pieces as have room in a line of ``room`` ems; the last ones where none have."""
    found: tuple[str, ...] = ()
    for found in _ways(site.split()):
        if all(ems(piece) <= room for piece in found):
            break
    return found


def unbroken(site: str, room: float) -> str:
    """``site`` with spaces that do not break within its `pieces`."""
    return " ".join(piece.replace(" ", _NO_BREAK_SPACE) for piece in pieces(site, room))


def _ways(words: list[str]) -> Iterator[tuple[str, ...]]:
    """From one piece to many; the last word, mostly the side, stays with the one before."""
    number = len(words)
    if number:
        yield (" ".join(words),)
    if number > 2:
        yield words[0], " ".join(words[1:])
    if number > 3:
        half = number // 2
        yield " ".join(words[:half]), " ".join(words[half:])
        yield *words[:-2], " ".join(words[-2:])
