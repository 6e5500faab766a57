"""Where content lines are folded (RFC 5545 section 3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from icalendar.parser import Contentline

FOLD = "\r\n "
_MAX_OCTETS = 75
# icalendar keeps one octet free, on the first line of a fold as on the others, which begin with a space.
_ROOM = _MAX_OCTETS - 1
# Before a fold icalendar moves these to the next line, but not always.
_MOVED = (b"\\", b"^")
_CUT_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\\r\n ")
_CHARACTER = re.compile(r"\\.|.")


def folded(line: str) -> str:
    """``line``, which has no end yet, folded as icalendar would, but for what `with_whole_escapes` changes.

    The library looks at each character by itself, so it is asked only where a fold might come between two
    that belong together.
    """
    data = line.encode()
    if len(data) <= _ROOM:
        return line
    *pieces, last = _pieces(data)
    if any(piece.endswith(_MOVED) for piece in pieces):
        by_the_library: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]
        return with_whole_escapes(by_the_library.decode())
    return b"\r\n ".join([*pieces, last]).decode()


def with_whole_escapes(written: str) -> str:
    r"""Lines as icalendar folded them, but for those that it folded between a backslash and its letter.

    The standard allows that, and a reader that looks for ``\,`` and ``\n`` before it unfolds shows a stray
    backslash.
    """
    if _CUT_ESCAPE.search(written) is None:
        return written
    lines = written.replace(FOLD, "\0").split("\r\n")
    return "\r\n".join(_refolded(line) for line in lines)


def _pieces(data: bytes) -> Iterator[bytes]:
    """``data``, which is UTF-8, in pieces of at most 74 octets that split no character."""
    at = 0
    while len(data) - at > _ROOM:
        cut = at + _ROOM
        while data[cut] & 0b1100_0000 == 0b1000_0000:
            cut -= 1
        yield data[at:cut]
        at = cut
    yield data[at:]


def _refolded(line: str) -> str:
    as_it_was = line.replace("\0", FOLD)
    return as_it_was if _CUT_ESCAPE.search(as_it_was) is None else _folded(line.replace("\0", ""))


def _folded(line: str) -> str:
    pieces, piece, room = [], "", _MAX_OCTETS
    for character in _CHARACTER.findall(line):
        octets = len(character.encode())
        if octets > room:
            pieces.append(piece)
            piece, room = "", _MAX_OCTETS - 1
        piece += character
        room -= octets
    return FOLD.join([*pieces, piece])
