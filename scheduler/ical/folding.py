"""Where content lines are folded (RFC 5545 section 3.1)."""

from __future__ import annotations

import re

_MAX_OCTETS = 75
_CUT_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\\r\n ")
_CHARACTER = re.compile(r"\\.|.")


def with_whole_escapes(written: str) -> str:
    r"""Lines as icalendar folded them, but for those that it folded between a backslash and its letter.

    The standard allows that, and a reader that looks for ``\,`` and ``\n`` before it unfolds shows a stray
    backslash.
    """
    if _CUT_ESCAPE.search(written) is None:
        return written
    lines = written.replace("\r\n ", "\0").split("\r\n")
    return "\r\n".join(_refolded(line) for line in lines)


def _refolded(line: str) -> str:
    as_it_was = line.replace("\0", "\r\n ")
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
    return "\r\n ".join([*pieces, piece])
