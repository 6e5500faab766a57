"""What a person is asked to confirm."""

from __future__ import annotations

import pytest

from scheduler.dosing.product import Market
from scheduler.formulary.formulary import load_formulary
from scheduler.orders.read_back import read_back
from scheduler.orders.reading import read_order
from scheduler.planfile.reading import parse_regimen

BEGIN = "from 2026-12-01"
SAID = "from 1 December 2026 (Tuesday)"


def said(order: str) -> str:
    reading = read_order(order, load_formulary(), Market.US)
    assert reading.open == ()
    return read_back(parse_regimen(reading.table, "order", load_formulary(), Market.US))


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (
            f"octreotide 100 mcg SC TID at 07:00, 15:00, 23:00 {BEGIN} x 14 days",
            (
                "Octreotide (short-acting), 100 micrograms under the skin, three times a day at "
                f"07:00, 15:00 and 23:00, {SAID} for 14 days. Given at home."
            ),
        ),
        (
            f"octreotide LAR 20 mg q4w at 10:00 {BEGIN} for 2 doses then 30 mg q4w at the clinic",
            (
                f"Octreotide LAR, 20 milligrams into the muscle, every 4 weeks at 10:00, {SAID} for 2 doses. "
                "Then 30 milligrams into the muscle, every 4 weeks at 10:00 until further notice. "
                "Each dose counts from the one given before. Given at the clinic."
            ),
        ),
        (
            f"lanreotide 120 mg every 1 calendar month at 10:00 {BEGIN} for 6 months, nurse visit",
            (
                "Lanreotide, 120 milligrams deep under the skin, every calendar month at 10:00, "
                f"{SAID} for 6 calendar months. Each dose counts from the one given before. "
                "Given at a nurse's visit."
            ),
        ),
        (
            f"everolimus 1 tablet every other day at 20:00 {BEGIN}",
            (
                f"Everolimus, 1 tablet by mouth, every 2 days at 20:00, {SAID} until further notice. "
                "Given at home."
            ),
        ),
        (
            f"Creon 2 capsules QID at 08:00, 12:00, 16:00, 20:00 {BEGIN} until 2026-12-24",
            (
                "Pancrelipase, 2 capsules by mouth, four times a day at 08:00, 12:00, 16:00 and 20:00, "
                f"{SAID} until 24 December 2026 (Thursday), that day included. Given at home."
            ),
        ),
        (
            f"capecitabine 1500 mg BID on days 1-14 of 28 at 08:00 and 20:00 {BEGIN}",
            (
                "Capecitabine, 1500 milligrams by mouth, twice a day on days 1 to 14 of every 28 at "
                f"08:00 and 20:00, {SAID} until further notice. Given at home."
            ),
        ),
        (
            f"everolimus 5 mg on Mon and Thu at 20:00 {BEGIN} for 1 dose",
            (
                f"Everolimus, 5 milligrams by mouth, once a day on Monday and Thursday at 20:00, {SAID} "
                "for 1 dose. Given at home."
            ),
        ),
        (
            "telotristat 250 mg q8h from 2026-12-01T07:00 for 3 days",
            (
                "Telotristat, 250 milligrams by mouth, every 8 hours by elapsed time, "
                f"the first dose at 07:00, {SAID} for 3 days. Given at home."
            ),
        ),
        (
            f"octreotide 50 mcg SC PRN max 4/day at least 4 hours apart {BEGIN}",
            (
                "Octreotide (short-acting), 50 micrograms under the skin, as needed, at most 4 doses a day, "
                f"at least 4 hours apart, {SAID} until further notice. Given at home."
            ),
        ),
        (
            f"octreotide 50 mcg SC PRN max 1/day {BEGIN}",
            (
                "Octreotide (short-acting), 50 micrograms under the skin, as needed, at most 1 dose a day, "
                f"{SAID} until further notice. Given at home."
            ),
        ),
        (
            f"Lutathera 7.4 GBq IV every 8 weeks at 09:00 {BEGIN} for 4 doses at the clinic",
            (
                "Lutetium Lu 177 dotatate, 7.4 gigabecquerels into a vein, every 8 weeks at 09:00, "
                f"{SAID} for 4 doses. Given at the clinic."
            ),
        ),
    ],
)
def test_it_is_said_in_full_words(order: str, words: str) -> None:
    assert said(order) == words


def test_a_bound_on_another_regimen_is_said() -> None:
    table = {
        "id": "bridge",
        "product": "octreotide-sc",
        "phase": [
            {
                "dose": "100 ug",
                "times": ["08:00"],
                "start": {"regimen": "lar", "dose": 1},
                "until": {"regimen": "lar", "dose": 1, "plus": "14 d"},
            }
        ],
    }
    words = read_back(parse_regimen(table, "plan", load_formulary(), Market.US))
    assert "from the date of dose 1 of lar until 14 days after dose 1 of lar, that day included" in words
