"""The JSON contract, key by key: what ``dosecal plan FILE --format json`` says of three plans.

Each ``plan/NAME.toml`` has its ``NAME.json`` beside it. DOSECAL_WRITE_GOLDEN=1 writes the files; then read
every changed line against the rules before you keep it.
"""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler.dosing.plan import Period
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.json_contract import plan_json
from scheduler.planfile.reading import read_plan_file

FOLDER = Path(__file__).parent / "plan"

# The first local date, the one to stop before, and the moment.
ASKED = {
    # The bridge to its end on 29 December, and four depots on 15 December and 12 January (20 mg),
    # 9 February and 9 March (30 mg). At noon of the first depot.
    "bridge-to-lar": ("2026-12-14", "2027-03-10", "2026-12-15T12:00-05:00"),
    # The way back from Madrid, the step down after 56 days on 26 January, the hold from 1 February.
    "daily-pills": ("2027-01-24", "2027-02-03", "2027-01-24T10:00+01:00"),
    # 30 November and 28 December (given on the 30th), 27 January, 24 February moved to the 25th, 25 March,
    # then every two weeks from 22 April. Five days after an injection that nobody recorded.
    "lanreotide-two-rhythms": ("2026-11-30", "2027-05-31", "2027-02-01T12:00+01:00"),
}


def contract(name: str) -> dict[str, Any]:
    first, beyond, now = ASKED[name]
    plan = read_plan_file(FOLDER / f"{name}.toml", load_formulary()).plan
    period = Period(start=date.fromisoformat(first), end=date.fromisoformat(beyond))
    return plan_json(plan, load_formulary(), period, datetime.fromisoformat(now))


def test_every_plan_has_its_json_and_every_json_its_plan() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} == set(ASKED)
    assert {file.stem for file in FOLDER.glob("*.json")} == set(ASKED)


@pytest.mark.parametrize("name", ASKED)
def test_the_json_of_a_plan(name: str) -> None:
    text = json.dumps(contract(name), indent=2, ensure_ascii=False) + "\n"
    golden = FOLDER / f"{name}.json"
    if os.environ.get("DOSECAL_WRITE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ASKED)
def test_the_keys_of_the_contract(name: str) -> None:
    """Keys are only ever added, so this list is only ever longer."""
    content = contract(name)
    assert list(content) == ["patient", "from", "to", "now", "doses", "findings"]
    assert list(content["patient"]) == ["name", "zone"]
    for dose in content["doses"]:
        assert " ".join(dose) == (
            "id regimen number phase product dose route site due_at zone window status given_at reasons"
        )
        assert list(dose["dose"]) == ["value", "unit"]
        assert list(dose["window"]) == ["earliest", "latest", "stated_by"]
        assert all(list(reason) == ["code", "text"] for reason in dose["reasons"])
    for finding in content["findings"]:
        assert list(finding) == ["code", "severity", "regimen", "dose", "text", "source"]


@pytest.mark.parametrize("name", ASKED)
def test_amounts_are_strings_and_no_number_is_a_float(name: str) -> None:
    def floats(node: Any) -> list[float]:
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return [node] if isinstance(node, float) else [f for value in inner for f in floats(value)]

    content = contract(name)
    assert floats(content) == []
    assert all(isinstance(dose["dose"]["value"], str) for dose in content["doses"])


def test_a_tiny_amount_has_no_exponent() -> None:
    text = (FOLDER / "daily-pills.toml").read_text().replace("60 mg", "0.0000001 mg")
    from scheduler.planfile.reading import parse_plan_file

    plan = parse_plan_file(text.encode(), "tiny.toml", load_formulary()).plan
    period = Period(start=date(2026, 12, 1), end=date(2026, 12, 2))
    doses = plan_json(plan, load_formulary(), period, datetime.fromisoformat("2026-12-01T00:00-06:00"))[
        "doses"
    ]
    assert [dose["dose"] for dose in doses] == [
        {"value": "10", "unit": "mg"},
        {"value": "0.0000001", "unit": "mg"},
    ]
