"""How wide the columns of an injection log are and how tall its rows.

A typesetter that has to find this out sets each cell three times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from scheduler.paper.letter_widths import BOLD, ems, lines
from scheduler.paper.long_words import unbroken_pieces
from scheduler.paper.page_size import LANDSCAPE_MM, MARGINS_MM, MM_PER_POINT, SCALES
from scheduler.paper.sheet import LogRow, PaperSize, TextSize

_POINTS = 8.5
# The box to tick and the gap behind it, in ems.
_BOX = 1.25
# Letters are reckoned to a twentieth, and some words come out 4 % too narrow.
_ALLOWANCE = 1.04
_INSET_X, _INSET_Y, _INSET_OF_FEW = 4.0, 4.5, 8.0
# Few doses leave room for large handwriting.
_FEW = 14
# Headings are smaller and bold; a short one that is too narrow by a hair is hyphenated.
_HEADING, _HEADING_ALLOWANCE = 0.85, 1.12
_FIRST_LINE, _NEXT_LINE = 0.75, 1.17
# Given at, lot, expiry, remarks, initials share what the first three leave.
_SHARES = (1.1, 1.0, 0.9, 1.5, 0.8)
# At most of the page, that there be room to write.
_MOST = (0.24, 0.26, 0.22)

Words = tuple[float, ...]
"""How wide the words of a line are, in ems."""


@dataclass(frozen=True, kw_only=True)
class LogColumns:
    """Of ``rows`` under ``headings``, of which the last five are to fill in; without that of the site, where
    nothing is injected. A log in large text lies on its side.
    """

    headings: Sequence[str]
    rows: Sequence[LogRow]
    paper: PaperSize
    size: TextSize

    @property
    def inset_y(self) -> float:
        """Points above and below what stands in a row."""
        return _INSET_Y if len(self.rows) > _FEW else _INSET_OF_FEW

    @property
    def hyphenate(self) -> bool:
        """Whether a heading has no room but with a hyphen in it."""
        return sum(self._least_mm()) > self._to_fill_in_mm()

    def widths_mm(self) -> tuple[float, ...]:
        """From the left, all together as wide as the page without its margins."""
        shares = [self._to_fill_in_mm() * share / sum(_SHARES) for share in _SHARES]
        if not self.hyphenate:
            shares = _at_least(self._least_mm(), shares)
        return tuple(round(mm, 2) for mm in (*self._read_mm, *shares))

    @cached_property
    def _read_mm(self) -> Sequence[float]:
        most = (self._room_mm * share for share in _MOST)
        return list(map(min, self._widest_mm(), most))

    def _to_fill_in_mm(self) -> float:
        """What is left for all of them."""
        return self._room_mm - sum(self._read_mm)

    def _least_mm(self) -> list[float]:
        """Of each that is to fill in: as wide as the widest word of its heading."""
        return [self._heading_mm(heading) for heading in self.headings[-len(_SHARES) :]]

    def _heading_mm(self, heading: str) -> float:
        """How wide its widest word is."""
        word = max(map(ems, heading.split()))
        return (word * BOLD * _HEADING * _HEADING_ALLOWANCE * self._em + 2 * _INSET_X) * MM_PER_POINT

    def with_heights(self) -> tuple[LogRow, ...]:
        """The rows; one that has something written in it takes what that needs."""
        room = [self._ems_of(mm) for mm in self.widths_mm()[: -len(_SHARES)]]
        return tuple(
            row if row.given or row.remark else replace(row, row_mm=self._height_mm(row, room))
            for row in self.rows
        )

    def _widest_mm(self) -> Iterator[float]:
        columns = zip(*map(_cells, self.rows), strict=True)
        for heading, column in zip(self.headings[: -len(_SHARES)], columns, strict=False):
            widest = max(sum(words) + ems(" ") * len(words) for cell in column for words in cell)
            widest = max(widest, ems(heading) * BOLD * _HEADING * _HEADING_ALLOWANCE)
            yield (widest * _ALLOWANCE * self._em + 2 * _INSET_X) * MM_PER_POINT

    def _height_mm(self, row: LogRow, room: Sequence[float]) -> float:
        cells = zip(_cells(row), room, strict=False)
        number = max(sum(lines(words, width) for words in cell) for cell, width in cells)
        points = (_FIRST_LINE + _NEXT_LINE * (number - 1)) * self._em + 2 * self.inset_y
        return round(points * MM_PER_POINT, 2)

    def _ems_of(self, mm: float) -> float:
        return (mm / MM_PER_POINT - 2 * _INSET_X) / (_ALLOWANCE * self._em)

    @property
    def _room_mm(self) -> float:
        return LANDSCAPE_MM[self.paper][0 if self.size is TextSize.LARGE else 1] - MARGINS_MM[0]

    @property
    def _em(self) -> float:
        return _POINTS * SCALES[self.size]


def _at_least(least: Sequence[float], widths: Sequence[float]) -> list[float]:
    """``widths``, of which those below ``least`` take what they need from what the others have to spare."""
    needed = [max(0.0, low - width) for low, width in zip(least, widths, strict=True)]
    spare = [max(0.0, width - low) for low, width in zip(least, widths, strict=True)]
    part = sum(needed) / sum(spare) if any(needed) else 0.0
    return [width + more - part * left for width, more, left in zip(widths, needed, spare, strict=True)]


def _cells(row: LogRow) -> tuple[tuple[Words, ...], ...]:
    """What stands in the first three columns, line by line."""
    planned = (_BOX + ems(row.time) * BOLD, *map(ems, row.day.split()))
    amount = tuple(ems(word) * BOLD for word in row.amount.split())
    return (
        (planned,),
        (tuple(map(ems, unbroken_pieces(row.name))), amount),
        (tuple(map(ems, row.site.split())),),
    )
