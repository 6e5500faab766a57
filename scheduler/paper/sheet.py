"""What a printed schedule says, word for word; how it is set is the templates' affair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class PaperSize(StrEnum):
    """What the printer holds."""

    A4 = "a4"
    LETTER = "letter"


class TextSize(StrEnum):
    """LARGE is for those who see less well: three tenths more than NORMAL."""

    NORMAL = "normal"
    LARGE = "large"


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarDose:
    """A dose in a day's cell. ``box``: to tick; ``struck``: not to be given; ``state``: what became of it."""

    time: str
    site: str
    state: str
    box: bool
    struck: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseGroup:
    """The doses of one day that are of one medicine and amount. ``depot``: it is given every so many weeks.

    ``changed`` says that the amount is another than that of the dose before, "" where it is not.
    """

    name: str
    amount: str
    depot: bool
    changed: str
    doses: tuple[CalendarDose, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarDay:
    """``held``: everything of the day is withheld."""

    number: str
    notes: tuple[str, ...]
    held: bool
    groups: tuple[DoseGroup, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarMonth:
    """A month on its page, or half of one. ``weeks`` have seven days each, None for those of another month.

    ``points``: how large it is set; ``row_mm``: how tall a week is, 0 where each takes what it needs;
    ``whole``: no dose takes more than a line; ``sites``: how the name of each site may be broken into lines.
    """

    name: str
    weekdays: tuple[str, ...]
    weeks: tuple[tuple[CalendarDay | None, ...], ...]
    points: float
    row_mm: float
    whole: bool
    sites: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarPages:
    """A month to a page."""

    months: tuple[CalendarMonth, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LogRow:
    """A dose to tick and fill in; ``recorded``: what happened is known and stands in ``given`` already.

    ``row_mm``: its height, 0 where it takes what it needs.
    """

    day: str
    time: str
    begins_day: bool
    name: str
    amount: str
    site: str
    given: str
    remark: str
    recorded: bool
    row_mm: float


class SiteState(StrEnum):
    """How a site of the body is marked."""

    NEXT = "next"
    LATER = "later"
    RESTING = "resting"


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkedSite:
    """``order``: its turn from 1, the next one; 0 where it has none."""

    id: str
    state: SiteState
    order: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyPicture:
    """Where one medicine goes. ``alt`` says in words what it shows, ``turns`` what its numbers mean."""

    name: str
    alt: str
    lines: tuple[str, ...]
    turns: str
    sites: tuple[MarkedSite, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LogPages:
    """``columns`` are the headings, ``widths_mm`` how wide they are; ``inset_y``: points above and below.

    ``hyphenate``: a heading may be. The site is left out where nothing is injected.
    """

    pictures: tuple[BodyPicture, ...]
    columns: tuple[str, ...]
    widths_mm: tuple[float, ...]
    hyphenate: bool
    inset_y: float
    rows: tuple[LogRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Something to do, ``at`` a clock time or "", and where that was read, "" where it is nobody's rule."""

    at: str
    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitPart:
    """Steps to tick under one heading."""

    heading: str
    lines: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A page for one dose that somebody comes to give. ``fields`` are to be filled in with a pen."""

    when: str
    medicine: str
    amount: str
    route: str
    place: str
    parts: tuple[VisitPart, ...]
    picture: BodyPicture | None
    fields: tuple[str, ...]
    call: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitPages:
    """In order of time."""

    visits: tuple[Visit, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A sentence and where it was read."""

    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NotesPart:
    """What belongs under one heading."""

    heading: str
    sentences: tuple[Said, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MedicineNotes:
    """What to know of one medicine."""

    name: str
    parts: tuple[NotesPart, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class QrCode:
    """``svg`` is the picture, ``caption`` what it leads to."""

    svg: str
    caption: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NotesPages:
    """What to know of each medicine on the sheet. ``points``: how large it is set."""

    medicines: tuple[MedicineNotes, ...]
    qr: QrCode | None
    points: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Kinds:
    """What each layout is called, behind the patient's name."""

    calendar: str
    log: str
    visit: str
    notes: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The patient's ``name`` as it may be broken into lines, and how large it and the clinic's are set."""

    name: str
    name_points: float
    clinic_points: float
    clinic_mm: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FixedWords:
    """What the templates say themselves. ``in_english``: that labels are quoted so, "" in English."""

    page: str
    left: str
    right: str
    front: str
    back: str
    site: str
    to_write_down: str
    in_english: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """``printed`` stands at the foot of each page: which state of the plan it shows and what it replaces.

    ``lang`` and ``region`` are those of the words (BCP 47). A layout that is None is left out.
    """

    title: str
    author: str
    patient: str
    clinic: str
    head: Head
    printed: str
    lang: str
    region: str
    paper: PaperSize
    size: TextSize
    kinds: Kinds
    words: FixedWords
    calendar: CalendarPages | None
    log: LogPages | None
    visits: VisitPages | None
    notes: NotesPages | None
