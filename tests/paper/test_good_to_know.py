"""What to know of each medicine: every fact with its source, and what is not known said to be so."""

from __future__ import annotations

import pytest

from scheduler.dosing.product import Market
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import LeadTask, SourcedText
from scheduler.formulary.formulary import load_formulary
from scheduler.paper.good_to_know import GoodToKnow
from scheduler.paper.language import LanguageCode, language_of
from scheduler.paper.sheet import PaperSize, TextSize

ENTRIES = [entry for market in Market for entry in load_formulary().entries(market)]
IDS = [f"{entry.product.id}-{entry.market.value}" for entry in ENTRIES]


def told(entry: Entry) -> dict[str, dict[str, str]]:
    """Under each heading each sentence with its source."""
    language = language_of(LanguageCode.ENGLISH, entry.market)
    (medicine,) = (
        GoodToKnow(language=language, paper=PaperSize.A4, size=TextSize.NORMAL).pages([entry], "").medicines
    )
    return {part.heading: {s.text: s.source for s in part.sentences} for part in medicine.parts}


@pytest.mark.parametrize("entry", ENTRIES, ids=IDS)
def test_what_to_do_before_a_dose_is_there_with_its_times(entry: Entry) -> None:
    found = told(entry).get("Before each dose", {})
    facts: list[LeadTask | SourcedText] = [*entry.lead_tasks, *entry.preparation]
    for fact in facts:
        assert found[fact.text] == str(fact.source or "not verified: ask your team")
    assert entry.food is None or found[entry.food.text] == str(entry.food.source)


@pytest.mark.parametrize("entry", ENTRIES, ids=IDS)
def test_what_to_call_about_at_once_is_told_apart(entry: Entry) -> None:
    found = told(entry)
    for urgent, heading in ((True, "Call at once"), (False, "Call your team about")):
        wanted = {e.text: str(e.source) for e in entry.side_effects if e.urgent is urgent}
        assert found.get(heading, {}) == wanted


@pytest.mark.parametrize("entry", ENTRIES, ids=IDS)
def test_late_doses_and_keeping_have_their_sources(entry: Entry) -> None:
    found = told(entry)
    late = {entry.late.text: str(entry.late.source or "not verified: ask your team")}
    assert found["When a dose is late"] == late
    assert found.get("How it keeps", {}) == {rule.text: str(rule.source) for rule in entry.storage}


@pytest.mark.parametrize("entry", ENTRIES, ids=IDS)
def test_what_nobody_verified_is_named(entry: Entry) -> None:
    found = told(entry).get("Nothing verified is known here, ask your team", {})
    assert tuple(found) == entry.unverified


@pytest.mark.parametrize("entry", ENTRIES, ids=IDS)
def test_where_nothing_is_known_of_calling_or_keeping_the_page_says_so(entry: Entry) -> None:
    found = told(entry)
    calling = "\n".join(found.get("When to call", {}))
    assert ("No side effects are verified here." in calling) == (not entry.side_effects)
    assert bool(calling) == (not any(effect.urgent for effect in entry.side_effects))
    assert ("Where to keep it" in found) == (not entry.storage)


@pytest.mark.parametrize("code", [LanguageCode.SPANISH, LanguageCode.GERMAN])
@pytest.mark.parametrize("entry", ENTRIES, ids=IDS)
def test_what_no_label_says_is_in_the_readers_language(entry: Entry, code: LanguageCode) -> None:
    language = language_of(code, entry.market)
    own = [*entry.unverified, *([] if entry.late.source else [entry.late.text])]
    assert [text for text in own if text != "Grapefruit" and language.say(text) == text] == []
    page = GoodToKnow(language=language, paper=PaperSize.A4, size=TextSize.NORMAL).pages([entry], "")
    said = {s.text for medicine in page.medicines for part in medicine.parts for s in part.sentences}
    assert said >= set(map(language.say, own))
