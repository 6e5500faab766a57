"""The rules with the facts that are shipped."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scheduler.dosing.plan import Period
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.reading import read_plan_file
from scheduler.safety.plan_check import check, unconfirmed_stops
from tests.safety.labels import regimen
from tests.support.plan_text import plan
from tests.support.schedule import instant

ROOT = Path(__file__).parents[2]
DEMO = sorted((ROOT / "data/demo").glob("*.toml"))
YEAR = Period(start=date(2026, 10, 1), end=date(2027, 10, 1))


def pill(product: str, dose: str, at: str) -> str:
    return regimen(product, product, dose, at)


@pytest.mark.parametrize("file", DEMO, ids=[file.stem for file in DEMO])
def test_nothing_holds_back_a_plan_of_the_demonstration_clinic(file: Path) -> None:
    demo = read_plan_file(file, load_formulary()).plan
    found = check(demo, load_formulary(), YEAR, instant("2026-10-05T09:00-04:00"))
    assert unconfirmed_stops(found) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (pill("cabozantinib", "60 mg", "12:00") + pill("telotristat", "250 mg", "13:00"), False),
        (pill("cabozantinib", "60 mg", "12:01") + pill("telotristat", "250 mg", "13:00"), True),
        (pill("cabozantinib", "60 mg", "14:59") + pill("telotristat", "250 mg", "13:00"), True),
        (pill("cabozantinib", "60 mg", "15:00") + pill("telotristat", "250 mg", "13:00"), False),
        (pill("octreotide-sc", "100 ug", "08:00") + pill("telotristat", "250 mg", "08:30"), True),
        (pill("octreotide-sc", "100 ug", "09:00") + pill("telotristat", "250 mg", "08:30"), False),
    ],
)
def test_the_published_mistakes_are_not_shipped(body: str, told: bool) -> None:
    """Cabozantinib's food rule the wrong way round, and octreotide before telotristat."""
    found = check(plan(body), load_formulary(), YEAR, instant("2026-12-01T00:00-05:00"))
    assert bool([f for f in found if f.code in ("food-conflict", "order-conflict")]) is told
