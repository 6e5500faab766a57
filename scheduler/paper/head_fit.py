"""How large the names at the head of a page are set, so that long ones stay on the paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scheduler.paper.letter_widths import BOLD, ems, lines
from scheduler.paper.long_words import breakable, unbroken_pieces
from scheduler.paper.page_size import LANDSCAPE_MM, MARGINS_MM, MM_PER_POINT, SCALES
from scheduler.paper.sheet import Head, Kinds, PaperSize, TextSize

# In points, before the scale of the text. The template has the size of the layout's name too.
_NAME_SIZES = (15.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0)
_CLINIC_SIZES = (9.0, 8.0, 7.0, 6.0)
_KIND_POINTS = 10.0
# Of the width of an upright page, at most; between the two names.
_CLINIC_SHARE, _GUTTER_MM = 0.45, 4.0
# Letters are reckoned to a twentieth, and some words come out 4 % too narrow.
_ALLOWANCE = 1.04
# From a line to the next, in ems.
_LAST_LINE, _OTHER_LINE = 0.95, 1.17
# Above the line under the names, without the edge on which no printer prints.
_ROOM_MM, _ROOM_POINTS = 1.5, 26.0


def head_of(patient: str, clinic: str, kinds: Kinds, paper: PaperSize, size: TextSize) -> Head:
    """``clinic`` and ``patient`` as they stand beside each other on every page."""
    scale = SCALES[size]
    width = (LANDSCAPE_MM[paper][1] - MARGINS_MM[0]) / MM_PER_POINT / scale
    height = _ROOM_MM / MM_PER_POINT / scale + _ROOM_POINTS
    clinic_width = min(ems(clinic) * _CLINIC_SIZES[0] * _ALLOWANCE, width * _CLINIC_SHARE)
    clinic_sizes = _fitting(_CLINIC_SIZES, _words(clinic, 1.0), 0.0, clinic_width, height)
    name_width = width - clinic_width - _GUTTER_MM / MM_PER_POINT
    kind = max(map(ems, (kinds.calendar, kinds.log, kinds.visit, kinds.notes))) * _KIND_POINTS
    return Head(
        name=breakable(patient),
        name_points=next(
            _fitting(_NAME_SIZES, _words(patient, BOLD), kind, name_width, height), _NAME_SIZES[-1]
        ),
        clinic_points=next(clinic_sizes, _CLINIC_SIZES[-1]),
        clinic_mm=round(clinic_width * scale * MM_PER_POINT, 2),
    )


def _words(text: str, weight: float) -> list[float]:
    return [ems(word) * weight * _ALLOWANCE for word in unbroken_pieces(text)]


def _fitting(
    sizes: Iterable[float], words: list[float], behind: float, width: float, height: float
) -> Iterator[float]:
    """Those of ``sizes`` at which ``words`` (ems) have room, and what stands ``behind`` them (points)."""
    for points in sizes:
        number = lines((*words, behind / points), width / points)
        last = max(points, _KIND_POINTS if behind else 0.0)
        if _LAST_LINE * last + _OTHER_LINE * (number - 1) * points <= height:
            yield points
