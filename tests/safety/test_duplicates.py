"""Two long-acting somatostatin analogues."""

from __future__ import annotations

import pytest

from scheduler.dosing.finding import Severity
from scheduler.formulary.entry import Entry
from tests.safety.labels import (
    LABEL,
    LABELS,
    LANREOTIDE,
    LAR,
    codes,
    lanreotide,
    lar,
    noticed,
    regimen,
    without,
)
from tests.support.regimen_text import given, held, moved, not_given

ONCE = "doses = 1"


def test_a_second_analogue_27_days_later_is_stopped() -> None:
    (found,) = noticed(lar(phase=ONCE) + lanreotide("2026-12-28"))
    assert (found.code, found.severity, found.regimen, found.dose, found.source) == (
        "dup-la-ssa",
        Severity.STOP,
        "lanreotide",
        "lanreotide#1",
        LABEL,
    )
    assert found.text == (
        "Lanreotide (lanreotide) on 2026-12-28 is 27 days after Octreotide lar (lar) on 2026-12-01; one dose "
        "lasts 28 days by the label. Ask the team which of the two is meant."
    )


def test_a_switch_28_days_later_is_fine() -> None:
    assert codes(lar(phase=ONCE) + lanreotide("2026-12-29")) == []


def test_two_that_run_side_by_side_are_told_once() -> None:
    assert codes(lar() + lanreotide("2026-12-15")) == ["dup-la-ssa"]


@pytest.mark.parametrize(
    "withheld",
    [
        held("lar", "2026-12-01"),
        "\n" + not_given("lar#1", "2026-12-01T10:00:00"),
    ],
)
def test_a_dose_that_is_withheld_or_was_not_given_does_not_count(withheld: str) -> None:
    assert codes(lar(phase=ONCE) + lanreotide("2026-12-10") + withheld) == []


def test_what_was_given_counts_and_not_what_was_planned() -> None:
    early = lar(phase=ONCE) + lanreotide("2026-12-29")
    late = given("lar#1", "2026-12-02T10:00:00", "gluteal-left")
    assert codes(early + late, now="2026-12-03T00:00-05:00") == ["dup-la-ssa"]
    assert codes(early + moved("lar#1", "2026-12-02T10:00:00")) == ["dup-la-ssa"]


def test_a_dose_before_the_period_counts() -> None:
    before = lar("2026-11-20", phase=ONCE) + given("lar#1", "2026-11-20T10:00:00", "gluteal-left")
    assert codes(before + lanreotide("2026-12-05")) == ["dup-la-ssa"]
    assert codes(before + lanreotide("2026-12-18")) == []


def test_the_interval_of_the_other_counts_where_one_label_has_none() -> None:
    silent = without(LAR, recurrences=())
    assert codes(lar(phase=ONCE) + lanreotide("2026-12-28"), labels=silent) == ["dup-la-ssa"]
    assert codes(lar(phase=ONCE) + lanreotide("2026-12-29"), labels=silent) == []


def test_with_no_label_to_go_by_any_overlap_is_stopped_and_a_sequence_is_not() -> None:
    silent = tuple(_silent(entry) for entry in LABELS)
    assert codes(lar(phase=ONCE) + lanreotide("2026-12-02"), labels=silent) == []
    assert codes(lar(phase="doses = 2") + lanreotide("2026-12-02"), labels=silent) == ["dup-la-ssa"]


def _silent(entry: Entry) -> Entry:
    (found,) = [e for e in without(entry, recurrences=()) if e.product.id == entry.product.id]
    return found


def test_a_class_that_is_not_known_is_not_guessed() -> None:
    assert codes(lar() + lanreotide("2026-12-15"), labels=without(LANREOTIDE, classes=())) == []


def test_the_short_acting_form_beside_a_depot_is_fine() -> None:
    assert codes(lar() + regimen("octreotide", "octreotide-sc", "100 ug", "08:00", "20:00")) == []


def test_one_lanreotide_for_two_indications_is_stopped() -> None:
    found = noticed(lanreotide() + lanreotide("2026-12-15", id="carcinoid"))
    assert [(f.code, f.severity, f.regimen) for f in found] == [
        ("dup-la-ssa", Severity.STOP, "carcinoid"),
        ("dup-indication", Severity.STOP, "carcinoid"),
    ]
    assert "regimen lanreotide gives it already. One dose serves all" in found[1].text


def test_one_lanreotide_regimen_after_another_is_not_two_indications() -> None:
    assert codes(lanreotide(phase="doses = 2") + lanreotide("2027-01-26", id="second")) == []
    assert codes(lanreotide(phase="doses = 2") + lanreotide("2026-12-29", id="second")) == [
        "dup-la-ssa",
        "dup-indication",
    ]
