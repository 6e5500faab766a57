"""The JSON Schema that editors complete a plan file from: ``data/schema/plan.schema.json``."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from scheduler.packaged_data import packaged_data
from scheduler.planfile.document import PlanDocument
from scheduler.planfile.schema import plan_schema, plan_schema_text
from tests.support.whole_plan import WHOLE

DATA = Path(str(packaged_data()))
VALIDATOR = Draft202012Validator(plan_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
PLANS = sorted((DATA / "demo").glob("*.toml")) + sorted(
    (Path(__file__).parents[1] / "golden").glob("plan/*.toml")
)


def as_json(value: Any) -> Any:
    """What an editor makes of TOML before it looks at the schema: dates as strings."""
    match value:
        case dict():
            return {key: as_json(inner) for key, inner in value.items()}
        case list():
            return [as_json(inner) for inner in value]
        case date() | datetime() | time():
            return value.isoformat()
        case _:
            return value


def problems(text: str) -> list[str]:
    found = VALIDATOR.iter_errors(as_json(tomllib.loads(text)))
    return sorted({"/".join(map(str, error.absolute_path)) for error in found})


def test_the_shipped_schema_is_that_of_the_program() -> None:
    """Where this fails, write it anew: ``data/schema/plan.schema.json`` is `plan_schema_text`."""
    assert (DATA / "schema" / "plan.schema.json").read_text(encoding="utf-8") == plan_schema_text()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(plan_schema())


def test_the_schema_names_itself_without_an_address() -> None:
    schema = plan_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:dosecal:plan:1"
    assert schema["title"] == "dosecal plan file"


def test_the_schema_says_nothing_that_toml_cannot() -> None:
    assert '"null"' not in plan_schema_text()
    assert "null" not in json.dumps(plan_schema())


def test_every_key_is_described_or_leads_to_a_table_that_is() -> None:
    for name, table in plan_schema()["$defs"].items():
        assert table["description"], name
        for key, content in table["properties"].items():
            assert content.get("description") or key == "status", f"{name}.{key}"


def test_the_default_interval_is_written_as_in_the_file() -> None:
    assert plan_schema()["$defs"]["PhaseDocument"]["properties"]["every"]["default"] == "1 d"


def test_the_schema_has_the_tables_of_the_file() -> None:
    assert set(plan_schema()["properties"]) == set(PlanDocument.model_fields)


@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_a_plan_that_is_shipped_agrees_with_the_schema(file: Path) -> None:
    assert problems(file.read_text()) == []


def test_a_plan_with_every_table_agrees_with_the_schema() -> None:
    assert problems(WHOLE) == []


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ("version = 1", "version = 2", "version"),
        ("version = 1", "", ""),
        ('name = "Zoe Marsh"\n', "", "patient"),
        ('"America/New_York"', '""', "patient/zone"),
        ("[patient]", '[patient]\nmarket = "uk"', "patient/market"),
        ("[patient]", "[patient]\nage = 7", "patient"),
        ('id = "lar"', 'id = "LAR"', "regimen/1/id"),
        ('"octreotide-sc"', '"octreotide-sc"\nsetting = "moon"', "regimen/0/setting"),
        ('"octreotide-sc"', '"custom"', "regimen/0"),
        ('"octreotide-sc"', '"octreotide-sc"\nname = "X"', "regimen/0"),
        ('"100 ug"', '"100ug"', "regimen/0/phase/0/dose"),
        ('"100 ug"', '"100 kg"', "regimen/0/phase/0/dose"),
        ('"07:00"', '"7:00"', "regimen/0/phase/0/times/0"),
        ('["07:00", "15:00"]', "[]", "regimen/0/phase/0/times"),
        ('"4 wk"', '"4 weeks"', "regimen/1/phase/0/every"),
        ('"4 wk"', '"4 h"', "regimen/1/phase/0"),
        ("start = 2026-12-01", "start = 5", "regimen/0/phase/0/start"),
        ("start = 2026-12-01", 'start = "soon"', "regimen/0/phase/0/start"),
        ("start = 2026-12-01", 'start = { regimen = "lar" }', "regimen/0/phase/0/start"),
        ("doses = 2", "doses = 0", "regimen/1/phase/0/doses"),
        ("doses = 2", 'doses = 2\nfor = "8 wk"', "regimen/1/phase/0"),
        ("doses = 2", "weekdays = []", "regimen/1/phase/0/weekdays"),
        ("doses = 2", 'weekdays = ["monday"]', "regimen/1/phase/0/weekdays/0"),
        ("doses = 2", 'cycle = { length = "28 d", on = ["1-14"] }', "regimen/1/phase/0"),
        ("doses = 2", "as_needed = { max_per_day = 4 }", "regimen/1/phase/0"),
        ('"2 d"', '"2 h"', "regimen/2/window/before"),
        ("at = 2027-06-01T12:00:00, ", "", "regimen/2/stop"),
        ('"28 d"', '"28 h"', "regimen/4/phase/0/cycle/length"),
        ('on = ["1-14"]', "on = []", "regimen/4/phase/0/cycle/on"),
        ('every = "8 h"', "", "regimen/5/phase/0"),
        ("start = 2026-12-03T07:30:00", "start = 2026-12-03T07:30:00Z", "regimen/5/phase/0/start"),
        ("max_per_day = 4", "max_per_day = 0", "regimen/6/phase/0/as_needed/max_per_day"),
        ('"4 h"', '"4 d"', "regimen/6/phase/0/as_needed/min_gap"),
        ('"4 h" }', '"4 h" }\ndoses = 9', "regimen/6/phase/0"),
        ("from = 2026-12-05\nuntil = 2026-12-20", "until = 2026-12-20", "rest/0"),
        ('open = ["mon", "tue", "thu"]', "open = []", "clinic/open"),
        ("[2027-01-04]", '["soon"]', "clinic/closed/0"),
        ("until = 2026-12-09", "until = 9", "hold/0/until"),
        ('"lar#2"', '"lar"', "move/0/dose"),
        ("to = 2026-12-30T10:00:00", "to = 2026-12-30", "move/0/to"),
        ("to = 2026-12-30T10:00:00", "to = 2026-12-30T10:00:00Z", "move/0/to"),
        ("at = 2026-12-01T07:05:00", 'at = 2026-12-01T07:05:00\nstatus = "maybe"', "administration/0/status"),
    ],
)
def test_a_plan_that_is_wrong_does_not(before: str, after: str, path: str) -> None:
    assert before in WHOLE
    assert problems(WHOLE.replace(before, after, 1)) == [path]
