"""The JSON Schema that editors complete a formulary file from: ``data/schema/formulary.schema.json``."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from scheduler.formulary.entry_file import MISSED_RULES, EntryFile
from scheduler.formulary.schema import formulary_schema, formulary_schema_text
from scheduler.packaged_data import packaged_data

DATA = Path(str(packaged_data()))
FILES = sorted((DATA / "formulary").glob("*.toml"))
VALIDATOR = Draft202012Validator(formulary_schema())
CABOZANTINIB = (DATA / "formulary" / "cabozantinib.us.toml").read_text(encoding="utf-8")
TELOTRISTAT = (DATA / "formulary" / "telotristat.us.toml").read_text(encoding="utf-8")


def problems(text: str) -> list[str]:
    found = VALIDATOR.iter_errors(tomllib.loads(text))
    return sorted({"/".join(map(str, error.absolute_path)) for error in found})


def test_the_shipped_schema_is_that_of_the_program() -> None:
    """Where this fails, write it anew: ``data/schema/formulary.schema.json`` is `formulary_schema_text`."""
    shipped = (DATA / "schema" / "formulary.schema.json").read_text(encoding="utf-8")
    assert shipped == formulary_schema_text()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(formulary_schema())


def test_the_schema_names_itself_without_an_address() -> None:
    schema = formulary_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:dosecal:formulary:1"
    assert schema["title"] == "dosecal formulary file"


def test_the_schema_says_nothing_that_toml_cannot() -> None:
    assert "null" not in formulary_schema_text()


def test_every_table_is_described() -> None:
    for name, table in formulary_schema()["$defs"].items():
        assert table["description"], name


def test_the_schema_has_the_tables_of_the_file() -> None:
    assert set(formulary_schema()["properties"]) == set(EntryFile.model_fields)


def test_the_schema_has_every_rule_for_a_late_dose() -> None:
    assert set(formulary_schema()["properties"]["missed"]["discriminator"]["mapping"]) == set(MISSED_RULES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_that_is_shipped_agrees_with_the_schema(file: Path) -> None:
    assert problems(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ('market = "us"', 'market = "uk"', "market"),
        ('market = "us"', "", ""),
        ('market = "us"', 'market = "us"\ncolour = "red"', ""),
        ("depot = false", 'depot = "no"', "depot"),
        ('["kinase-inhibitor"]', '["inhibitor"]', "classes/0"),
        ('["cabometyx"]', '["Cabometyx"]', "aliases/0"),
        ('who = ["patient"]', "who = []", "givers/who"),
        ('amounts = ["20 mg", "40 mg", "60 mg"]', "amounts = []", "strength/0/amounts"),
        ('mode = "fasting"', 'mode = "hungry"', "food/mode"),
        ('rule = "until-next"', 'rule = "until"', "missed"),
        ("limit_hours = 12", "limit_hours = 0", "missed"),
        ("dental = true", "", "surgery"),
        ('system = "NDC"', 'system = "PZN"', "code/0/system"),
        ('names = ["cometriq"]', "names = []", "not_interchangeable/0/names"),
        ('read_on = "2026-11"', 'read_on = "2026-13"', "sources/professionals-site/read_on"),
        ('read_on = "2026-11"', "", "sources/professionals-site"),
    ],
)
def test_a_file_that_is_wrong_does_not(before: str, after: str, path: str) -> None:
    assert before in CABOZANTINIB
    assert problems(CABOZANTINIB.replace(before, after, 1)) == [path]


@pytest.mark.parametrize("kind", ["other-before", "before", "other-precedes"])
def test_no_kind_of_distance_puts_the_other_product_first(kind: str) -> None:
    assert problems(TELOTRISTAT.replace("other-after", kind, 1)) == ["separation/0/kind"]
