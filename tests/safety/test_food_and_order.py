"""The plan's own medicines in each other's way."""

from __future__ import annotations

import pytest

from scheduler.dosing.finding import Severity
from tests.safety.labels import CABOZANTINIB, LABEL, TELOTRISTAT, codes, noticed, regimen, without


def cabozantinib(*times: str) -> str:
    return regimen("cabozantinib", "cabozantinib", "60 mg", *times)


def telotristat(*times: str) -> str:
    return regimen("telotristat", "telotristat", "250 mg", *times)


def octreotide(*times: str) -> str:
    return regimen("octreotide", "octreotide-sc", "100 ug", *times)


@pytest.mark.parametrize(
    ("fasting", "meal", "told"),
    [
        ("12:00", "13:00", []),
        ("12:01", "13:00", ["food-conflict"]),
        ("13:00", "13:00", ["food-conflict"]),
        ("14:59", "13:00", ["food-conflict"]),
        ("15:00", "13:00", []),
    ],
)
def test_an_hour_before_a_meal_or_two_after_it(fasting: str, meal: str, told: list[str]) -> None:
    assert codes(cabozantinib(fasting) + telotristat(meal)) == told


def test_the_two_sides_are_not_exchanged() -> None:
    """A rule of 2 hours before and 1 hour after a meal, as one may misread the label of Cometriq."""
    assert codes(cabozantinib("11:30") + telotristat("13:00")) == []
    assert codes(cabozantinib("14:30") + telotristat("13:00")) == ["food-conflict"]


def test_the_first_conflict_and_how_many_more_are_told() -> None:
    (found,) = noticed(cabozantinib("12:30") + telotristat("08:00", "13:00", "18:00"), end="2026-12-04")
    assert (found.severity, found.regimen, found.dose, found.source) == (
        Severity.WARNING,
        "cabozantinib",
        "cabozantinib@2026-12-01/1",
        LABEL,
    )
    assert found.text == (
        "planned on 2026-12-01 at 12:30, and Telotristat on 2026-12-01 at 13:00. At least 1 hour before or 2 "
        "hours after eating. Ask the team. The same is true of 2 more doses up to 2026-12-03."
    )


def test_a_meal_on_the_evening_before_counts() -> None:
    assert codes(cabozantinib("00:30") + telotristat("23:00")) == ["food-conflict"]


def test_without_a_rule_on_food_nothing_is_said() -> None:
    body = cabozantinib("13:00") + telotristat("13:00")
    assert codes(body, labels=without(CABOZANTINIB, food=None)) == []
    assert codes(body, labels=without(TELOTRISTAT, food=None)) == []


@pytest.mark.parametrize(
    ("octreotide_at", "told"),
    [
        ("07:29", []),
        ("07:30", ["order-conflict"]),
        ("07:59", ["order-conflict"]),
        ("08:00", ["order-conflict"]),
        ("08:29", ["order-conflict"]),
        ("08:30", []),
    ],
)
def test_octreotide_comes_at_least_30_minutes_after_telotristat(octreotide_at: str, told: list[str]) -> None:
    assert codes(telotristat("08:00") + octreotide(octreotide_at)) == told


def test_the_published_order_that_is_reversed_is_not_followed() -> None:
    """A nursing guide has octreotide 30 minutes before telotristat; the label has it after."""
    assert codes(octreotide("08:00") + telotristat("08:30")) == ["order-conflict"]
    (found,) = noticed(octreotide("08:00") + telotristat("08:30"), end="2026-12-02")
    assert (found.regimen, found.dose, found.source) == ("telotristat", "telotristat@2026-12-01/1", LABEL)
    assert found.text == (
        "planned on 2026-12-01 at 08:30, and Octreotide sc on 2026-12-01 at 08:00. Short-acting octreotide "
        "comes at least 30 minutes after telotristat. Ask the team."
    )


def test_without_a_rule_on_the_order_nothing_is_said() -> None:
    body = telotristat("08:00") + octreotide("08:00")
    assert codes(body, labels=without(TELOTRISTAT, separations=())) == []
