"""What a screen reader needs of a PDF, after the failure conditions of the Matterhorn protocol (PDF/UA-1).

No checker of PDF/UA that is free to use with this licence and needs no Java checks more than these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream, DictionaryObject

from scheduler.formulary.formulary import load_formulary
from scheduler.paper.language import LanguageCode
from scheduler.paper.typesetter import typeset
from scheduler.planfile.reading import read_plan_file
from tests.paper.conftest import ToSheet

DEMO = sorted((Path(__file__).parents[2] / "data" / "demo").glob("*.toml"))
FIRST, BEYOND, NOW = date(2026, 10, 5), date(2026, 11, 15), "2026-10-05T00:01-04:00"
QR = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'
# Operators of a page's content that leave a mark on the paper.
PAINTING = {b"Tj", b"TJ", b"'", b'"', b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"Do", b"sh"}


@dataclass(frozen=True, slots=True)
class Content:
    """What stands on a page under a number of its own."""

    page: int
    number: int


@dataclass(frozen=True, slots=True)
class Tag:
    """An element of the structure and what is in it."""

    kind: str
    element: DictionaryObject
    inside: tuple[Tag | Content, ...]

    def walk(self) -> Iterator[Tag | Content]:
        """Itself and what is in it, in the order of reading."""
        yield self
        for each in self.inside:
            if isinstance(each, Tag):
                yield from each.walk()
            else:
                yield each

    def attribute(self, name: str) -> Any:
        owned = self.element.get("/A", [])
        given = owned if isinstance(owned, list) else [owned]
        return next((a.get_object()[name] for a in given if name in a.get_object()), None)


def tag_of(node: Any, page: int = 0) -> Tag | Content:
    node = node.get_object()
    if not isinstance(node, DictionaryObject):
        return Content(page, int(str(node)))
    if "/Pg" in node:
        page = node.raw_get("/Pg").idnum
    if "/MCID" in node:
        return Content(page, int(str(node["/MCID"])))
    children = node.get("/K", [])
    listed = children if isinstance(children, list) else [children]
    return Tag(str(node.get("/S", "")), node, tuple(tag_of(child, page) for child in listed))


def tree_of(reader: PdfReader) -> Tag:
    root: Any = reader.trailer["/Root"]
    tree = tag_of(root["/StructTreeRoot"])
    assert isinstance(tree, Tag)
    return tree


def unmarked(page: PageObject, reader: PdfReader) -> list[bytes]:
    """What is painted and is neither content nor marked as mere decoration."""
    within: list[bool] = []
    found = []
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator in (b"BDC", b"BMC"):
            is_content = operator == b"BDC" and "/MCID" in operands[1]
            within.append(is_content or operands[0] == "/Artifact")
        elif operator == b"EMC":
            within.pop()
        elif operator in PAINTING and not any(within):
            found.append(operator)
    return found


@pytest.fixture(
    params=[(file, code) for file in DEMO for code in LanguageCode], ids=lambda p: f"{p[0].stem}-{p[1]}"
)
def printed(request: pytest.FixtureRequest, to_sheet: ToSheet) -> PdfReader:
    """All layouts of six weeks, with a picture of the calendar's address."""
    file, code = request.param
    plan = read_plan_file(file, load_formulary()).plan
    sheet = to_sheet(plan, start=FIRST, end=BEYOND, now=NOW, language=code, qr=QR, phone="555 0100")
    return PdfReader(BytesIO(typeset(sheet)))


def test_a_screen_reader_finds_its_way(printed: PdfReader) -> None:
    tree = tree_of(printed)
    tags = [each for each in tree.walk() if isinstance(each, Tag)]
    everything_is_content_or_decoration(printed)
    tables_tell_what_their_columns_are(tags)
    pictures_are_told_in_words(tags)
    headings_skip_no_level(tags)
    letters_are_known(printed)


def everything_is_content_or_decoration(printed: PdfReader) -> None:
    assert [unmarked(page, printed) for page in printed.pages] == [[]] * len(printed.pages)


def tables_tell_what_their_columns_are(tags: list[Tag]) -> None:
    tables = [tag for tag in tags if tag.kind == "/Table"]
    assert tables
    for table in tables:
        rows = [tag for tag in table.walk() if isinstance(tag, Tag) and tag.kind == "/TR"]
        heads = [tag for tag in table.walk() if isinstance(tag, Tag) and tag.kind == "/TH"]
        assert heads
        assert {head.attribute("/Scope") for head in heads} == {"/Column"}
        widths = [
            sum(int(cell.attribute("/ColSpan") or 1) for cell in row.inside if isinstance(cell, Tag))
            for row in rows
        ]
        assert set(widths) == {len(heads)}


def pictures_are_told_in_words(tags: list[Tag]) -> None:
    figures = [tag for tag in tags if tag.kind == "/Figure"]
    assert figures
    for figure in figures:
        assert figure.element["/Alt"]
        assert figure.attribute("/BBox")


def headings_skip_no_level(tags: list[Tag]) -> None:
    levels = [int(tag.kind[2:]) for tag in tags if tag.kind[1:2] == "H" and tag.kind[2:].isdigit()]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def letters_are_known(printed: PdfReader) -> None:
    resources: list[Any] = [page["/Resources"] for page in printed.pages]
    fonts = [font.get_object() for each in resources for font in each.get("/Font", {}).values()]
    assert fonts
    assert all("/ToUnicode" in font for font in fonts)


def test_the_order_of_the_tags_is_that_of_the_pages(printed: PdfReader) -> None:
    numbers: dict[int, list[int]] = {}
    for each in tree_of(printed).walk():
        if isinstance(each, Content):
            numbers.setdefault(each.page, []).append(each.number)
    assert len(numbers) == len(printed.pages)
    for read in numbers.values():
        assert read == list(range(len(read)))
