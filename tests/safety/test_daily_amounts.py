"""How often, and how much, in a day."""

from __future__ import annotations

import pytest

from scheduler.dosing.finding import Severity
from tests.safety.labels import LABEL, SHORT, as_needed, codes, noticed, recurrence, regimen, without
from tests.support.regimen_text import held

FOUR = ("06:00", "12:00", "18:00", "22:00")


def short(dose: str, *times: str, **more: str) -> str:
    return regimen("octreotide", "octreotide-sc", dose, *times, **more)


def test_four_short_acting_doses_a_day_are_fine_and_five_are_told() -> None:
    assert codes(short("100 ug", *FOUR)) == []
    (found,) = noticed(short("100 ug", *FOUR, "23:30"))
    assert (found.code, found.severity, found.regimen, found.source) == (
        "sc-freq",
        Severity.WARNING,
        "octreotide",
        LABEL,
    )
    assert found.text.startswith("5 doses on 2026-12-01; labels have at most 4 a day. Ask the team.")
    assert found.text.endswith("The same is true of 181 more days up to 2027-05-31.")


def test_doses_as_needed_count_as_often_as_they_may_be_given() -> None:
    assert codes(short("100 ug", "08:00", "20:00") + as_needed(2)) == []
    (found,) = noticed(short("100 ug", "08:00", "20:00") + as_needed(3))
    assert (found.code, found.regimen) == ("sc-freq", "rescue")
    assert "5 doses, up to 3 of them as needed, on 2026-12-01;" in found.text


def test_doses_of_two_regimens_add_up() -> None:
    second = regimen("evening", "octreotide-sc", "100 ug", "19:00", "21:00")
    assert codes(short("100 ug", "08:00", "12:00") + second) == []
    assert codes(short("100 ug", "08:00", "12:00", "15:00") + second) == ["sc-freq"]


def test_a_withheld_dose_is_none() -> None:
    assert codes(short("100 ug", *FOUR, "23:30") + held("octreotide", "2026-12-01")) == []
    rescue = short("100 ug", *FOUR) + as_needed(1) + held("rescue", "2026-12-01")
    assert codes(rescue) == []


def test_the_limit_stands_without_a_label_and_then_names_none() -> None:
    silent = without(SHORT, recurrences=(recurrence("1 d", (2, 3)),))
    (found,) = noticed(short("100 ug", *FOUR, "23:30"), labels=silent)
    assert found.source is None


@pytest.mark.parametrize(
    ("dose", "told"),
    [("750 ug", []), ("751 ug", ["daily-amount"]), ("25 ug", []), ("24 ug", ["daily-amount"])],
)
def test_a_day_outside_all_that_the_label_tells_of_is_told(dose: str, told: list[str]) -> None:
    assert codes(short(dose, "08:00", "20:00")) == told


def test_the_total_is_told_in_the_units_of_the_label() -> None:
    (found,) = noticed(short("400 ug", *FOUR))
    assert found.text.startswith(
        "1600 ug on 2026-12-01, doses as needed included: more than the 1500 ug a day that the label"
    )
    assert found.source == LABEL


def test_doses_as_needed_count_towards_the_most_but_not_towards_the_least() -> None:
    assert codes(short("500 ug", "08:00", "20:00") + as_needed(1, "500 ug")) == []
    assert codes(short("500 ug", "08:00", "20:00") + as_needed(1, "501 ug")) == ["daily-amount"]
    assert codes(short("20 ug", "08:00", "20:00") + as_needed(1, "500 ug")) == ["daily-amount"]
    assert codes(as_needed(1, "20 ug")) == []


def test_a_day_cut_short_is_not_held_against_the_least() -> None:
    stop = "stop = { at = 2026-12-03T12:00:00, reason = 'over' }"
    assert codes(short("25 ug", "08:00", "20:00", keys=stop)) == []


def test_a_label_without_amounts_says_nothing() -> None:
    assert codes(short("800 ug", "08:00", "20:00"), labels=without(SHORT, daily_ranges=())) == []


def test_a_milligram_dose_is_measured_in_micrograms() -> None:
    assert codes(short("1 mg", "08:00", "20:00")) == ["unit-mismatch", "daily-amount"]
