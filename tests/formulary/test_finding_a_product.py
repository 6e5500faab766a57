"""Asking the formulary for a product."""

from __future__ import annotations

import pytest

from scheduler.dosing.product import ContactTeam, Market, Route
from scheduler.errors import InputError
from scheduler.formulary.custom import custom_product
from scheduler.formulary.errors import OtherMarketError, UnknownProductError
from scheduler.formulary.formulary import load_formulary


@pytest.mark.parametrize(
    ("name", "product"),
    [
        ("octreotide-sc", "octreotide-sc"),
        ("sandostatin", "octreotide-sc"),
        ("bynfezia", "octreotide-sc"),
        ("sandostatin-lar", "octreotide-lar"),
        ("sandostatin-lar-depot", "octreotide-lar"),
        ("Somatuline-Depot", "lanreotide"),
        ("somatuline", "lanreotide"),
        ("AFINITOR", "everolimus"),
        (" Cabometyx ", "cabozantinib"),
    ],
)
def test_a_product_is_found_by_id_or_brand_in_any_case(name: str, product: str) -> None:
    assert load_formulary().find(name, Market.US).product.id == product


def test_each_market_has_its_own_entry() -> None:
    us, eu = (load_formulary().find("cabozantinib", market) for market in Market)
    assert (us.market, eu.market) == (Market.US, Market.EU)
    assert us.food is not None
    assert eu.food is None


@pytest.mark.parametrize(
    ("slip", "nearest"),
    [
        ("octretide-lar", "octreotide-lar"),
        ("Octreotide", "octreotide-sc"),
        ("sandostatin lar", "sandostatin-lar"),
        ("cabometix", "cabometyx"),
        ("lanrotide", "lanreotide"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(slip: str, nearest: str) -> None:
    with pytest.raises(UnknownProductError) as raised:
        load_formulary().find(slip, Market.US)
    assert raised.value.name == slip
    assert raised.value.suggestions[0] == nearest


@pytest.mark.parametrize("other", ["cometriq", "afinitor-disperz", "aspirin", ""])
def test_another_product_is_never_taken_for_a_slip(other: str) -> None:
    with pytest.raises(UnknownProductError) as raised:
        load_formulary().find(other, Market.US)
    assert raised.value.suggestions == ()


def test_a_near_miss_is_looked_for_in_the_same_market_alone() -> None:
    with pytest.raises(UnknownProductError) as raised:
        load_formulary().find("somatuline-autogl", Market.US)
    assert "somatuline-autogel" not in raised.value.suggestions


def test_a_product_of_another_market_is_refused_and_says_which_market_has_it() -> None:
    with pytest.raises(OtherMarketError, match="these markets alone: eu") as raised:
        load_formulary().find("somatuline-autogel", Market.US)
    assert raised.value.markets == (Market.EU,)


def test_an_unknown_product_is_bad_input_and_its_message_names_no_medicine() -> None:
    with pytest.raises(InputError) as raised:
        load_formulary().find("octretide-lar", Market.US)
    assert "oct" not in str(raised.value)


def test_the_shipped_formulary_is_read_once() -> None:
    assert load_formulary() is load_formulary()


def test_a_product_of_the_patients_own_has_no_sites_and_asks_the_team() -> None:
    product = custom_product("Pancreatin", Route.ORAL)
    assert (product.id, product.name, product.route) == ("custom", "Pancreatin", Route.ORAL)
    assert not product.is_depot
    assert product.sites == ()
    assert product.missed == ContactTeam(source=None)
