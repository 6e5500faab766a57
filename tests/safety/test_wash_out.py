"""Analogues around lutetium (177Lu) oxodotreotide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.dosing.finding import Severity
from tests.safety.labels import LABEL, LUTETIUM, codes, lar, noticed, regimen, without


def lutetium(on: str, at: str = "10:00") -> str:
    return regimen("lutetium", "lutetium-dotatate", "7.4 GBq", at, start=on, phase="doses = 1")


def depot(on: str, at: str = "10:00") -> str:
    return regimen("lar", "octreotide-lar", "30 mg", at, start=on, every="4 wk", phase="doses = 1")


def short(until: str) -> str:
    return regimen("octreotide", "octreotide-sc", "100 ug", "10:00", phase=f"until = {until}")


def test_a_depot_27_days_before_is_told_and_28_days_before_is_not() -> None:
    assert codes(depot("2026-12-02") + lutetium("2026-12-29")) == ["ssa-prrt"]
    assert codes(depot("2026-12-01") + lutetium("2026-12-29")) == []


def test_28_days_are_dates_and_not_hours() -> None:
    assert codes(depot("2026-12-01", "16:00") + lutetium("2026-12-29", "08:00")) == []


def test_the_analogue_and_what_to_do_are_told() -> None:
    (found,) = noticed(depot("2026-12-02") + lutetium("2026-12-29"))
    assert (found.severity, found.regimen, found.dose, found.source) == (
        Severity.WARNING,
        "lar",
        "lar#1",
        LABEL,
    )
    assert found.text == (
        "planned on 2026-12-02 at 10:00, and Lutetium dotatate on 2026-12-29 at 10:00. Keep the analogue "
        "away. Contact the team."
    )


@pytest.mark.parametrize(("at", "told"), [("10:00", []), ("09:59", ["ssa-prrt"])])
def test_the_short_acting_form_stops_24_hours_before(at: str, told: list[str]) -> None:
    assert codes(short("2026-12-28") + lutetium("2026-12-29", at)) == told


@pytest.mark.parametrize(
    ("on", "at", "told"),
    [
        ("2026-12-29", "10:00", ["ssa-prrt", "ssa-prrt"]),
        ("2026-12-29", "13:59", ["ssa-prrt"]),
        ("2026-12-29", "14:00", []),
        ("2026-12-30", "10:00", []),
        ("2026-12-30", "10:01", ["ssa-prrt"]),
        ("2027-01-05", "10:00", ["ssa-prrt"]),
        ("2027-01-05", "10:01", []),
    ],
)
def test_the_depot_that_follows_comes_4_to_24_hours_after(on: str, at: str, told: list[str]) -> None:
    """One more than a week after is the next of its own course."""
    assert codes(depot(on, at) + lutetium("2026-12-29")) == told


def test_a_label_without_a_wash_out_says_nothing() -> None:
    assert codes(lar() + lutetium("2026-12-02"), labels=without(LUTETIUM, separations=())) == []


@pytest.mark.parametrize(("other", "told"), [("octreotide-lar", ["ssa-prrt"]), ("lanreotide", [])])
def test_a_rule_may_name_one_product(other: str, told: list[str]) -> None:
    rule = replace(LUTETIUM.separations[0], other=other, classes=())
    body = depot("2026-12-02") + lutetium("2026-12-29")
    assert codes(body, labels=without(LUTETIUM, separations=(rule,))) == told
