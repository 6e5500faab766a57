"""Names of any length in narrow columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from itertools import product

import pytest
from pypdf import PdfReader

from scheduler.paper.letter_widths import ems
from scheduler.paper.long_words import breakable, is_breakable, unbroken_pieces
from scheduler.paper.printing import Layout
from scheduler.paper.sheet import PaperSize, TextSize
from scheduler.paper.typesetter import typeset
from tests.paper.conftest import ZOE, ReadPlan, ToSheet

NAME = "Pentetreotid-Diethylentriaminpentaessigsäure-Konjugat (Prüfpräparat NCT01234567)"
OWN = ZOE.replace('product = "octreotide-sc"', f'product = "custom"\nname = "{NAME}"\nroute = "subcutaneous"')
FORMS = [pytest.param(paper, size, id=f"{paper}-{size}") for paper, size in product(PaperSize, TextSize)]


def test_a_name_of_usual_length_is_left_as_it_is() -> None:
    assert breakable("Octreotide (short-acting)") == "Octreotide (short-acting)"
    assert unbroken_pieces("Octreotide (short-acting)") == ("Octreotide", "(short-acting)")


def test_a_long_word_may_be_broken_after_its_hyphens_else_anywhere() -> None:
    pieces = unbroken_pieces(breakable(NAME))
    assert [piece.replace("\u200b", "") for piece in pieces] == [
        "Pentetreotid-",
        "Diethylentriaminpentaessigsäure-",
        "Konjugat",
        "(Prüfpräparat",
        "NCT01234567)",
    ]
    assert [is_breakable(piece) for piece in pieces] == [False, True, False, False, False]


def test_a_place_to_break_takes_no_room() -> None:
    assert ems(breakable(NAME)) == ems(NAME)


def test_the_places_to_break_are_not_copied_with_the_text(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    pdf = typeset(to_sheet(read_plan(OWN), layout=Layout.CALENDAR, end=date(2026, 12, 9)))
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    assert "100 micrograms" in text
    assert "\u200b" not in text


def lines_of(pdf: bytes) -> list[list[tuple[str, float, float, float]]]:
    """Of each page the texts with their places from the left and from below, and their sizes, in points."""
    found = []
    for page in PdfReader(BytesIO(pdf)).pages:
        texts: list[tuple[str, float, float, float]] = []

        def visit(
            text: str,
            cm: Sequence[float],
            tm: Sequence[float],
            font: object,
            size: float,
            texts: list[tuple[str, float, float, float]] = texts,
        ) -> None:
            if text.strip():
                x, y = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
                texts.append((text.strip(), x, y, size * abs(tm[3] * cm[3])))

        page.extract_text(visitor_text=visit)
        found.append(texts)
    return found


@pytest.mark.parametrize(("paper", "size"), FORMS)
def test_the_amount_of_a_long_name_stands_in_its_row_of_the_log(
    paper: PaperSize, size: TextSize, read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    sheet = to_sheet(read_plan(OWN), end=date(2026, 12, 9), layout=Layout.LOG, paper=paper, size=size)
    number = 0
    for texts in lines_of(typeset(sheet))[:-1]:
        rows = [(text, y) for text, x, y, _ in texts if text in ("08:00", "20:00", "100 micrograms")]
        assert [text == "100 micrograms" for text, _ in rows] == [False, True] * (len(rows) // 2)
        assert [y for _, y in rows] == sorted((y for _, y in rows), reverse=True)
        # A row below begins half a line below the amount, at least.
        gaps = [above[1] - below[1] for above, below in zip(rows[1::2], rows[2::2], strict=False)]
        assert all(gap > 8.5 for gap in gaps)
        number += len(rows) // 2
    assert number == 16


@pytest.mark.parametrize(("paper", "size"), FORMS)
def test_a_long_name_keeps_to_its_cell_of_the_calendar(
    paper: PaperSize, size: TextSize, read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    sheet = to_sheet(read_plan(OWN), end=date(2026, 12, 9), layout=Layout.CALENDAR, paper=paper, size=size)
    cell = ({PaperSize.A4: 297, PaperSize.LETTER: 279.4}[paper] - 24) / 7 / 0.3528
    parts = {piece.replace("\u200b", "") for piece in unbroken_pieces(breakable(NAME))}
    checked = 0
    for text, _, _, points in lines_of(typeset(sheet))[0]:
        if any(text in part or part in text for part in parts if len(text) > 3):
            assert ems(text) * points < cell * 1.04
            checked += 1
    assert checked > 8


def test_what_stands_beside_the_picture_of_the_body_keeps_to_its_half(
    read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    rest = '\n[[rest]]\nsite = "thigh-left"\nfrom = 2026-12-01\nuntil = 2026-12-30\nreason = "sore"\n'
    sheet = to_sheet(read_plan(OWN + rest), layout=Layout.LOG, end=date(2026, 12, 20))
    texts = lines_of(typeset(sheet))[0]
    table = next(y for text, _, y, _ in texts if text == "Medicine")
    (middle,) = (x for text, x, y, _ in texts if text == "Octreotide LAR" and y > table)
    above = [
        (text, x, points) for text, x, y, points in texts if y > table and 100 < x < middle and points == 8.5
    ]
    assert any(text.startswith("Not in use") for text, *_ in above)
    assert len(above) > 5
    assert all(x + ems(text) * points < middle for text, x, points in above)
