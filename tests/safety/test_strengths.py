"""Amounts, units and volumes."""

from __future__ import annotations

import pytest

from scheduler.dosing.finding import Severity
from tests.safety.labels import (
    CABOZANTINIB,
    LABEL,
    LAR,
    SHORT,
    as_needed,
    codes,
    lanreotide,
    lar,
    noticed,
    regimen,
    strength,
    without,
)

STOP, WARNING = Severity.STOP, Severity.WARNING


def told(body: str) -> list[tuple[str, Severity]]:
    return [(f.code, f.severity) for f in noticed(body) if f.code != "daily-amount"]


def short(dose: str) -> str:
    return regimen("octreotide", "octreotide-sc", dose, "08:00", "20:00")


def pill(product: str, dose: str) -> str:
    return regimen("pill", product, dose, "08:00")


@pytest.mark.parametrize("dose", ["2.5 mg", "10 mg", "12.5 mg", "20 mg", "80 mg"])
def test_what_whole_tablets_come_to_is_fine(dose: str) -> None:
    assert told(pill("everolimus", dose)) == []


@pytest.mark.parametrize("dose", ["1 mg", "3 mg", "11 mg", "82.5 mg"])
def test_what_no_whole_tablets_come_to_is_stopped(dose: str) -> None:
    assert told(pill("everolimus", dose)) == [("strength", STOP)]


def test_what_there_is_is_told() -> None:
    (found,) = noticed(pill("cabozantinib", "50 mg"))
    assert found.text == (
        "50 mg cannot be made up of 20 mg, 40 mg and 60 mg (tablet). Ask the team which dose is meant."
    )
    assert (found.regimen, found.dose, found.source) == ("pill", None, LABEL)


def test_two_kits_may_make_a_depot_and_three_may_not() -> None:
    assert told(lar(dose="60 mg")) == []
    assert told(lar(dose="70 mg")) == [("strength", STOP)]
    assert told(lar(dose="25 mg")) == [("strength", STOP)]
    assert told(lanreotide(dose="110 mg")) == [("strength", STOP)]


def test_any_amount_can_be_drawn_from_ampoules_and_vials() -> None:
    assert told(short("137 ug")) == []
    assert told(short("20000 ug")) == []
    assert told(short("20001 ug")) == [("strength", STOP)]


def test_a_depot_is_given_whole_even_from_a_vial() -> None:
    vials = without(LAR, strengths=(strength("20 mg", "vial", "6"),))
    assert codes(lar(dose="10 mg"), labels=vials) == ["strength"]


def test_every_amount_of_the_period_is_looked_at_once() -> None:
    second = 'doses = 2\n[[regimen.phase]]\ndose = "26 mg"\nevery = "4 wk"\ntimes = ["10:00"]'
    found = noticed(lar(dose="25 mg", phase=second))
    assert [f.text.split(" cannot")[0] for f in found] == ["25 mg", "26 mg"]


def test_what_may_be_given_as_needed_is_looked_at_too() -> None:
    assert told(as_needed(1, "100 mg")) == [("unit-mismatch", STOP)]


@pytest.mark.parametrize("dose", ["100 mg", "0.15 mg", "5 mg", "1 [iU]", "1 {tablet}"])
def test_milligrams_for_micrograms_are_stopped(dose: str) -> None:
    assert told(short(dose)) == [("unit-mismatch", STOP)]


def test_the_labelled_amount_in_another_unit_is_only_to_be_written_otherwise() -> None:
    assert told(short("100 ug")) == []
    (found,) = noticed(short("0.1 mg"))
    assert (found.code, found.severity) == ("unit-mismatch", WARNING)
    assert found.text == (
        "0.1 mg are 100 ug, a labelled amount. Ask the team to write it in ug, as the label does."
    )


def test_micrograms_for_milligrams_are_stopped() -> None:
    assert told(lanreotide(dose="120 ug")) == [("unit-mismatch", STOP)]
    assert told(lanreotide(dose="120000 ug")) == [("unit-mismatch", WARNING)]


def test_a_volume_of_one_of_several_concentrations_is_stopped() -> None:
    (found,) = noticed(short("1 mL"))
    assert (found.code, found.severity) == ("volume", STOP)
    assert found.text == (
        "1 mL ordered, but of which concentration? There are 50 ug/mL, 100 ug/mL, 200 ug/mL, 500 ug/mL and "
        "1000 ug/mL. Ask the team which amount is meant."
    )


def test_a_volume_of_the_only_concentration_is_to_be_written_as_an_amount() -> None:
    one = without(SHORT, strengths=SHORT.strengths[:1])
    (found,) = noticed(short("2 mL"), labels=one)
    assert (found.code, found.severity) == ("volume", WARNING)
    assert found.text.startswith("2 mL ordered, which is 100 ug.")


def test_a_volume_of_tablets_is_stopped() -> None:
    assert told(pill("everolimus", "1 mL")) == [("volume", STOP)]


def test_a_number_of_tablets_needs_one_strength() -> None:
    assert told(pill("everolimus", "1 {tablet}")) == [("strength", STOP)]
    assert told(pill("telotristat", "1 {tablet}")) == []
    assert told(pill("telotristat", "0.5 {tablet}")) == [("strength", STOP)]


def test_a_label_without_strengths_says_nothing() -> None:
    assert codes(pill("cabozantinib", "55 mg"), labels=without(CABOZANTINIB, strengths=())) == []
