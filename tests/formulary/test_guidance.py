"""The sentences for a calendar."""

from __future__ import annotations

from scheduler.dosing.product import Market
from scheduler.formulary.entry import guidance
from scheduler.formulary.formulary import load_formulary


def test_guidance_is_preparation_then_food_then_what_to_do_when_late_each_with_its_source() -> None:
    source = "(Cabometyx dosing, manufacturer's site for professionals, page on renal cell carcinoma)"
    assert guidance(load_formulary().find("cabozantinib", Market.US)) == (
        (
            "Swallow the tablet whole: do not crush or split it. "
            f"Capsules of cabozantinib do not replace it. {source}"
        ),
        f"Take it on an empty stomach: at least 1 hour before or at least 2 hours after eating. {source}",
        (
            "If the next dose is at least 12 hours away, take the missed one now. "
            f"If it is nearer, skip the missed one and take the next at its usual time. {source}"
        ),
    )


def test_a_depot_whose_label_states_no_time_is_for_the_team() -> None:
    *_, late = guidance(load_formulary().find("octreotide-lar", Market.US))
    assert late == "Ask your team: no label says how late is too late. (unverified, ask your team)"


def test_where_no_fact_is_verified_guidance_says_so_and_borrows_none_from_the_other_market() -> None:
    assert guidance(load_formulary().find("cabozantinib", Market.EU)) == (
        (
            "Ask your team: what the label says about a late dose is not verified yet. "
            "(unverified, ask your team)"
        ),
    )


def test_guidance_does_not_name_the_illness() -> None:
    for market in Market:
        for entry in load_formulary().entries(market):
            if entry.purpose is not None:
                assert entry.purpose.text not in " ".join(guidance(entry))
