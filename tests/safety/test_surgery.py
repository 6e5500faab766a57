"""Doses around an operation. The hour of it is not known, so whole dates without a dose are counted."""

from __future__ import annotations

from dataclasses import replace

from scheduler.dosing.finding import Severity
from tests.safety.labels import CABOZANTINIB, LABEL, codes, noticed, regimen, surgery, without
from tests.support.regimen_text import held

ON = "2027-01-22"


def once(on: str) -> str:
    return regimen("cabozantinib", "cabozantinib", "60 mg", "21:00", start=on, phase="doses = 1")


def test_the_last_dose_is_22_dates_before_the_operation() -> None:
    assert codes(once("2026-12-31") + surgery(ON)) == []
    assert codes(once("2027-01-01") + surgery(ON)) == ["surgery"]


def test_the_next_dose_is_14_dates_after_the_operation() -> None:
    assert codes(once("2027-02-04") + surgery(ON)) == ["surgery"]
    assert codes(once("2027-02-05") + surgery(ON)) == []


def test_one_warning_names_the_first_dose_and_how_many_more() -> None:
    daily = regimen("cabozantinib", "cabozantinib", "60 mg", "21:00")
    (found,) = noticed(daily + surgery(ON))
    assert (found.severity, found.dose, found.source) == (
        Severity.WARNING,
        "cabozantinib@2027-01-01/1",
        LABEL,
    )
    assert found.text == (
        "on 2027-01-01, too close to the operation on 2027-01-22. Hold it for 3 weeks before and 2 weeks "
        "after. Ask the team. The same is true of 34 more doses up to 2027-02-04."
    )
    assert codes(daily + held("cabozantinib", "2027-01-01", "2027-02-04") + surgery(ON)) == []


def test_a_dental_operation_counts_where_the_label_says_so() -> None:
    assert codes(once("2027-01-01") + surgery(ON, dental=True)) == ["surgery"]
    assert CABOZANTINIB.surgery is not None
    other = without(CABOZANTINIB, surgery=replace(CABOZANTINIB.surgery, dental=False))
    assert codes(once("2027-01-01") + surgery(ON, dental=True), labels=other) == []
    assert codes(once("2027-01-01") + surgery(ON), labels=other) == ["surgery"]


def test_a_label_without_a_rule_says_nothing() -> None:
    assert codes(once("2027-01-21") + surgery(ON), labels=without(CABOZANTINIB, surgery=None)) == []
