"""How large a page can be set so that it stays a page.

Typst could be asked to try, but each try sets the whole page. Nor is it asked how tall a week is, which it
finds out by setting it twice: where a month has room, its weeks are told their height. Where it has none at
any size, the table goes on on the next page; nothing is cut off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scheduler.paper.letter_widths import BOLD, ems, lines
from scheduler.paper.long_words import is_breakable, unbroken_pieces
from scheduler.paper.page_size import LANDSCAPE_MM, MARGINS_MM, MM_PER_POINT, SCALES
from scheduler.paper.sheet import CalendarDay, CalendarDose, DoseGroup, MedicineNotes, PaperSize, TextSize
from scheduler.paper.site_lines import pieces, unbroken

_LARGEST, _STEP = 12.0, 0.25
# Of what is printed, whatever the scale: below it nobody reads it.
_SMALLEST = 6.0
# Who asks for large text reads no smaller one: a month without room for it takes two pages, if that helps.
_LARGE_AT_LEAST, _HELPS = 10.0, 1.1
# From this size on text is rather smaller than that a dose's line breaks.
_LARGE_ENOUGH = 8.5
# So much of its size it gives up that the name of a site breaks less often.
_NEARLY = 0.92
# Letters are reckoned to a twentieth, and some words come out 4 % too narrow; a line that breaks after all
# would run into the week below.
_ALLOWANCE = 1.04
# From a line to the next, in ems: of a name, of a dose with its box, of a note.
_NAME_LINE, _DOSE_LINE, _NOTE_LINE = 1.07, 1.2, 1.05
# Head, foot, the month and the weekdays; they grow with the text, but for what stands around the weekdays.
_HEAD_MM, _WEEKDAYS_MM = 26.5, 2.3
_PADDING_MM = 2.2
# Weeks of a part of a month are no taller than those of the shortest whole month, unless they have to be.
_FEWEST_WEEKS = 4
# The number of a day, in points.
_DAY_LINE = 8.0
# The box to tick and the gap behind it, and how far what goes on on another line is indented, in ems.
_BOX, _INDENT = 1.15, 1.1
# Around a group, in points: the gap above it; of a depot the frame, from side to side and from top to bottom.
_GAP, _FRAME_WIDTH, _FRAME_HEIGHT = 1.5, 5.0, 8.5
# Within the frame, for letters that reach below the line, in ems.
_DESCENT = 0.27
# Of what to know: the sizes to choose from, and what its headings take in lines of the text.
_NOTES_POINTS = (11.5, 11.0, 10.5, 10.0, 9.5, 9.0)
_NOTES_HEAD_MM = 15.0
_NOTES_LINE_HEIGHT = 1.18
_TITLE_LINES, _HEADING_LINES = 2.3, 1.9
_BULLET = 1.2
_SOURCE = 0.8

Words = tuple[float, ...]
"""How wide they are, in ems."""
Weeks = Sequence[Sequence[CalendarDay | None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """``points`` before the scale of the text; ``row_mm``: how tall a week is, 0 for what it needs.

    ``whole``: no dose's line breaks. ``sites``: each site, with spaces that do not break
    where its line must not.
    """

    points: float
    row_mm: float
    whole: bool
    sites: Mapping[str, str]


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
        return all(lines(words, room) == 1 for words, room in self._dose_lines())

    @property
    def hold_every_word(self) -> bool:
        """Whether no amount, and no word that is not broken, is wider than its cell."""
        groups = (group for day in self.days for group in day.groups)
        if any(_widest_of(group) > self._room(group) for group in groups):
            return False
        return self.are_whole or all(max(words) <= room - _INDENT for words, room in self._dose_lines())

    @property
    def sites(self) -> Mapping[str, str]:
        """Each site as its line may break."""
        groups = [group for day in self.days for group in day.groups]
        # A frame leaves less room: what is given in both ways is broken as within it.
        groups.sort(key=lambda group: group.depot)
        return {d.site: unbroken(d.site, self._room(g) - _INDENT) for g in groups for d in g.doses if d.site}

    @property
    def breaks(self) -> int:
        """How often a line may break within the name of a site."""
        return sum(site.count(" ") for site in self.sites.values())

    def _dose_lines(self) -> Iterator[tuple[Words, float]]:
        """Of each dose the widths of what is not broken, and the width that there is."""
        for group in (group for day in self.days for group in day.groups):
            room = self._room(group)
            yield from ((_dose_widths(dose, room), room) for dose in group.doses)

    def _height(self, day: CalendarDay) -> float:
        noted = sum(lines([ems(word) * BOLD for word in note.split()], self._room()) for note in day.notes)
        return noted * self.points * _NOTE_LINE + sum(map(self._group_height, day.groups))

    def _group_height(self, group: DoseGroup) -> float:
        room = self._room(group)
        named = lines(_name_widths(group), room) * _NAME_LINE
        dosed = sum(_lines(_dose_widths(dose, room), room) for dose in group.doses) * _DOSE_LINE
        frame = _FRAME_HEIGHT + _DESCENT * self.points if group.depot else 0.0
        return (named + dosed) * self.points + _GAP + frame

    def _room(self, group: DoseGroup | None = None) -> float:
        """In ems."""
        return (self.width - (_FRAME_WIDTH if group and group.depot else 0.0)) / (self.points * _ALLOWANCE)


def pages(weeks: Weeks, paper: PaperSize, size: TextSize) -> list[tuple[Weeks, Fit]]:
    """The weeks of a month on one page, or in large text on two, where it would not be large on one."""
    one = fit(weeks, paper, size)
    if size is not TextSize.LARGE or one.points * SCALES[size] >= _LARGE_AT_LEAST:
        return [(weeks, one)]
    half = -(-len(weeks) // 2)
    two = [(part, fit(part, paper, size)) for part in (weeks[:half], weeks[half:]) if part]
    return two if min(room.points for _, room in two) >= one.points * _HELPS else [(weeks, one)]


def fit(weeks: Weeks, paper: PaperSize, size: TextSize) -> Fit:
    """The largest size at which every week has room; the smallest where none has."""
    scale = SCALES[size]
    cell = ((LANDSCAPE_MM[paper][0] - MARGINS_MM[0]) / 7 - _PADDING_MM) / MM_PER_POINT
    row = _row_mm(len(weeks), paper, scale)
    room = row / MM_PER_POINT - _DAY_LINE * scale
    days = _distinct(weeks)
    cells = {points: _Cells(days=days, points=points * scale, width=cell) for points in _sizes(scale)}
    fitting = [points for points, tried in cells.items() if tried.tallest <= room and tried.hold_every_word]
    whole = (points for points in fitting if points >= _LARGE_ENOUGH and cells[points].are_whole)
    nearly = (points for points in fitting if points >= fitting[0] * _NEARLY)
    points = next(whole, min(nearly, key=lambda points: cells[points].breaks, default=min(cells)))
    needed = (cells[points].tallest + _DAY_LINE * scale) * MM_PER_POINT
    tall = min(row, max(needed, _row_mm(_FEWEST_WEEKS, paper, scale)))
    return Fit(
        points=points,
        row_mm=round(tall, 1) if fitting else 0.0,
        whole=cells[points].are_whole,
        sites=cells[points].sites,
    )


def _row_mm(weeks: int, paper: PaperSize, scale: float) -> float:
    """How tall each of so many weeks can be on a page."""
    head = MARGINS_MM[1] + _HEAD_MM * scale + _WEEKDAYS_MM
    return (LANDSCAPE_MM[paper][1] - head) / max(weeks, 1) - _PADDING_MM


def notes_points(medicines: Sequence[MedicineNotes], paper: PaperSize, size: TextSize) -> float:
    """How large what to know is set: as large as it can be on one page, else the smallest of its sizes."""
    height, width = (mm - margin for mm, margin in zip(LANDSCAPE_MM[paper], MARGINS_MM, strict=True))
    scale = SCALES[size]
    room = (height - _NOTES_HEAD_MM * scale) / MM_PER_POINT
    fitting = (p for p in _NOTES_POINTS if _notes_height(medicines, p * scale, width / MM_PER_POINT) <= room)
    return next(fitting, _NOTES_POINTS[-1])


def _sizes(scale: float) -> Iterator[float]:
    """From the largest on."""
    return (_LARGEST - _STEP * n for n in range(int((_LARGEST - _SMALLEST / scale) / _STEP) + 1))


def _distinct(weeks: Weeks) -> Sequence[CalendarDay]:
    """Each day that says something of its own: most days of a month say the same."""
    days = {(day.notes, day.groups): day for week in weeks for day in week if day}
    return tuple(days.values())


def _lines(words: Words, room: float) -> int:
    return 1 if lines(words, room) == 1 else lines(words, room - _INDENT)


def _dose_widths(dose: CalendarDose, room: float) -> Words:
    begins = ems(dose.time) * BOLD + (_BOX if dose.box else 0.0)
    return (begins, *map(ems, filter(None, (*pieces(dose.site, room - _INDENT), dose.state))))


def _name_widths(group: DoseGroup) -> Iterator[float]:
    yield from (ems(word) * (BOLD if group.depot else 1.0) for word in unbroken_pieces(group.name))
    # The amount is not broken, nor is what says that it is new.
    yield ems(group.amount) * BOLD
    if group.changed:
        yield ems(group.changed) * BOLD


def _widest_of(group: DoseGroup) -> float:
    """Of its amount and of the words of its name that are not broken, in bold."""
    words = (piece for piece in unbroken_pieces(group.name) if not is_breakable(piece))
    return max(map(ems, (group.amount, *words))) * BOLD


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
