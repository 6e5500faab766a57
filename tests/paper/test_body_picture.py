"""The picture of the body: each site has its place, on the side where the person has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from io import BytesIO

import pytest
from pypdf import PdfReader

from scheduler.formulary.fact_tables import SITES
from scheduler.paper.printing import Layout
from scheduler.paper.sheet import TextSize
from scheduler.paper.typesetter import typeset
from tests.paper.conftest import ZOE, ReadPlan, ToSheet

PLACE = re.compile(r'"([a-z-]+)": \("(front|back)", ([\d.]+), ([\d.]+)\)')
# In hundredths of the height of the picture, as the template has them.
MIDDLE, CLEFT, FOLD, RADIUS = 27, 49, 60.5, 4.4


def places() -> dict[str, tuple[str, float, float]]:
    template = (files("scheduler.paper") / "templates" / "body.typ").read_text(encoding="utf-8")
    return {site: (view, float(x), float(y)) for site, view, x, y in PLACE.findall(template)}


def test_every_site_has_its_place() -> None:
    assert set(places()) == set(SITES)


def test_left_and_right_are_as_the_person_sees_them() -> None:
    for site, (_, x, _) in places().items():
        assert (x < MIDDLE) == site.endswith("-left")
        other = site.replace("-left", "-right") if site.endswith("-left") else site.replace("-right", "-left")
        assert x + places()[other][1] == 2 * MIDDLE


@pytest.mark.parametrize("site", [site for site in SITES if site.startswith(("gluteal", "buttock"))])
def test_a_site_of_the_buttocks_is_on_them_and_not_on_the_loins(site: str) -> None:
    view, _, y = places()[site]
    assert view == "back"
    assert CLEFT < y < FOLD - RADIUS


def size_of(word: str, pdf: bytes) -> float:
    """Of the first time that ``word`` stands on the first page, in points."""
    sizes: list[float] = []

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], font: object, size: float) -> None:
        if text.strip() == word:
            sizes.append(size * abs(tm[3] * cm[3]))

    PdfReader(BytesIO(pdf)).pages[0].extract_text(visitor_text=visit)
    return sizes[0]


def test_the_picture_of_a_log_grows_with_the_text(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    def printed(size: TextSize) -> float:
        sheet = to_sheet(read_plan(ZOE), end=date(2026, 12, 3), layout=Layout.LOG, size=size)
        return size_of("front", typeset(sheet))

    assert printed(TextSize.LARGE) == pytest.approx(1.3 * printed(TextSize.NORMAL), rel=0.05)
