"""Sheets in other languages: every word is there, and dates and amounts are written as they are there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib.resources import files
from io import BytesIO

import pytest
from babel.messages.pofile import read_po

from scheduler.dosing.dose import UNITS, Dose
from scheduler.dosing.product import Market, Route
from scheduler.formulary.fact_tables import SITES
from scheduler.paper import language as module
from scheduler.paper.language import LanguageCode, language_of
from scheduler.paper.visit_page import ROUTES
from tests.paper.conftest import ZOE, ReadPlan, ToSheet

TRANSLATED = (LanguageCode.SPANISH, LanguageCode.GERMAN)
EVERYTHING = f"""{ZOE}
[[hold]]
regimen = "octreotide"
from = 2026-12-20
until = 2026-12-21
reason = ""

[[rest]]
site = "thigh-left"
from = 2026-12-01
reason = ""

[[surgery]]
on = 2026-12-22

[[administration]]
dose = "octreotide@2026-12-01/1"
status = "given"
at = 2026-12-01T08:20:00
site = "abdomen-left"

[[administration]]
dose = "octreotide@2026-12-01/2"
status = "not-given"
at = 2026-12-01T20:00:00
reason = "ill"
"""


class Missing(dict[str, str]):
    """A catalogue that notes what it was asked for in vain."""

    def __init__(self, known: dict[str, str]) -> None:
        super().__init__(known)
        self.asked: set[str] = set()

    def get(self, english: str, default: str = "") -> str:  # type: ignore[override]
        if english not in self:
            self.asked.add(english)
        return super().get(english, default)


@pytest.mark.parametrize("code", TRANSLATED)
def test_nothing_that_a_sheet_says_itself_is_left_in_english(
    code: LanguageCode, read_plan: ReadPlan, to_sheet: ToSheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Missing(module._catalogue(code.value))
    monkeypatch.setattr(module, "_catalogue", lambda language: catalogue)
    plan = read_plan(EVERYTHING)
    to_sheet(plan, language=code, phone="555 0100", qr="<svg/>", now="2026-12-02T06:00-05:00")
    language = language_of(code, Market.US)
    for site in SITES:
        language.say(site.replace("-", " "))
    for route in Route:
        language.say(ROUTES[route])
    for unit in UNITS:
        language.amount(Dose.parse(f"1 {unit}"))
    # Units that are the same everywhere.
    assert catalogue.asked <= {"mg", "g", "mL", "GBq"}


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_the_gaps_of_the_original(code: LanguageCode) -> None:
    data = (files("scheduler.paper") / "catalogue" / f"{code.value}.po").read_bytes()
    for message in read_po(BytesIO(data), locale=code.value, abort_invalid=True):
        if message.id:
            assert message.string
            assert not list(message.check())


@pytest.mark.parametrize(
    ("code", "market", "day", "amount"),
    [
        (LanguageCode.ENGLISH, Market.US, "Tue, Dec 15, 2026", "1.5 micrograms"),
        (LanguageCode.ENGLISH, Market.EU, "Tue 15 Dec 2026", "1.5 micrograms"),
        (LanguageCode.GERMAN, Market.EU, "Di., 15. Dez. 2026", "1,5 Mikrogramm"),
        (LanguageCode.SPANISH, Market.EU, "mar, 15 dic 2026", "1,5 microgramos"),
        (LanguageCode.SPANISH, Market.US, "mar, 15 de dic de 2026", "1.5 microgramos"),
    ],
)
def test_dates_and_decimal_marks_are_those_of_the_place(
    code: LanguageCode, market: Market, day: str, amount: str
) -> None:
    language = language_of(code, market)
    assert language.day(date(2026, 12, 15)) == day
    assert language.amount(Dose.parse("1.5 ug")) == amount


@pytest.mark.parametrize("code", LanguageCode)
def test_an_amount_keeps_every_digit_of_the_order(code: LanguageCode) -> None:
    language = language_of(code, Market.EU)
    for ordered in ("0.0625 mg", "0.0000001 mg", "123456 mg", "7.5 mg"):
        assert language.amount(Dose.parse(ordered)).replace(",", ".") == ordered


@pytest.mark.parametrize("code", LanguageCode)
def test_the_evening_is_told_by_24_hours_in_every_language(code: LanguageCode) -> None:
    assert language_of(code, Market.US).clock(datetime(2026, 12, 15, 20, tzinfo=UTC)) == "20:00"


def test_headings_begin_with_a_capital_in_spanish_too(read_plan: ReadPlan, to_sheet: ToSheet) -> None:
    sheet = to_sheet(read_plan(ZOE), language=LanguageCode.SPANISH)
    assert sheet.calendar is not None
    assert sheet.visits is not None
    (month,) = sheet.calendar.months
    assert (month.name, month.weekdays[0]) == ("Diciembre de 2026", "Domingo")
    assert sheet.visits.visits[0].when.startswith("Mar, 15 de dic de 2026, 10:00")
