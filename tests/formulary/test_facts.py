"""The facts that dosecal ships: each has a source, and none is one that was once published wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from scheduler.dosing.dose import UNITS, Dose
from scheduler.dosing.product import Market, Product, Source
from scheduler.formulary.entry import Entry
from scheduler.formulary.entry_file import MISSED_RULES, EntryFile
from scheduler.formulary.errors import FormularyError
from scheduler.formulary.facts import DailyRange, DoseLadder, FoodMode, LadderStep, SeparationKind
from scheduler.formulary.formulary import load_formulary
from scheduler.formulary.reading import read_entry
from scheduler.formulary.schema import formulary_schema
from tests.support.fact_walk import walk

FOLDER = Path(__file__).parents[2] / "data" / "formulary"
FILES = sorted(FOLDER.glob("*.toml"))
ENTRIES = [entry for market in Market for entry in load_formulary().entries(market)]

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e.product.id}.{e.market}")


def texts(entry: Entry) -> list[str]:
    """What a patient reads as sentences."""
    return [fact.text for fact in walk(entry) if hasattr(fact, "text")]


def phrases(entry: Entry) -> list[str]:
    """What a patient reads as part of a line: for whom a fact is, and what is not verified."""
    return [fact.use for fact in walk(entry) if hasattr(fact, "use")] + list(entry.unverified)


def tables(content: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables of facts of a file, with their keys; the descriptions of the sources are none."""
    for key, value in content.items():
        found = value if isinstance(value, list) else [value]
        for number, table in enumerate(found):
            if isinstance(table, dict) and key != "sources":
                yield f"{path}{key}[{number}]", table
                yield from tables(table, f"{path}{key}[{number}].")


