"""What is reckoned and not asked of Typst: that a month has a page, and a row holds what stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from pypdf import PageObject, PdfReader

from scheduler.formulary.formulary import load_formulary
from scheduler.paper.language import LanguageCode
from scheduler.paper.letter_widths import ems
from scheduler.paper.log_columns import LogColumns
from scheduler.paper.page_fit import fit, pages
from scheduler.paper.page_size import MM_PER_POINT, SCALES
from scheduler.paper.printing import Layout
from scheduler.paper.sheet import (
    CalendarDay,
    CalendarDose,
    CalendarMonth,
    DoseGroup,
    LogRow,
    PaperSize,
    Sheet,
    TextSize,
)
from scheduler.paper.typesetter import typeset
from scheduler.planfile.reading import read_plan_file
from tests.paper.conftest import ToSheet

DEMO = sorted((Path(__file__).parents[2] / "data" / "demo").glob("*.toml"))
FIRST, NOW, SINCE = date(2026, 10, 5), "2026-10-05T00:01-04:00", "Oct 2, 2026, 08:30"
FORMS = [pytest.param(paper, size, id=f"{paper}-{size}") for paper, size in product(PaperSize, TextSize)]
# Of the size of the text: as tall as a capital, and below the line.
CAPITAL, DESCENT = 0.714, 0.25

Chunk = tuple[str, float]
"""A text and how high its line stands, in points."""


def chunks(page: PageObject) -> list[Chunk]:
    """In the order in which they are read."""
    found: list[Chunk] = []

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], font: object, size: float) -> None:
        if text.strip():
            found.append((text.strip(), tm[5] * cm[3] + cm[5]))

    page.extract_text(visitor_text=visit)
    return found


def weeks_of(page: Sequence[Chunk], month: CalendarMonth) -> Iterator[list[Chunk]]:
    """What stands in each week, from the number of its first day on."""
    begin = [next(day.number for day in week if day) for week in month.weeks]
    numbers = iter([(day.number, day.number in begin) for week in month.weeks for day in week if day])
    awaited, is_first = next(numbers)
    week: list[Chunk] = []
    for text, height in page:
        if text == awaited:
            if is_first and week:
                yield week
            week = [] if is_first else week
            awaited, is_first = next(numbers, ("", False))
            week.append((text, height))
        elif week:
            week.append((text, height))
    yield week


def demonstrated(file: Path, to_sheet: ToSheet, layout: Layout, **style: object) -> Sheet:
    plan = read_plan_file(file, load_formulary()).plan
    sheet = to_sheet(plan, start=FIRST, now=NOW, layout=layout, since=SINCE, **style)
    return replace(sheet, notes=None)


@pytest.mark.parametrize(("paper", "size"), FORMS)
@pytest.mark.parametrize("code", LanguageCode)
@pytest.mark.parametrize("file", DEMO, ids=[file.stem for file in DEMO])
def test_a_month_has_its_page_and_each_week_its_row(
    file: Path, code: LanguageCode, paper: PaperSize, size: TextSize, to_sheet: ToSheet
) -> None:
    style = {"language": code, "paper": paper, "size": size}
    sheet = demonstrated(file, to_sheet, Layout.CALENDAR, end=date(2026, 12, 15), **style)
    assert sheet.calendar is not None
    assert size is TextSize.LARGE or len(sheet.calendar.months) == 3
    for page, month in zip(PdfReader(BytesIO(typeset(sheet))).pages, sheet.calendar.months, strict=True):
        assert month.row_mm
        for week in weeks_of(chunks(page), month):
            _, number = week[0]
            top = number + CAPITAL * 11 * SCALES[size] + 3
            bottom = top - month.row_mm / MM_PER_POINT - 6
            # What stands at the foot of the page is read after the last week.
            inside = [height for text, height in week if height > 9 / MM_PER_POINT + 20 * SCALES[size]]
            assert min(inside) - DESCENT * month.points * SCALES[size] > bottom


@pytest.mark.parametrize(("paper", "size"), FORMS)
@pytest.mark.parametrize("code", LanguageCode)
def test_no_heading_of_the_first_columns_is_hyphenated(
    code: LanguageCode, paper: PaperSize, size: TextSize, to_sheet: ToSheet
) -> None:
    (file,) = (file for file in DEMO if file.stem == "ivo-marin")
    style = {"language": code, "paper": paper, "size": size}
    sheet = demonstrated(file, to_sheet, Layout.LOG, end=date(2026, 10, 26), **style)
    assert sheet.log is not None
    page = {text for text, _ in chunks(PdfReader(BytesIO(typeset(sheet))).pages[0])}
    assert page >= set(sheet.log.columns[:3])


@pytest.mark.parametrize(("paper", "size"), FORMS)
@pytest.mark.parametrize("code", LanguageCode)
def test_no_heading_of_a_log_is_hyphenated(
    code: LanguageCode, paper: PaperSize, size: TextSize, to_sheet: ToSheet
) -> None:
    for file in DEMO:
        style = {"language": code, "paper": paper, "size": size}
        sheet = demonstrated(file, to_sheet, Layout.LOG, end=date(2026, 10, 26), **style)
        if sheet.log is not None:
            words = PdfReader(BytesIO(typeset(sheet))).pages[0].extract_text().split()
            assert set(words) >= {word for heading in sheet.log.columns for word in heading.split()}


@pytest.mark.parametrize(("paper", "size"), FORMS)
@pytest.mark.parametrize("code", LanguageCode)
def test_a_line_of_the_log_keeps_to_its_row(
    code: LanguageCode, paper: PaperSize, size: TextSize, to_sheet: ToSheet
) -> None:
    for file in DEMO:
        style = {"language": code, "paper": paper, "size": size}
        sheet = demonstrated(file, to_sheet, Layout.LOG, end=date(2026, 10, 26), **style)
        if sheet.log is None:
            continue
        rows = list(sheet.log.rows)
        foot = 9 / MM_PER_POINT + 20 * SCALES[size]
        for page in PdfReader(BytesIO(typeset(sheet))).pages:
            bottom = 0.0
            for text, height in chunks(page):
                if rows and text == rows[0].time:
                    row = rows.pop(0)
                    top = height + CAPITAL * 8.5 * SCALES[size] + sheet.log.inset_y
                    bottom = top - row.row_mm / MM_PER_POINT if row.row_mm else 0.0
                assert height > bottom or height < foot
        assert not rows


def a_day(doses: int, name: str = "Octreotide") -> CalendarDay:
    dose = CalendarDose(time="08:00", site="upper arm left", state="", box=True, struck=False)
    group = DoseGroup(name=name, amount="50 micrograms", depot=False, changed="", doses=(dose,) * doses)
    return CalendarDay(number="1", notes=(), held=False, groups=(group,))


def test_a_fuller_day_is_set_smaller_until_it_has_no_room() -> None:
    found = [fit([[a_day(doses)]] * 5, PaperSize.A4, TextSize.NORMAL) for doses in (1, 4, 8, 40)]
    assert [room.points for room in found] == sorted((room.points for room in found), reverse=True)
    assert found[0].points > found[2].points > found[3].points
    assert [bool(room.row_mm) for room in found] == [True, True, True, False]


def test_a_site_that_has_room_in_a_line_stands_in_one(to_sheet: ToSheet) -> None:
    (file,) = (file for file in DEMO if file.stem == "amara-osei")
    sheet = demonstrated(file, to_sheet, Layout.CALENDAR, end=date(2026, 12, 15), paper=PaperSize.LETTER)
    assert sheet.calendar is not None
    assert not all(month.whole for month in sheet.calendar.months)
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(typeset(sheet))).pages)
    assert "upper arm left" in text.replace("\u00a0", " ")
    assert not [line for line in text.splitlines() if line.split()[-1:] == ["upper"]]


def test_a_site_of_a_depot_is_broken_as_its_frame_has_room() -> None:
    day, site = a_day(1), "aaaa aaaa aaaa"
    dose = replace(day.groups[0].doses[0], site=site)
    plain, depot = (replace(day.groups[0], depot=is_depot, doses=(dose,)) for is_depot in (False, True))

    def breaks(*groups: DoseGroup) -> int:
        return fit([[replace(day, groups=groups)]], PaperSize.LETTER, TextSize.NORMAL).sites[site].count(" ")

    assert (breaks(plain), breaks(depot)) == (0, 1)
    assert breaks(depot, plain) == breaks(plain, depot) == 1


@pytest.mark.parametrize("size", TextSize)
def test_a_letter_that_reaches_below_the_line_stays_in_the_frame_of_its_depot(
    size: TextSize, to_sheet: ToSheet
) -> None:
    (file,) = (file for file in DEMO if file.stem == "elif-yilmaz")
    sheet = demonstrated(file, to_sheet, Layout.CALENDAR, end=date(2026, 10, 20), size=size)
    assert sheet.calendar is not None
    frame: list[float] = []
    width: list[float] = []

    def follow(operator: bytes, operands: Sequence[float], cm: Sequence[float], tm: Sequence[float]) -> None:
        if operator == b"w":
            width[:] = [float(operands[0])]
        elif operator in (b"m", b"l") and width == [pytest.approx(1.4)]:
            frame.append(float(operands[1]) * cm[3] + cm[5])

    page = PdfReader(BytesIO(typeset(sheet))).pages[0]
    page.extract_text(visitor_operand_before=follow)
    (lowest,) = (height for text, height in chunks(page) if text.startswith("gluteal"))
    assert min(frame) < lowest - DESCENT * sheet.calendar.months[0].points * SCALES[size] < max(frame)


def test_the_weeks_of_a_part_of_a_month_are_no_taller_than_those_of_a_whole_one() -> None:
    short, whole = (fit([[a_day(1)]] * weeks, PaperSize.A4, TextSize.NORMAL) for weeks in (1, 4))
    assert short.row_mm == whole.row_mm
    full = fit([[a_day(20)]], PaperSize.A4, TextSize.NORMAL)
    assert full.row_mm > whole.row_mm
    assert full.points > fit([[a_day(20)]] * 4, PaperSize.A4, TextSize.NORMAL).points


def test_a_month_in_large_text_takes_two_pages_where_that_makes_it_larger() -> None:
    weeks = [[a_day(doses)] for doses in (4, 4, 3, 4, 4)]
    (whole,) = pages(weeks, PaperSize.LETTER, TextSize.NORMAL)
    assert whole == (weeks, fit(weeks, PaperSize.LETTER, TextSize.NORMAL))
    one = fit(weeks, PaperSize.LETTER, TextSize.LARGE)
    (first, room), (second, room_of_second) = pages(weeks, PaperSize.LETTER, TextSize.LARGE)
    assert [*first, *second] == weeks
    assert (len(first), len(second)) == (3, 2)
    assert min(room.points, room_of_second.points) >= 1.1 * one.points
    assert len(pages([[a_day(1)]] * 5, PaperSize.LETTER, TextSize.LARGE)) == 1


def test_a_month_in_two_pages_says_so_on_both(to_sheet: ToSheet) -> None:
    (file,) = (file for file in DEMO if file.stem == "carmen-diaz")
    style = {"paper": PaperSize.LETTER, "size": TextSize.LARGE, "end": date(2026, 11, 30)}
    sheet = demonstrated(file, to_sheet, Layout.CALENDAR, **style)
    assert sheet.calendar is not None
    names = [month.name for month in sheet.calendar.months]
    assert names == ["October 2026 (1/2)", "October 2026 (2/2)", "November 2026 (1/2)", "November 2026 (2/2)"]


def test_no_word_is_wider_than_its_cell() -> None:
    long = a_day(1)
    wide = replace(long.groups[0].doses[0], site=f"{'w' * 7} {'w' * 7}")
    day = replace(long, groups=(replace(long.groups[0], doses=(wide,)),))
    room = fit([[day]], PaperSize.A4, TextSize.NORMAL)
    assert room.row_mm
    assert room.points < fit([[long]], PaperSize.A4, TextSize.NORMAL).points


def test_an_amount_is_not_broken() -> None:
    day = a_day(1)
    amount = "1500000 micrograms"
    wide = replace(day, groups=(replace(day.groups[0], amount=amount, doses=()),))
    room = fit([[wide]], PaperSize.LETTER, TextSize.LARGE)
    cell = ((279.4 - 24) / 7 / MM_PER_POINT) - 6
    assert room.row_mm
    assert room.points < 12
    assert ems(amount) * 1.05 * room.points * 1.3 < cell


def test_what_goes_on_under_the_time_has_room_beside_the_gap_before_it() -> None:
    long = a_day(1)
    site = "glúteo izquierdo"
    depot = replace(long.groups[0], depot=True, doses=(replace(long.groups[0].doses[0], site=site),))
    room = fit([[replace(long, groups=(depot,))]] * 5, PaperSize.A4, TextSize.NORMAL)
    cell = ((297 - 24) / 7 / MM_PER_POINT) - 6
    assert not room.whole
    assert (ems(site) + 1.1) * room.points < cell - 4


def test_a_log_without_sites_has_room_for_the_heading_of_sites() -> None:
    row = LogRow(
        day="Mon, Oct 5",
        time="08:00",
        begins_day=True,
        name="Everolimus",
        amount="10 mg",
        site="",
        given="",
        remark="",
        recorded=False,
        row_mm=0.0,
    )
    headings = ("Planned", "Medicine", "Site", "Given at", "Lot", "Expiry", "Reaction, remarks", "Initials")
    columns = LogColumns(headings=headings, rows=(row,), paper=PaperSize.A4, size=TextSize.NORMAL)
    widths = columns.widths_mm()
    assert sum(widths) == pytest.approx(210 - 24, abs=0.1)
    assert widths[2] / MM_PER_POINT > ems("Site") * 8.5 * 0.85 + 8
    (measured,) = columns.with_heights()
    assert measured.row_mm / MM_PER_POINT == pytest.approx(2 * 8 + 1.92 * 8.5, abs=0.1)
    (filled,) = replace(columns, rows=(replace(row, given="Oct 5, 2026, 08:10"),)).with_heights()
    assert filled.row_mm == 0
