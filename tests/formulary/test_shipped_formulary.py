"""The files that dosecal ships."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from scheduler.dosing.product import ContactTeam, Market, Route, SinceScheduled, SkipMissed, Source, UntilNext
from scheduler.formulary.entry import Entry, guidance
from scheduler.formulary.fact_tables import SITES
from scheduler.formulary.formulary import load_formulary
from scheduler.formulary.reading import read_entry
from tests.support.fact_walk import walk

FOLDER = Path(__file__).parents[2] / "data" / "formulary"
FILES = sorted(FOLDER.glob("*.toml"))
ENTRIES = [entry for market in Market for entry in load_formulary().entries(market)]
PRODUCTS = ("cabozantinib", "everolimus", "lanreotide", "octreotide-lar", "octreotide-sc")
US_ALONE = ("capecitabine", "lutetium-dotatate", "pancrelipase", "sunitinib", "telotristat", "temozolomide")

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e.product.id}.{e.market}")


@each_file
def test_each_file_loads(file: Path) -> None:
    entry = read_entry(file.name, file.read_bytes())
    assert file.name == f"{entry.product.id}.{entry.market}.toml"


def test_each_market_has_the_five_products_and_the_us_some_more() -> None:
    found = {market: tuple(e.product.id for e in load_formulary().entries(market)) for market in Market}
    assert found == {Market.EU: PRODUCTS, Market.US: tuple(sorted(PRODUCTS + US_ALONE))}


@each_entry
def test_the_late_text_has_the_source_of_the_missed_dose_rule(entry: Entry) -> None:
    assert entry.late.source == entry.product.missed.source


@each_entry
def test_sites_are_known_and_only_for_what_is_injected(entry: Entry) -> None:
    assert set(entry.product.sites) <= set(SITES)
    assert not (entry.product.sites and entry.product.route is Route.ORAL)


@each_entry
def test_the_two_long_acting_products_are_depots(entry: Entry) -> None:
    assert entry.product.is_depot is (entry.product.id in {"octreotide-lar", "lanreotide"})


@pytest.mark.parametrize("market", Market)
def test_a_name_stands_for_one_product_of_a_market(market: Market) -> None:
    names = Counter(name for entry in load_formulary().entries(market) for name in entry.names)
    assert [name for name, count in names.items() if count > 1] == []


def test_no_fact_is_the_same_in_both_markets_unless_each_read_it_in_a_source_of_its_own() -> None:
    found = {(e.product.id, e.market): {v for v in walk(e) if isinstance(v, Source)} for e in ENTRIES}
    for product in PRODUCTS:
        assert not found[product, Market.US] & found[product, Market.EU]


def test_us_sites_are_in_the_order_of_rotation() -> None:
    sites = {entry.product.id: entry.product.sites for entry in load_formulary().entries(Market.US)}
    assert sites["octreotide-sc"] == (
        "abdomen-left",
        "abdomen-right",
        "thigh-left",
        "thigh-right",
        "upper-arm-left",
        "upper-arm-right",
    )
    assert sites["octreotide-lar"] == ("gluteal-left", "gluteal-right")
    assert sites["lanreotide"] == ("buttock-upper-outer-left", "buttock-upper-outer-right")


def test_only_what_was_verified_has_a_limit() -> None:
    limited = {
        (e.product.id, e.market): type(e.product.missed)
        for e in ENTRIES
        if not isinstance(e.product.missed, ContactTeam)
    }
    assert limited == {
        ("everolimus", Market.US): SinceScheduled,
        ("cabozantinib", Market.US): UntilNext,
        ("telotristat", Market.US): SkipMissed,
    }


def test_european_lanreotide_has_the_leaflet_for_asking_the_team_and_never_taking_extra() -> None:
    entry = load_formulary().find("lanreotide", Market.EU)
    assert isinstance(entry.product.missed, ContactTeam)
    assert entry.product.missed.source is not None
    assert "Never take an extra one" in entry.late.text
    assert "extra" not in " ".join(guidance(load_formulary().find("lanreotide", Market.US)))
