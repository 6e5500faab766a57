"""A first depot and the short-acting form around it."""

from __future__ import annotations

from scheduler.dosing.finding import Severity
from tests.safety.labels import LABEL, LAR, bridges, lanreotide, lar, noticed, regimen, without
from tests.support.regimen_text import given, not_given

START = "2026-12-15"


def short(until: str) -> str:
    return regimen("octreotide", "octreotide-sc", "100 ug", "08:00", "20:00", phase=f"until = {until}")


def test_a_first_depot_without_the_short_acting_form_is_for_the_team() -> None:
    (found,) = bridges(lar(START))
    assert (found.severity, found.regimen, found.dose, found.source) == (
        Severity.WARNING,
        "lar",
        "lar#1",
        LABEL,
    )
    assert found.text == (
        "the first dose, on 2026-12-15, and no short-acting analogue is planned on each of the 14 days after "
        "it. Keep the short-acting form for 2 weeks. Ask the team."
    )


def test_13_days_are_too_few_and_14_are_enough() -> None:
    assert len(bridges(short("2026-12-28") + lar(START))) == 1
    assert bridges(short("2026-12-29") + lar(START)) == []


def test_a_bound_to_the_depot_follows_it() -> None:
    bound = short('{ regimen = "lar", dose = 1, plus = "14 d" }')
    late = given("lar#1", "2026-12-18T10:00:00")
    assert bridges(bound + lar(START) + late) == []
    assert len(bridges(short("2026-12-29") + lar(START) + late)) == 1


def test_after_another_depot_of_the_last_8_weeks_no_bridge_is_needed() -> None:
    before = lanreotide("2026-10-20", phase="doses = 1") + given("lanreotide#1", "2026-10-20T10:00:00")
    assert bridges(before + lar(START)) == []
    assert len(bridges(before + lar("2026-12-16"))) == 1


def test_the_second_depot_needs_none() -> None:
    assert bridges(lar("2026-11-10")) == []
    first = not_given("lar#1", "2026-11-10T10:00:00")
    assert [found.dose for found in bridges(lar("2026-11-10") + first)] == ["lar#2"]


def test_a_label_without_a_bridge_says_nothing() -> None:
    assert bridges(lanreotide()) == []
    assert noticed(lar(START), labels=without(LAR, bridge=None)) == []
