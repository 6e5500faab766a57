"""Every reason the contract names is given by some dose, and a dose of the plain grid has none."""

from __future__ import annotations

import pytest

from scheduler.dosing.occurrence import ReasonCode
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, THRICE, daily, given, held, moved, travelling
from tests.support.schedule import dose_named, doses, reasons

CASES = {
    "moved": (THRICE + moved("octreotide@2026-12-03/1", "2026-12-04T08:00:00"), "octreotide@2026-12-03/1"),
    "hold": (LAR + held("lar", "2026-12-20", "2027-01-10"), "lar#2"),
    "re-anchored": (LAR + given("lar#1", "2026-12-02T10:00:00"), "lar#2"),
    "dst-gap": (daily("02:30", start="2027-03-14"), "octreotide@2027-03-14/1"),
    "dst-fold": (daily("01:30", start="2026-11-01"), "octreotide@2026-11-01/1"),
    "travel": (travelling("Asia/Tokyo", "2026-12-03", "2026-12-05") + THRICE, "octreotide@2026-12-03/1"),
    "bound": (daily("08:00", start='{ regimen = "lar", dose = 1 }') + LAR, "octreotide@2026-12-01/1"),
}


def test_the_contract_names_seven_reasons() -> None:
    assert {code.value for code in ReasonCode} == set(CASES)


@pytest.mark.parametrize("code", CASES)
def test_each_reason_is_given(code: str) -> None:
    text, name = CASES[code]
    assert reasons(plan(text), name) == [code]


def test_a_plain_grid_has_nothing_to_explain() -> None:
    assert [dose.reasons for dose in doses(plan(THRICE + LAR), "2026-12-01", "2027-02-01")] == [()] * 189


def test_all_that_moved_a_dose_is_told_in_order() -> None:
    text = travelling("America/Chicago", "2027-03-14", "2027-03-14") + daily("08:00", start="2027-03-01")
    away = plan(text + moved("octreotide@2027-03-10/1", "2027-03-14T02:30:00"))
    assert reasons(away, "octreotide@2027-03-10/1") == ["moved", "travel", "dst-gap"]


def test_a_reason_is_one_line_without_the_name_of_the_patient() -> None:
    for text, name in CASES.values():
        for reason in dose_named(plan(text), name).reasons:
            assert reason.text
            assert "\n" not in reason.text
            assert "Zoe" not in reason.text
