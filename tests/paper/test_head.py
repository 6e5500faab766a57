"""The head of a page: whose it is stays on the paper, however long the names."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import product

import pytest
from pypdf import PdfReader

from scheduler.paper.sheet import PaperSize, TextSize
from scheduler.paper.typesetter import typeset
from tests.paper.conftest import ZOE, ReadPlan, ToSheet

LONG = ("Maria-Magdalena " * 12).strip()
CLINIC = (
    "Universitätsklinikum Hamburg-Eppendorf, Klinik und Poliklinik für Endokrinologie, Diabetologie und "
    "Neuroendokrine Tumoren"
)
FORMS = [pytest.param(paper, size, id=f"{paper}-{size}") for paper, size in product(PaperSize, TextSize)]
# In points: where no printer prints, and as tall as a capital of the largest name.
EDGE, CAPITAL = 9, 0.714 * 15


@pytest.mark.parametrize(("paper", "size"), FORMS)
@pytest.mark.parametrize("name", [LONG, "Wolfeschlegelsteinhausen" * 6], ids=["of many words", "of one word"])
def test_a_long_name_stays_on_the_paper(
    name: str, paper: PaperSize, size: TextSize, read_plan: ReadPlan, to_sheet: ToSheet
) -> None:
    plan = read_plan(ZOE.replace("Zoe Marsh", name))
    sheet = to_sheet(plan, paper=paper, size=size, clinic=CLINIC, phone="555 0100")
    for page in PdfReader(BytesIO(typeset(sheet))).pages:
        heights: list[float] = []

        def visit(text: str, cm: Sequence[float], tm: Sequence[float], font: object, size: float) -> None:
            if text.strip():
                heights.append(tm[5] * cm[3] + cm[5] + size * abs(tm[3] * cm[3]) * 0.714)  # noqa: B023

        shown = "".join(page.extract_text(visitor_text=visit).split()).replace("\u200b", "")
        assert max(heights) < float(page.mediabox.height) - EDGE
        assert "".join(name.split()) in shown
        assert "".join(CLINIC.split()) in shown


def test_a_name_of_usual_length_is_set_as_large_as_ever(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    head = to_sheet(read_plan(ZOE), clinic="Harbour Clinic", phone="555 0100").head
    assert (head.name, head.name_points, head.clinic_points) == ("Zoe Marsh", 15, 9)
