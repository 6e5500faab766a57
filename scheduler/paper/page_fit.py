"""How large a month can be set so that it stays on its page.

Typst could be asked to try, but each try sets the whole month. Where the reckoning is wrong, or a month
has no room at any size, the table goes on on the next page; nothing is cut off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from scheduler.paper.sheet import CalendarDay, DoseGroup, PaperSize, TextSize

_MM_PER_POINT = 0.3528
_LETTER_WIDTH = 0.5  # of its size, the mean of lower case, digits and spaces
_LINE_HEIGHT = 1.12
_LARGEST, _SMALLEST, _STEP = 10.5, 6.0, 0.5
# Head, foot and the month's name; they grow with the text.
_HEAD_MM = 28.0
_MARGINS_MM = (24.0, 17.0)
_PADDING_MM = 2.4
_LANDSCAPE_MM = {PaperSize.A4: (297.0, 210.0), PaperSize.LETTER: (279.4, 215.9)}
_SCALES = {TextSize.NORMAL: 1.0, TextSize.LARGE: 1.3}

Weeks = Sequence[Sequence[CalendarDay | None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """``points`` before the scale of the text; ``row_mm``: the height of a week that fills the page."""

    points: float
    row_mm: float


def fit(weeks: Weeks, paper: PaperSize, size: TextSize) -> Fit:
    """The largest size at which every week has room; the smallest where none has."""
    width, height = _LANDSCAPE_MM[paper]
    scale = _SCALES[size]
    cell = (width - _MARGINS_MM[0]) / 7 - _PADDING_MM
    row = (height - _MARGINS_MM[1] - _HEAD_MM * scale) / max(len(weeks), 1) - _PADDING_MM
    steps = int((_LARGEST - _SMALLEST) / _STEP) + 1
    sizes = [_LARGEST - _STEP * n for n in range(steps)]
    fitting = (p for p in sizes if _tallest(weeks, p * scale, cell, scale) <= row)
    return Fit(points=next(fitting, _SMALLEST), row_mm=round(row, 1))


def _tallest(weeks: Weeks, points: float, cell_mm: float, scale: float) -> float:
    letters = cell_mm / (points * _LETTER_WIDTH * _MM_PER_POINT)
    lines = max((_lines(day, letters) for week in weeks for day in week if day), default=0)
    return lines * points * _LINE_HEIGHT * _MM_PER_POINT + 11 * scale * _LINE_HEIGHT * _MM_PER_POINT


def _lines(day: CalendarDay, letters: float) -> float:
    return sum(ceil(len(said) / letters) for said in _said(day)) + 0.4 * len(day.groups)


def _said(day: CalendarDay) -> Iterable[str]:
    yield from day.notes
    for group in day.groups:
        yield from _of(group)


def _of(group: DoseGroup) -> Iterable[str]:
    yield f"{group.name} {group.amount} {group.changed}".rstrip()
    # The box to tick is two letters wide.
    yield from (f"XX {dose.time} {dose.site} {dose.state}".rstrip() for dose in group.doses)
