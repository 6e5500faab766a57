"""What may be answered, and how a wrong, missing or unknown answer is told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scheduler.dosing.product import Market
from scheduler.errors import InputError
from scheduler.protocols.answers import read_answer
from scheduler.protocols.filling import fill, open_questions
from scheduler.protocols.protocol import Protocol, Question, QuestionKind, Step
from scheduler.protocols.protocols import load_protocols

STEPS = (
    Step(says="60 mg once a day", sets={"dose": "60 mg"}),
    Step(says="40 mg once a day", sets={"dose": "40 mg"}),
)


def question(kind: QuestionKind) -> Question:
    return Question(key="it", kind=kind, text="It", steps=STEPS if kind is QuestionKind.STEP else ())


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (QuestionKind.DATE, " 2026-12-01 ", {"it": date(2026, 12, 1)}),
        (QuestionKind.TIMES, "07:00, 15:00,23:00", {"it": ["07:00", "15:00", "23:00"]}),
        (QuestionKind.DOSE, "100 mcg", {"it": "100 ug"}),
        (QuestionKind.LENGTH, "14 d", {"it": "14 d"}),
        (QuestionKind.STEP, "2", {"dose": "40 mg"}),
        (QuestionKind.STEP, "60 MG once a day", {"dose": "60 mg"}),
    ],
)
def test_an_answer_is_read(kind: QuestionKind, text: str, value: dict[str, Any]) -> None:
    assert read_answer(question(kind), text) == value


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (QuestionKind.DATE, "tomorrow", "it: 'tomorrow' is not a date such as 2026-12-01"),
        (QuestionKind.TIMES, "7am", 'it: \'7am\' is not a time of day from "00:00" to "23:59"'),
        (
            QuestionKind.DOSE,
            "20",
            'it: \'20\' is not a number, a space and a unit, such as "100 ug" or "7.5 mg"',
        ),
        (
            QuestionKind.LENGTH,
            "2 weeks",
            "it: '2 weeks' is not a whole number, a space and d, wk or mo, such as \"4 wk\"",
        ),
        (QuestionKind.STEP, "3", "it: '3' is not one of 1 (60 mg once a day); 2 (40 mg once a day)"),
    ],
)
def test_what_is_no_answer_is_told(kind: QuestionKind, text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_answer(question(kind), text)
    assert str(caught.value) == told


@pytest.fixture
def lanreotide() -> Protocol:
    return load_protocols().find("lanreotide-4-weeks", Market.US)


def test_what_is_open_is_told_in_order(lanreotide: Protocol) -> None:
    assert [q.key for q in open_questions(lanreotide, {"dose": "120 mg"})] == ["start", "times"]


def test_every_wrong_missing_and_unknown_answer_is_told_at_once(lanreotide: Protocol) -> None:
    with pytest.raises(InputError) as caught:
        fill(lanreotide, {"start": "soon", "dosis": "120 mg"})
    assert str(caught.value).splitlines() == [
        "start: 'soon' is not a date such as 2026-12-01",
        "dosis: is no question of lanreotide-4-weeks; there are: start, dose, times; did you mean dose?",
        "dose: is not answered: Ordered amount",
        "times: is not answered: Time of the injection",
    ]


def test_an_unknown_protocol_is_told_with_the_likely_one() -> None:
    with pytest.raises(InputError, match="did you mean lanreotide-4-weeks"):
        load_protocols().find("lanreotide-4weeks", Market.US)


def test_a_market_has_protocols_of_its_own() -> None:
    with pytest.raises(InputError, match="no protocol for the market eu; there are: none"):
        load_protocols().find("lanreotide-4-weeks", Market.EU)
