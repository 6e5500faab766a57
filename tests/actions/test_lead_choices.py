"""What a person may choose to be told before a dose, and what the label makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.actions.feed_contents import FeedStyle, Subject, patient_part
from scheduler.actions.feed_rendering import render_plan
from scheduler.actions.lead_choice import NO_LEADS, LeadChoice
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Market
from scheduler.errors import InputError
from scheduler.formulary.facts import FoodMode
from scheduler.formulary.formulary import load_formulary
from scheduler.formulary.lead import Lead
from scheduler.ical.audience import Audience
from scheduler.ical.feed_identity import Revision
from scheduler.ical.privacy import Privacy
from tests.support.plan_text import plan
from tests.support.regimen_text import CABOZANTINIB, EVEROLIMUS, LAR, THRICE
from tests.support.schedule import instant

TODAY = date(2026, 12, 1)
ALL = LeadChoice(prepare=True, food=True, order_days=7)
LANREOTIDE = """
[[regimen]]
id = "lanreotide"
product = "lanreotide"
  [[regimen.phase]]
  dose = "120 mg"
  every = "4 wk"
  times = ["10:00"]
  start = 2026-12-20
"""


def leads(product: str, choice: LeadChoice, market: Market = Market.US) -> dict[str, Lead]:
    entry = load_formulary().find(product, market)
    return {lead.key: lead for lead in choice.leads(entry.product, entry)}


def told(of: Plan, choice: LeadChoice, privacy: Privacy = Privacy.FULL) -> list[tuple[str, str, int]]:
    """Start, title and number of alarms of each event, on 1 December 2026."""
    style = FeedStyle(privacy=privacy, leads=choice)
    revision = Revision(sequence=0, at=instant("2026-12-01T05:00+00:00"))
    body = render_plan(of, load_formulary(), style, "p-1", revision, TODAY)
    return [
        (_written(event.start), str(event["SUMMARY"]), len(event.walk("VALARM")))
        for event in icalendar.Calendar.from_ical(body).events
    ]


def _written(start: datetime | date) -> str:
    return f"{start:%m-%d %H:%M}" if isinstance(start, datetime) else f"{start:%m-%d}"


@pytest.mark.parametrize(
    ("product", "ahead"),
    [
        ("lanreotide", timedelta(minutes=30)),
        ("octreotide-sc", timedelta(minutes=60)),
        ("octreotide-lar", timedelta(minutes=60)),
    ],
)
def test_it_is_got_ready_as_early_as_the_label_lets(product: str, ahead: timedelta) -> None:
    found = leads(product, LeadChoice(prepare=True))
    assert {key: (lead.title, lead.ahead) for key, lead in found.items()} == {
        "prepare1": ("get it ready", ahead)
    }


def test_what_to_do_is_told_with_its_source() -> None:
    text = leads("octreotide-sc", LeadChoice(prepare=True))["prepare1"].text
    assert text.startswith("An ampoule from the fridge comes out 30 to 60 minutes before the injection.")
    (task,) = load_formulary().find("octreotide-sc", Market.US).lead_tasks
    assert text.endswith(f"({task.source})")


def test_eating_stops_so_long_before_as_the_label_says() -> None:
    found = leads("cabozantinib", LeadChoice(food=True))
    assert {key: (lead.title, lead.ahead) for key, lead in found.items()} == {
        "food": ("stop eating", timedelta(hours=2))
    }
    assert found["food"].text == str(load_formulary().find("cabozantinib", Market.US).food)


@pytest.mark.parametrize("product", ["everolimus", "capecitabine", "octreotide-sc", "pancrelipase"])
def test_nobody_stops_eating_for_what_is_not_taken_on_an_empty_stomach(product: str) -> None:
    assert leads(product, LeadChoice(food=True)) == {}


@pytest.mark.parametrize(
    "change", [{"mode": FoodMode.WITH_FOOD}, {"mode": FoodMode.ANY}, {"after_meal": None}]
)
def test_eating_stops_only_for_an_empty_stomach_and_for_a_time_that_is_stated(change: dict[str, Any]) -> None:
    entry = load_formulary().find("cabozantinib", Market.US)
    assert entry.food is not None
    other = replace(entry, food=replace(entry.food, **change))
    assert LeadChoice(food=True).leads(entry.product, other) == ()


def test_what_another_market_says_is_not_borrowed() -> None:
    assert leads("cabozantinib", ALL, Market.EU) == {}
    assert set(leads("lanreotide", ALL, Market.EU)) == {"order"}


@pytest.mark.parametrize("product", ["lanreotide", "octreotide-lar"])
def test_a_depot_is_ordered_by_the_day(product: str) -> None:
    (lead,) = leads(product, LeadChoice(order_days=9)).values()
    assert (lead.key, lead.ahead, lead.by_day) == ("order", timedelta(days=9), True)


@pytest.mark.parametrize("product", ["octreotide-sc", "everolimus", "cabozantinib"])
def test_what_is_given_every_day_is_not_ordered_dose_by_dose(product: str) -> None:
    assert leads(product, LeadChoice(order_days=9)) == {}


def test_a_product_of_ones_own_has_nothing_from_a_label() -> None:
    product = load_formulary().find("lanreotide", Market.US).product
    assert [lead.key for lead in ALL.leads(product, None)] == ["order"]


def test_by_default_nobody_is_told_anything() -> None:
    assert LeadChoice() == NO_LEADS == FeedStyle(privacy=Privacy.FULL).leads == LeadChoice.parse(())
    for product in ("lanreotide", "octreotide-sc", "cabozantinib"):
        assert leads(product, NO_LEADS) == {}
    assert len(told(plan(LANREOTIDE), NO_LEADS)) == 4


def test_each_is_chosen_by_itself() -> None:
    assert set(leads("lanreotide", LeadChoice(prepare=True))) == {"prepare1"}
    assert set(leads("lanreotide", LeadChoice(order_days=1))) == {"order"}
    assert set(leads("lanreotide", ALL)) == {"prepare1", "order"}


def test_in_full_a_depot_has_its_order_and_its_preparation_in_the_calendar() -> None:
    assert told(plan(LANREOTIDE), ALL)[:3] == [
        ("12-13", "Lanreotide: see that it is in stock", 0),
        ("12-20 09:30", "Lanreotide: get it ready", 1),
        ("12-20 10:00", "Lanreotide 120 mg", 1),
    ]


def test_in_full_eating_stops_two_hours_before_the_tablet() -> None:
    assert told(plan(CABOZANTINIB), ALL)[:2] == [
        ("12-01 19:00", "Cabozantinib: stop eating", 1),
        ("12-01 21:00", "Cabozantinib 60 mg", 1),
    ]


@pytest.mark.parametrize("privacy", [Privacy.DISCREET, Privacy.INITIALS])
def test_below_full_it_is_told_that_something_is_to_be_done_and_not_what(privacy: Privacy) -> None:
    found = told(plan(LANREOTIDE + CABOZANTINIB), ALL, privacy)
    name = "Reminder (ZM)" if privacy is Privacy.INITIALS else "Reminder"
    assert {title for _, title, _ in found} == {name, f"{name}: get ready"}


@pytest.mark.parametrize(
    "body",
    [THRICE, CABOZANTINIB + THRICE + LAR, THRICE + CABOZANTINIB + EVEROLIMUS + LAR + LANREOTIDE],
    ids=["three doses a day", "some", "many"],
)
def test_with_all_of_it_a_calendar_has_a_thousand_events_at_most(body: str) -> None:
    assert 600 < len(told(plan(body), ALL)) <= 1000


def test_the_room_is_shared_between_doses_and_what_is_to_be_done_before_them() -> None:
    subject = Subject(audience=Audience.PATIENT, id="p-1", name="Zoe Marsh")
    eight_a_day = THRICE.replace(
        '"07:00", "15:00", "23:00"',
        '"01:00", "04:00", "07:00", "10:00", "13:00", "16:00", "19:00", "22:00"',
    )
    parts = {
        choice: patient_part(
            plan(eight_a_day),
            load_formulary(),
            subject,
            FeedStyle(privacy=Privacy.DISCREET, leads=choice),
            TODAY,
        )
        for choice in (NO_LEADS, LeadChoice(prepare=True))
    }
    assert [len(part.contents.occurrences) for part in parts.values()] == [960, 496]
    assert [part.contents.shortened for part in parts.values()] == [False, True]


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        ((), NO_LEADS),
        (("prepare",), LeadChoice(prepare=True)),
        (("food", "prepare"), LeadChoice(prepare=True, food=True)),
        (("order=7",), LeadChoice(order_days=7)),
        (("order=60", "food"), LeadChoice(food=True, order_days=60)),
        (("order=1",), LeadChoice(order_days=1)),
        (("order=07",), LeadChoice(order_days=7)),
    ],
)
def test_a_choice_is_read_in_any_order(words: tuple[str, ...], choice: LeadChoice) -> None:
    assert LeadChoice.parse(words) == choice


@given(
    st.builds(
        LeadChoice, prepare=st.booleans(), food=st.booleans(), order_days=st.none() | st.integers(1, 60)
    )
)
def test_a_choice_that_is_written_is_read_back(choice: LeadChoice) -> None:
    assert LeadChoice.parse(choice.words()) == choice


@pytest.mark.parametrize(
    "word",
    [
        *("Prepare", "prepare ", "fridge", "", "order", "order=", "order=x", "order=-1", "order=1000"),
        *("order=7d", "order=\u0667", "order=7\n", "=7", "food=2"),
    ],
)
def test_an_unknown_word_is_named_with_what_is_allowed(word: str) -> None:
    with pytest.raises(InputError) as refused:
        LeadChoice.parse(("food", word))
    assert (
        str(refused.value)
        == f"{word!r} is nothing to be told before a dose: write 'prepare', 'food' or 'order=DAYS'"
    )


@pytest.mark.parametrize("days", [0, 61, 999])
def test_too_few_or_too_many_days_are_named_with_what_is_allowed(days: int) -> None:
    with pytest.raises(InputError) as refused:
        LeadChoice.parse((f"order={days}",))
    assert str(refused.value) == f"'order={days}': write 1 to 60 days"
