"""How large a page can be set so that it stays a page.

Typst could be asked to try, but each try sets the whole page. Where the reckoning is wrong, or a month has no
room at any size, the table goes on on the next page; nothing is cut off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scheduler.paper.letter_widths import BOLD, ems, lines
from scheduler.paper.sheet import CalendarDay, CalendarDose, DoseGroup, MedicineNotes, PaperSize, TextSize

_MM_PER_POINT = 0.3528
_LINE_HEIGHT = 1.12
_LARGEST, _SMALLEST, _STEP = 12.0, 6.0, 0.5
# From this size on text is rather smaller than that a dose's line breaks.
_LARGE_ENOUGH = 9.0
# Head, foot, the month's name and the weekdays; they grow with the text.
_HEAD_MM = 30.0
_MARGINS_MM = (24.0, 19.0)
_PADDING_MM = 2.4
_LANDSCAPE_MM = {PaperSize.A4: (297.0, 210.0), PaperSize.LETTER: (279.4, 215.9)}
_SCALES = {TextSize.NORMAL: 1.0, TextSize.LARGE: 1.3}
_DAY_POINTS = 11.0
# The box to tick and the gap behind it, in ems.
_BOX = 1.15
# What stands around a group, in points: the gap above it, and of a depot also its frame.
_GAP, _FRAME = 3.0, 9.0
# Of what to know: the sizes to choose from, and what its headings take in lines of the text.
_NOTES_POINTS = (11.5, 11.0, 10.5, 10.0, 9.5, 9.0)
_NOTES_HEAD_MM = 15.0
_NOTES_LINE_HEIGHT = 1.18
_TITLE_LINES, _HEADING_LINES = 2.3, 1.9
_BULLET = 1.2
_SOURCE = 0.8

Weeks = Sequence[Sequence[CalendarDay | None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """``points`` before the scale of the text; ``row_mm``: the height of a week that fills the page."""

    points: float
    row_mm: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cells:
    """``days`` at a size of ``points`` in cells ``width`` wide, also points."""

    days: Sequence[CalendarDay]
    points: float
    width: float

    @property
    def tallest(self) -> float:
        """In points, without the number of the day."""
        return max(map(self._height, self.days), default=0.0)

    @property
    def are_whole(self) -> bool:
        """Whether no dose's line breaks."""
        doses = ((group, dose) for day in self.days for group in day.groups for dose in group.doses)
        return all(self._lines(dose, self._room(group)) == 1 for group, dose in doses)

    def _height(self, day: CalendarDay) -> float:
        noted = sum(lines((ems(word) * BOLD for word in note.split()), self._room()) for note in day.notes)
        return noted * self.points * _LINE_HEIGHT + sum(map(self._group_height, day.groups))

    def _group_height(self, group: DoseGroup) -> float:
        room = self._room(group)
        number = lines(_name_widths(group), room) + sum(self._lines(dose, room) for dose in group.doses)
        return number * self.points * _LINE_HEIGHT + _GAP + (_FRAME if group.depot else 0.0)

    def _room(self, group: DoseGroup | None = None) -> float:
        """In ems."""
        return (self.width - (_FRAME if group and group.depot else 0.0)) / self.points

    @staticmethod
    def _lines(dose: CalendarDose, room: float) -> int:
        begins = ems(dose.time) * BOLD + (_BOX if dose.box else 0.0)
        said = (*_site_in_pieces(dose.site), dose.state)
        return lines((begins, *map(ems, filter(None, said))), room)


def fit(weeks: Weeks, paper: PaperSize, size: TextSize) -> Fit:
    """The largest size at which every week has room; the smallest where none has."""
    width, height = _LANDSCAPE_MM[paper]
    scale = _SCALES[size]
    cell = ((width - _MARGINS_MM[0]) / 7 - _PADDING_MM) / _MM_PER_POINT
    row = (height - _MARGINS_MM[1] - _HEAD_MM * scale) / max(len(weeks), 1) - _PADDING_MM
    room = row / _MM_PER_POINT - _DAY_POINTS * scale * _LINE_HEIGHT
    days = _distinct(weeks)
    cells = {points: _Cells(days=days, points=points * scale, width=cell) for points in _sizes()}
    fitting = [points for points in cells if cells[points].tallest <= room]
    whole = (points for points in fitting if points >= _LARGE_ENOUGH and cells[points].are_whole)
    return Fit(points=next(whole, max(fitting, default=_SMALLEST)), row_mm=round(row, 1))


def notes_points(medicines: Sequence[MedicineNotes], paper: PaperSize, size: TextSize) -> float:
    """How large what to know is set: as large as it can be on one page, else the smallest of its sizes."""
    height, width = (mm - margin for mm, margin in zip(_LANDSCAPE_MM[paper], _MARGINS_MM, strict=True))
    scale = _SCALES[size]
    room = (height - _NOTES_HEAD_MM * scale) / _MM_PER_POINT
    fitting = (p for p in _NOTES_POINTS if _notes_height(medicines, p * scale, width / _MM_PER_POINT) <= room)
    return next(fitting, _NOTES_POINTS[-1])


def _sizes() -> Iterator[float]:
    """From the largest on."""
    return (_LARGEST - _STEP * n for n in range(int((_LARGEST - _SMALLEST) / _STEP) + 1))


def _distinct(weeks: Weeks) -> Sequence[CalendarDay]:
    """Each day that says something of its own: most days of a month say the same."""
    days = {(day.notes, day.groups): day for week in weeks for day in week if day}
    return tuple(days.values())


def _site_in_pieces(site: str) -> tuple[str, ...]:
    """As it may be broken: its last word, mostly the side, stays with the one before."""
    *words, before, side = ("", "", *site.split())
    return (*words, f"{before} {side}".strip())


def _name_widths(group: DoseGroup) -> Iterator[float]:
    yield from (ems(word) * (BOLD if group.depot else 1.0) for word in group.name.split())
    # The amount is not broken, nor is what says that it is new.
    yield ems(group.amount) * BOLD
    if group.changed:
        yield ems(group.changed) * BOLD


def _notes_height(medicines: Sequence[MedicineNotes], points: float, width: float) -> float:
    room = width / points - _BULLET
    number = 0.0
    for medicine in medicines:
        number += _TITLE_LINES + _HEADING_LINES * len(medicine.parts)
        number += sum(
            lines(_words(said.text, said.source), room) for part in medicine.parts for said in part.sentences
        )
    return number * points * _NOTES_LINE_HEIGHT


def _words(text: str, source: str) -> Iterator[float]:
    yield from map(ems, text.split())
    yield from (_SOURCE * ems(word) for word in source.split())
