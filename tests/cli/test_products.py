"""What the formulary knows, from the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from cli.length import spelled_out, spelled_out_range, written
from cli.product_text import entry_text
from scheduler.dosing.product import Market
from scheduler.formulary.fact_tables import parse_length
from scheduler.formulary.formulary import load_formulary
from tests.cli.conftest import Run

ENTRIES = [entry for market in Market for entry in load_formulary().entries(market)]
EVERY = pytest.mark.parametrize(
    ("name", "market"),
    [(entry.product.id, entry.market) for entry in ENTRIES],
    ids=[f"{entry.product.id}.{entry.market}" for entry in ENTRIES],
)


def shown(run: Run, *arguments: str) -> str:
    result = run("product", *arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def details(run: Run, name: str, market: str = "us") -> dict[str, Any]:
    return dict(json.loads(shown(run, "show", name, "--market", market, "--format", "json")))


def section(text: str, title: str) -> list[str]:
    """The facts under ``title``."""
    [found] = [block for block in text.split("\n\n") if block.startswith(f"{title}\n")]
    return [line.removeprefix("  - ") for line in found.strip().splitlines()[1:]]


def refused(run: Run, name: str, market: str = "us") -> str:
    result = run("product", "show", name, "--market", market)
    assert result.exit_code == 2
    assert result.stdout == ""
    return result.stderr.strip()


class TestList:
    def test_a_product_has_its_id_name_route_and_brands(self, run: Run) -> None:
        lines = shown(run, "list").splitlines()
        assert lines[0].split() == ["id", "name", "route", "brands"]
        [row] = [line for line in lines if line.startswith("lanreotide")]
        assert row.split() == [
            "lanreotide",
            "Lanreotide",
            "deep-subcutaneous",
            "somatuline,",
            "somatuline-depot",
        ]

    def test_as_json(self, run: Run) -> None:
        rows = json.loads(shown(run, "list", "--format", "json"))
        assert {"id": "everolimus", "name": "Everolimus", "route": "oral", "brands": ["afinitor"]} in rows

    def test_each_market_has_its_own(self, run: Run) -> None:
        assert "somatuline-autogel" in shown(run, "list", "--market", "eu")
        assert "somatuline-autogel" not in shown(run, "list")


class TestShow:
    def test_a_brand_stands_for_its_product(self, run: Run) -> None:
        assert shown(run, "show", "Cabometyx") == shown(run, "show", "cabozantinib")

    def test_it_begins_with_what_tells_it_from_another(self, run: Run) -> None:
        assert shown(run, "show", "octreotide-sc").splitlines()[:5] == [
            "Octreotide (short-acting) (octreotide-sc), market us",
            "  ingredient: octreotide",
            "  classes: somatostatin analogue, short acting",
            "  form: solution for injection, subcutaneous",
            "  brands: sandostatin, bynfezia",
        ]

    @pytest.mark.parametrize(
        ("name", "title", "fact"),
        [
            ("telotristat", "What it is for", "For diarrhoea of carcinoid syndrome"),
            ("octreotide-lar", "Who gives it", "healthcare professional ("),
            ("octreotide-sc", "How often", "every day, 2 to 4 times: carcinoid tumours"),
            ("telotristat", "How often", "every day, 3 times: diarrhoea"),
            ("octreotide-lar", "How often", "every 4 weeks: carcinoid tumours and VIPoma ("),
            (
                "lanreotide",
                "How often",
                "every 2 weeks, not on the label, for the prescriber to confirm: CLARINET FORTE",
            ),
            ("octreotide-lar", "With the short-acting form", "The short-acting form goes on"),
            (
                "octreotide-sc",
                "Strengths",
                "ampoule of 1 mL: 50 micrograms, 100 micrograms, 500 micrograms (",
            ),
            ("cabozantinib", "Strengths", "tablet: 20 mg, 40 mg, 60 mg ("),
            ("cabozantinib", "Doses that the label states", "60 mg at a time: start, 40 kg and over ("),
            (
                "octreotide-sc",
                "Doses that the label states",
                "100 to 600 micrograms a day: carcinoid tumours",
            ),
            (
                "cabozantinib",
                "Steps of the dose",
                "40 mg, then 20 mg, then 20 mg every 2 days: from 12 years and under 40 kg",
            ),
            ("octreotide-lar", "Before a dose", "30 to 60 minutes ahead: The kit comes out"),
            ("lanreotide", "Before a dose", "at least 30 minutes ahead: Take the sealed pouch"),
            ("cabozantinib", "Food", "Take it on an empty stomach"),
            ("lutetium-dotatate", "Kept apart from", "No long-acting analogue in the 4 weeks before"),
            ("cabozantinib", "Around an operation", "None for at least 3 weeks before a planned operation"),
            ("octreotide-lar", "Sites", "in turn gluteal-left, gluteal-right, alternate sides ("),
            ("lanreotide", "Sites", "Never into the arm, the belly or the calf. ("),
            ("everolimus", "When it is late", "If less than 6 hours have passed since the usual time"),
            ("lanreotide", "How it keeps", "Ipsen: In its sealed pouch"),
            ("everolimus", "What is watched", "Blood counts"),
            ("octreotide-sc", "Codes", "ATC H01CB02 ("),
            ("cabozantinib", "Not to be confused with", "cometriq: Cometriq capsules are another product"),
            ("everolimus", "Not verified, ask your team", "How long before and after an operation"),
        ],
    )
    def test_a_section_has_its_facts(self, run: Run, name: str, title: str, fact: str) -> None:
        facts = section(shown(run, "show", name), title)
        assert any(found.startswith(fact) for found in facts), facts

    def test_what_to_tell_at_once_comes_first_and_is_marked(self, run: Run) -> None:
        facts = section(shown(run, "show", "cabozantinib"), "Side effects")
        marked = [found.startswith("TELL AT ONCE: ") for found in facts]
        assert marked == sorted(marked, reverse=True)
        assert any(marked)
        assert not all(marked)

    def test_storage_is_told_maker_by_maker(self, run: Run) -> None:
        facts = section(shown(run, "show", "octreotide-sc", "--market", "eu"), "How it keeps")
        assert [found.split(":")[0] for found in facts] == ["Novartis", "Sun", "Hospira"]

    def test_a_section_without_facts_is_left_out(self, run: Run) -> None:
        text = shown(run, "show", "cabozantinib", "--market", "eu")
        titles = [block.splitlines()[0] for block in text.split("\n\n")[1:]]
        assert titles == ["When it is late", "Not verified, ask your team"]

    @EVERY
    def test_each_fact_ends_with_its_source_and_the_last_section_is_what_has_none(
        self, run: Run, name: str, market: str
    ) -> None:
        blocks = shown(run, "show", name, "--market", market).split("\n\n")[1:]
        *facts, unverified = blocks
        if not unverified.startswith("Not verified, ask your team\n"):
            facts = blocks
        for block in facts:
            assert all(line.endswith(")") for line in block.strip().splitlines()[1:]), block

    def test_a_fact_that_nothing_verified_states_says_so(self, run: Run) -> None:
        [late] = section(shown(run, "show", "octreotide-lar"), "When it is late")
        assert late.endswith("(unverified, ask your team)")

    @pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e.product.id}.{e.market}")
    def test_every_text_of_an_entry_is_shown(self, entry: Any) -> None:
        text = entry_text(entry)
        groups = (entry.separations, entry.storage, entry.side_effects, entry.monitoring, entry.preparation)
        uses = (entry.recurrences, entry.daily_ranges, entry.labelled_doses, entry.ladders)
        for fact in (fact for group in groups for fact in group):
            assert fact.text in text
        for fact in (fact for group in uses for fact in group):
            assert fact.use in text
        assert all(topic in text for topic in entry.unverified)


class TestShowAsJson:
    @EVERY
    def test_the_keys_are_the_same_for_every_product(self, run: Run, name: str, market: str) -> None:
        assert list(details(run, name, market)) == list(details(run, "cabozantinib"))

    @EVERY
    def test_each_fact_has_a_source_with_its_parts_or_null(self, run: Run, name: str, market: str) -> None:
        found = details(run, name, market)
        sources = [fact["source"] for fact in _facts(found)]
        for source in sources:
            assert source is None or list(source) == ["title", "section", "read_on", "verified"]

    def test_amounts_intervals_and_lengths_are_written_as_in_the_files(self, run: Run) -> None:
        found = details(run, "cabozantinib")
        assert found["strengths"][0]["amount"] == {"value": "20", "unit": "mg"}
        assert found["ladders"][1]["steps"][2] == {"amount": {"value": "20", "unit": "mg"}, "every": "2 d"}
        assert (found["food"]["mode"], found["food"]["before_meal"]) == ("fasting", "60 min")
        assert (found["surgery"]["before"], found["surgery"]["after"]) == ("21 d", "14 d")

    @pytest.mark.parametrize(
        ("name", "rule", "limit"),
        [
            ("everolimus", "since-scheduled", "6 h"),
            ("cabozantinib", "until-next", "12 h"),
            ("telotristat", "skip", None),
            ("octreotide-lar", "contact-team", None),
        ],
    )
    def test_a_late_dose_has_its_rule(self, run: Run, name: str, rule: str, limit: str | None) -> None:
        late = details(run, name)["late"]
        assert (late["rule"], late["limit"]) == (rule, limit)
        assert late["text"]

    def test_what_is_not_known_is_empty_or_null(self, run: Run) -> None:
        found = details(run, "cabozantinib", "eu")
        assert (found["food"], found["purpose"], found["strengths"]) == (None, None, [])
        assert found["unverified"]

    def test_another_product_has_its_names_and_the_statement(self, run: Run) -> None:
        [other] = details(run, "everolimus")["not_interchangeable"]
        assert other["names"] == ["disperz", "afinitor-disperz"]
        assert other["text"].startswith("Afinitor Disperz")
        assert other["source"] is None


class TestUnknownNames:
    def test_a_slip_is_answered_with_what_was_meant(self, run: Run) -> None:
        assert refused(run, "cabometix").endswith("did you mean cabometyx?")

    def test_what_is_like_nothing_is_sent_to_the_list(self, run: Run) -> None:
        said = refused(run, "aspirin")
        assert "aspirin is no product of the formulary for the market us" in said
        assert "did you mean" not in said

    def test_what_another_market_alone_has_is_told_as_such(self, run: Run) -> None:
        assert "somatuline-autogel is known for the market eu alone" in refused(run, "somatuline-autogel")
        assert "xermelo is known for the market us alone" in refused(run, "xermelo", "eu")

    @pytest.mark.parametrize("name", ["cometriq", "Cometriq", " COMETRIQ "])
    def test_the_capsules_of_cabozantinib_are_no_slip(self, run: Run, name: str) -> None:
        said = refused(run, name)
        assert "Cometriq capsules are another product" in said
        assert "did you mean" not in said

    @pytest.mark.parametrize("name", ["afinitor-disperz", "Afinitor Disperz", "disperz"])
    def test_the_tablets_for_suspension_are_no_slip(self, run: Run, name: str) -> None:
        assert refused(run, name).endswith("does not replace these tablets. (unverified, ask your team)")

    def test_a_statement_of_one_market_is_not_made_for_another(self, run: Run) -> None:
        assert "Cometriq capsules" not in refused(run, "cometriq", "eu")


@pytest.mark.parametrize(
    ("length", "code", "words"),
    [
        (timedelta(minutes=30), "30 min", "30 minutes"),
        (timedelta(minutes=60), "60 min", "60 minutes"),
        (timedelta(minutes=90), "90 min", "90 minutes"),
        (timedelta(minutes=120), "2 h", "2 hours"),
        (timedelta(hours=24), "24 h", "24 hours"),
        (timedelta(hours=36), "36 h", "36 hours"),
        (timedelta(hours=72), "3 d", "3 days"),
        (timedelta(days=28), "28 d", "28 days"),
    ],
)
def test_a_length_is_told_in_the_largest_unit_of_which_it_has_several(
    length: timedelta, code: str, words: str
) -> None:
    assert (written(length), spelled_out(length)) == (code, words)
    assert parse_length(code) == length


def test_a_range_names_its_unit_once_where_it_is_the_same() -> None:
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    assert spelled_out_range(30 * minute, 60 * minute) == "30 to 60 minutes"
    assert spelled_out_range(30 * minute, 2 * hour) == "30 minutes to 2 hours"
    assert spelled_out_range(4 * hour, 24 * hour) == "4 to 24 hours"
    assert spelled_out_range(hour, None) == "at least 60 minutes"


def _facts(value: Any) -> list[dict[str, Any]]:
    """Every object that has a source, however deep."""
    if isinstance(value, list):
        return [fact for inner in value for fact in _facts(inner)]
    if not isinstance(value, dict):
        return []
    own = [value] if "source" in value else []
    return own + [fact for inner in value.values() for fact in _facts(inner)]
