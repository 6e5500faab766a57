"""Text from people, made fit for the TEXT of RFC 5545 section 3.3.11.

Done before `icalendar` sees it, because the library lets control characters pass and several clients
then drop the event, drop the feed or read the rest of the line as a property of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
# Marks that turn the reading direction, the byte order mark, non-characters, and halves of surrogate pairs,
# which have no UTF-8 form.
_UNWANTED = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
# icalendar writes a backslash and an N as a line break, and careless readers do so with a small n.
_FALSE_BREAK = re.compile(r"\\(?=[Nn])")
_ELLIPSIS = "…"


def line(text: str, limit: int) -> str:
    """``text`` on one line, NFC, of at most ``limit`` characters, cut at a word."""
    return _cut(_clean(text), limit)


def paragraph(sentences: Iterable[str], limit: int) -> str:
    """Each of ``sentences`` on a line of its own, at most ``limit`` characters in all, cut at a word."""
    cleaned = (_clean(sentence) for sentence in sentences)
    return _cut("\n".join(_ended(sentence) for sentence in cleaned if sentence), limit)


@lru_cache(maxsize=4096)
def _clean(text: str) -> str:
    visible = _UNWANTED.sub("", text)
    one_line = _BREAKS.sub(" ", visible).strip()
    # Last, because only what has been taken out above can bring the two characters together.
    return _FALSE_BREAK.sub(r"\\ ", unicodedata.normalize("NFC", one_line))


def fitting(sentences: Iterable[str], limit: int) -> list[str]:
    """The first of ``sentences`` that stand whole in a paragraph of at most ``limit`` characters.

    For what must not be cut: "if it is nearer, skip" says the contrary of what it goes on to say.
    """
    kept: list[str] = []
    room = limit
    for sentence in filter(None, map(_clean, sentences)):
        room -= len(_ended(sentence)) + 1
        if room < -1:
            break
        kept.append(sentence)
    return kept


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?…" else f"{sentence}."


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    room = text[:limit]
    words = re.match(r"(.*\S)\s", room, re.DOTALL)
    return (words[1] if words else room[:-1]) + _ELLIPSIS