def parsed(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def entry_of(product: str, market: Market = Market.US) -> Entry:
    return load_formulary().find(product, market)


class TestSources:
    @each_file
    def test_each_fact_names_its_source_or_says_that_it_is_not_verified(self, file: Path) -> None:
        for place, table in tables(parsed(file)):
            excused = table.get("unverified") is True or table.get("rule") in {"label-silent", "not-verified"}
            assert ("source" in table) is not excused, place

    @each_file
    def test_each_source_described_is_one_that_a_fact_names_and_the_other_way_round(self, file: Path) -> None:
        content = parsed(file)
        named = {table["source"] for _, table in tables(content) if "source" in table}
        assert named == set(content.get("sources", {}))

    @each_entry
    def test_only_a_late_rule_or_another_product_may_have_no_source(self, entry: Entry) -> None:
        excused = [entry.late, entry.product.missed, *(n.statement for n in entry.not_interchangeable)]
        for fact in walk(entry):
            if hasattr(fact, "source") and fact.source is None:
                assert any(fact is one for one in excused), fact

    @each_entry
    def test_each_source_says_that_no_label_was_compared_yet(self, entry: Entry) -> None:
        for source in walk(entry):
            if isinstance(source, Source):
                assert "not yet compared" in source.verified

    @each_file
    def test_each_source_was_read_on_a_real_day_that_is_past(self, file: Path) -> None:
        for source in parsed(file).get("sources", {}).values():
            year, month, *day = map(int, source["read_on"].split("-"))
            assert date(2026, 1, 1) <= date(year, month, day[0] if day else 1) <= date(2026, 11, 30)


class TestAmounts:
    @each_entry
    def test_each_amount_has_a_unit_that_a_dose_can_be_ordered_in(self, entry: Entry) -> None:
        assert all(amount.unit in UNITS for amount in walk(entry) if isinstance(amount, Dose))

    @each_entry
    def test_a_range_goes_from_least_to_most_in_one_unit(self, entry: Entry) -> None:
        for found in (fact for fact in walk(entry) if isinstance(fact, DailyRange)):
            assert found.least.unit == found.most.unit
            assert found.least.value <= found.most.value

    @each_entry
    def test_a_recurrence_has_no_fewer_doses_at_most_than_at_least(self, entry: Entry) -> None:
        for found in entry.recurrences:
            least, most = found.per_day
            assert 1 <= least <= most

    @each_entry
    def test_the_steps_of_a_dose_lead_down(self, entry: Entry) -> None:
        for ladder in (fact for fact in walk(entry) if isinstance(fact, DoseLadder)):
            assert all(_a_day(step) > _a_day(lower) for step, lower in pairwise(ladder.steps))
            assert len({step.amount.unit for step in ladder.steps}) == 1

    @each_entry
    def test_a_distance_in_time_has_no_end_before_its_beginning(self, entry: Entry) -> None:
        bounds = [(found.least, found.most) for found in entry.lead_tasks]
        bounds += [(found.least, found.most) for found in entry.separations]
        assert all(timedelta() < least <= (most or least) for least, most in bounds)

    @each_entry
    def test_fasting_has_a_time_on_either_side_of_eating_and_nothing_else_has(self, entry: Entry) -> None:
        if entry.food is not None:
            fasting = entry.food.mode is FoodMode.FASTING
            assert [bool(entry.food.before_meal), bool(entry.food.after_meal)] == [fasting, fasting]


class TestWords:
    @each_entry
    def test_no_unit_is_abbreviated_where_a_patient_reads_it(self, entry: Entry) -> None:
        for text in (*texts(entry), *phrases(entry)):
            assert not re.search(r"\b(ug|mcg|IU|h|hrs?|min|d|wk|mo)\b|\u00b5|\u03bc|\u00b0", text), text

    @each_entry
    def test_each_text_is_whole_sentences(self, entry: Entry) -> None:
        for text in texts(entry):
            assert re.fullmatch(r"[A-Z].*\.", text), text

    @each_entry
    def test_no_number_begins_or_ends_with_its_point_or_has_a_zero_too_many(self, entry: Entry) -> None:
        for text in (*texts(entry), *phrases(entry)):
            assert not re.search(r"(?<!\d)\.\d|\d\.0\b", text), text


class TestWhatWasOncePublishedWrong:
    def test_octreotide_comes_after_telotristat_and_not_before_it(self) -> None:
        """A published guide has the two the other way round."""
        [rule] = entry_of("telotristat").separations
        assert (rule.kind, rule.other) == (SeparationKind.OTHER_AFTER, "octreotide-sc")
        assert (rule.least, rule.most) == (timedelta(minutes=30), None)
        assert "at least 30 minutes after telotristat" in rule.text

    def test_no_entry_of_octreotide_says_the_order_a_second_time(self) -> None:
        for market in Market:
            others = {rule.other for rule in entry_of("octreotide-sc", market).separations}
            assert "telotristat" not in others

    @pytest.mark.parametrize("kind", ["other-before", "before", "this-after"])
    def test_a_file_cannot_say_that_the_other_comes_first(self, kind: str) -> None:
        assert kind not in formulary_schema()["$defs"]["SeparationKind"]["enum"]
        file = FOLDER / "telotristat.us.toml"
        reversed_ = file.read_text(encoding="utf-8").replace('"other-after"', f'"{kind}"')
        with pytest.raises(FormularyError, match=rf"separation\[0\]\.kind = '{kind}'"):
            read_entry(file.name, reversed_.encode())

    def test_cabozantinib_tablets_have_their_own_rule_on_food_and_not_that_of_the_capsules(self) -> None:
        """The capsules, Cometriq, are taken two hours after and one before: the other way round."""
        food = entry_of("cabozantinib").food
        assert food is not None
        assert food.mode is FoodMode.FASTING
        assert food.before_meal == timedelta(minutes=60)
        assert food.after_meal == timedelta(minutes=120)
        assert "1 hour before or at least 2 hours after" in food.text

    @pytest.mark.parametrize("market", Market)
    def test_cometriq_is_no_name_of_the_tablets(self, market: Market) -> None:
        entry = entry_of("cabozantinib", market)
        assert "cometriq" not in entry.names
        assert all("cometriq" not in (other.product.id, *other.names) for other in ENTRIES)

    def test_the_amount_of_cabozantinib_goes_by_40_kilograms_of_body_weight(self) -> None:
        entry = entry_of("cabozantinib")
        starts = {d.amount.spelled_out: d.use for d in entry.labelled_doses if "40 kg" in d.use}
        assert starts == {
            "60 mg": "start, 40 kg and over",
            "40 mg": "start, from 12 years and under 40 kg",
        }

    @pytest.mark.parametrize("market", Market)
    def test_body_surface_is_nowhere_in_cabozantinib(self, market: Market) -> None:
        file = (FOLDER / f"cabozantinib.{market}.toml").read_text(encoding="utf-8")
        assert not re.search(r"surface|BSA|m2|m\u00b2|square", file)


DESCRIBED = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
UNSOURCED = {"classes", "missed", "sources", "unverified"}
IDENTITY = {"id", "market", "name", "ingredient", "form", "route", "depot", "aliases"}


@pytest.mark.parametrize("key", sorted(set(EntryFile.model_fields) - IDENTITY))
def test_each_key_of_a_file_is_described(key: str) -> None:
    assert f"\n| `{key}` |" in DESCRIBED


@pytest.mark.parametrize("rule", MISSED_RULES)
def test_each_rule_for_a_late_dose_is_described(rule: str) -> None:
    assert f"\n| `{rule}` |" in DESCRIBED


@each_file
def test_the_state_of_each_file_is_told(file: Path) -> None:
    product, market, _ = file.name.split(".")
    content = parsed(file)
    stated = [key for key in EntryFile.model_fields if key in content and key not in IDENTITY | UNSOURCED]
    if "source" in content["missed"]:
        stated.append("missed")
    facts = ", ".join(stated).replace("_", " ") or "nothing verified"
    assert f"\n| `{product}` | {market} | {facts} |\n" in DESCRIBED


def test_the_walk_reaches_what_is_nested() -> None:
    found = list(walk(entry_of("cabozantinib")))
    assert sum(isinstance(value, LadderStep) for value in found) >= 6
    assert any(isinstance(value, Product) for value in found)
    assert len(texts(entry_of("cabozantinib"))) > 15


def _a_day(step: LadderStep) -> float:
    days = step.every.days
    assert days is not None
    return float(step.amount.value) / days
