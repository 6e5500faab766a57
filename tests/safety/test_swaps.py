"""A product entered by name, which the formulary has or has under another name."""

from __future__ import annotations

import pytest

from scheduler.dosing.finding import Severity
from tests.safety.labels import LABEL, codes, noticed, own


@pytest.mark.parametrize(
    "name", ["Cometriq", "COMETRIQ capsules", "Cabozantinib (Cometriq)", "Afinitor Disperz"]
)
def test_what_is_easily_taken_for_a_product_is_stopped(name: str) -> None:
    (found,) = noticed(own(name, "oral"))
    assert (found.code, found.severity, found.regimen, found.source) == (
        "product-swap",
        Severity.STOP,
        "own",
        LABEL,
    )


def test_which_one_it_is_not_is_told() -> None:
    (found,) = noticed(own("Cometriq", "oral"))
    assert found.text == (
        "Cometriq is not Cabozantinib. Capsules do not replace tablets. Ask the pharmacy which "
        "product is meant."
    )


@pytest.mark.parametrize("name", ["cabometyx", "Cabometyx 60 mg", "cabozantinib"])
def test_a_product_of_the_formulary_entered_by_name_is_stopped(name: str) -> None:
    (found,) = noticed(own(name, "oral"))
    assert (found.code, found.severity, found.source) == ("product-swap", Severity.STOP, None)
    assert "its name is that of cabozantinib" in found.text


@pytest.mark.parametrize("name", ["Loperamide", "Cabo", "Mycometriq", "Vitamin B12"])
def test_any_other_name_is_fine(name: str) -> None:
    assert codes(own(name, "oral")) == []


def test_another_route_than_that_of_its_namesake_is_stopped() -> None:
    assert codes(own("Somatuline Depot", "deep-subcutaneous")) == ["product-swap"]
    found = noticed(own("Somatuline Depot", "intramuscular"))
    assert [(f.code, f.severity) for f in found] == [
        ("product-swap", Severity.STOP),
        ("route", Severity.STOP),
    ]
    assert found[1].text == "ordered as intramuscular; Lanreotide is deep subcutaneous. Ask the team."


def test_the_longest_name_decides() -> None:
    assert codes(own("Sandostatin LAR 20 mg", "intramuscular")) == ["product-swap"]
    assert codes(own("Sandostatin", "intramuscular")) == ["product-swap", "route"]
