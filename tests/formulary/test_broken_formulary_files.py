"""A file that is wrong says what is wrong, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.dosing.product import Market
from scheduler.errors import InputError
from scheduler.formulary.errors import FormularyError
from scheduler.formulary.formulary import read_formulary
from scheduler.formulary.reading import read_entry

GOOD = """\
id = "tablet"
market = "us"
name = "Tablet"
ingredient = "tablet"
form = "tablet"
route = "oral"
depot = false
aliases = ["brand"]

[food]
mode = "with-food"
text = "Take it with food."
source = "label"

[missed]
rule = "until-next"
limit_hours = 12
source = "label"

[sources.label]
title = "A label"
section = "2.1"
read_on = "2026-11"
verified = "by nobody"
"""


def faults_of(content: str, file: str = "tablet.us.toml") -> list[str]:
    with pytest.raises(FormularyError) as raised:
        read_entry(file, content.encode())
    return [str(fault) for fault in raised.value.faults]


def with_change(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_the_good_file_is_good() -> None:
    assert read_entry("tablet.us.toml", GOOD.encode()).names == ("tablet", "brand")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("depot = false", 'depot = false\ncolour = "red"', "colour = 'red': is no key of this table"),
        ("limit_hours = 12", "limit_hours = 12\nlimit_days = 1", "missed.limit_days = 1: is no key of this"),
        ("depot = false", 'depot = "no"', "depot = 'no': Input should be a valid boolean"),
        ('route = "oral"', 'route = "nasal"', "route = 'nasal': Input should be"),
        ('market = "us"', 'market = "uk"', "market = 'uk': Input should be 'us' or 'eu'"),
        ('name = "Tablet"', 'name = " "', "name = ' ': String should have at least 1 character"),
        ('["brand"]', '["Brand Name"]', "aliases[0] = 'Brand Name': String should match"),
        ('["brand"]', '["brand", "brand"]', "aliases = ['brand', 'brand']: holds a value twice"),
        ("limit_hours = 12", "limit_hours = 0", "missed.limit_hours = 0: Input should be greater"),
        ("limit_hours = 12", "", "missed.limit_hours: is missing"),
        ('rule = "until-next"', "", "missed.rule: is missing"),
        (
            'rule = "until-next"',
            'rule = "until"',
            "missed.rule = 'until': is not one of since-scheduled, until",
        ),
        ('read_on = "2026-11"', 'read_on = "lately"', "sources.label.read_on = 'lately': String should"),
        (
            "[missed]",
            '[sites]\norder = ["knee-left"]\nsource = "label"\n\n[missed]',
            "sites.order[0] = 'knee-left': is no site; there are: abdomen-left",
        ),
    ],
)
def test_a_fault_names_the_file_the_key_and_the_value(old: str, new: str, fault: str) -> None:
    faults = faults_of(with_change(old, new))
    assert any(found.startswith(f"tablet.us.toml: {fault}") for found in faults), faults


def test_a_fact_without_a_source_is_a_fault() -> None:
    content = with_change('text = "Take it with food."\nsource = "label"', 'text = "Take it with food."')
    assert faults_of(content) == ["tablet.us.toml: food.source: is missing"]


def test_a_rule_without_a_source_is_a_fault() -> None:
    content = with_change('limit_hours = 12\nsource = "label"', "limit_hours = 12")
    assert faults_of(content) == ["tablet.us.toml: missed.source: is missing"]


def test_a_source_that_the_file_does_not_describe_is_a_fault() -> None:
    assert faults_of(with_change('source = "label"', 'source = "hearsay"')) == [
        (
            "tablet.us.toml: food.source = 'hearsay': is no source of this file; "
            "describe it under [sources.hearsay]"
        )
    ]


@pytest.mark.parametrize("key", ["title", "section", "read_on", "verified"])
def test_a_source_that_leaves_something_out_is_a_fault(key: str) -> None:
    content = "\n".join(line for line in GOOD.splitlines() if not line.startswith(key))
    assert faults_of(content) == [f"tablet.us.toml: sources.label.{key}: is missing"]


def test_all_faults_of_a_file_are_told_at_once() -> None:
    content = GOOD.replace("depot = false", "colour = 1").replace('source = "label"', 'source = "hearsay"')
    places = [fault.split(" = ")[0].removeprefix("tablet.us.toml: ") for fault in faults_of(content)]
    assert sorted(places) == ["colour", "depot: is missing", "food.source", "missed.source"]


def test_a_file_is_called_after_what_it_holds() -> None:
    assert faults_of(GOOD, file="pill.us.toml") == [
        "pill.us.toml: holds the entry of a file called tablet.us.toml"
    ]


def test_no_entry_takes_the_id_of_the_patients_own_products() -> None:
    [fault] = faults_of(with_change('id = "tablet"', 'id = "custom"'), file="custom.us.toml")
    assert fault == "custom.us.toml: id = custom: is kept for products of the patient's own"


def test_what_is_not_toml_is_a_fault() -> None:
    [fault] = faults_of("id = ")
    assert fault.startswith("tablet.us.toml: is not TOML")


def test_what_is_not_utf_8_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "tablet.us.toml").write_bytes(GOOD.replace("Tablet", "Tablétte").encode("latin-1"))
    with pytest.raises(FormularyError, match="is not TOML"):
        read_formulary(tmp_path)


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "pill.us.toml").write_text("id = ", encoding="utf-8")
    (tmp_path / "tablet.us.toml").write_text(with_change("depot = false", ""), encoding="utf-8")
    with pytest.raises(FormularyError) as raised:
        read_formulary(tmp_path)
    assert [fault.file for fault in raised.value.faults] == ["pill.us.toml", "tablet.us.toml"]
    assert str(raised.value).count("\n") == 1


def test_two_products_of_a_market_cannot_share_a_brand(tmp_path: Path) -> None:
    (tmp_path / "pill.us.toml").write_text(with_change('id = "tablet"', 'id = "pill"'), encoding="utf-8")
    (tmp_path / "tablet.us.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(FormularyError, match=r"tablet\.us\.toml: aliases = 'brand': already stands for pill"):
        read_formulary(tmp_path)


def test_files_of_another_kind_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a product", encoding="utf-8")
    assert [read_formulary(tmp_path).entries(market) for market in Market] == [(), ()]


def test_a_broken_formulary_is_bad_input() -> None:
    assert issubclass(FormularyError, InputError)
