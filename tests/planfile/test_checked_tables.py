"""The tables that move no dose: operations, packages, confirmations."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.expansion import expand
from scheduler.dosing.plan import Period
from scheduler.dosing.supply import Supply
from scheduler.dosing.surgery import Surgery
from scheduler.planfile.fault import PlanFileError
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR

SURGERY = "[[surgery]]\non = 2027-01-05\n"
SUPPLY = '[[supply]]\nregimen = "lar"\nlabel = "lot 7"\n'
CONFIRMED = '[[confirmed]]\nregimen = "lar"\ncode = "dup-la-ssa"\nreason = "ordered by the team"\n'


def refused(text: str) -> list[str]:
    with pytest.raises(PlanFileError) as caught:
        plan(LAR + text)
    return [line.removeprefix("test.toml: ") for line in str(caught.value).splitlines()]


def test_operations_are_read() -> None:
    read = plan(LAR + SURGERY + SURGERY.replace("05", "07") + "dental = true\n")
    assert read.surgeries == (
        Surgery(on=date(2027, 1, 5)),
        Surgery(on=date(2027, 1, 7), dental=True),
    )


def test_packages_are_read() -> None:
    times = "out = 2026-12-01T08:00:00\nback = 2026-12-01T20:00:00\nopened = 2026-12-02T07:00:00\n"
    assert plan(LAR + SUPPLY + times).supplies == (
        Supply(
            regimen="lar",
            label="lot 7",
            out_at=datetime(2026, 12, 1, 8),  # noqa: DTZ001
            back_at=datetime(2026, 12, 1, 20),  # noqa: DTZ001
            opened_at=datetime(2026, 12, 2, 7),  # noqa: DTZ001
        ),
    )


def test_confirmations_are_read() -> None:
    assert plan(LAR + CONFIRMED).confirmations == (
        Confirmation(regimen="lar", code="dup-la-ssa", reason="ordered by the team"),
    )


def test_none_of_them_moves_a_dose() -> None:
    period = Period(start=date(2026, 12, 1), end=date(2027, 6, 1))
    beside = SURGERY + SUPPLY + "opened = 2026-12-02T07:00:00\n" + CONFIRMED
    assert expand(plan(LAR + beside), period) == expand(plan(LAR), period)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (SURGERY + "dental = 1", "surgery[0].dental: 1 must be true or false, without quotes"),
        ("[[surgery]]", "surgery[0].on: is missing"),
        (SUPPLY, "supply[0]: say since when the package is out of the fridge or in use"),
        (
            SUPPLY + "out = 2026-12-01T08:00:00\nback = 2026-12-01T07:59:00",
            "supply[0]: the package was back at 2026-12-01 07:59:00, before it was out of the fridge",
        ),
        (
            SUPPLY + "opened = 2026-12-01T08:00:00\nback = 2026-12-01T09:00:00",
            "supply[0]: the package was back at 2026-12-01 09:00:00, before it was out of the fridge",
        ),
        (
            SUPPLY.replace("lar", "la") + "opened = 2026-12-01T08:00:00",
            'supply[0].regimen: "la" is no regimen of this plan; there are: lar; did you mean "lar"?',
        ),
        (
            CONFIRMED.replace('"lar"', '"la"'),
            'confirmed[0].regimen: "la" is no regimen of this plan; there are: lar; did you mean "lar"?',
        ),
        (
            CONFIRMED.replace("ordered by the team", "  "),
            "confirmed[0]: the confirmation of dup-la-ssa needs a reason",
        ),
    ],
)
def test_what_cannot_be_is_told(table: str, fault: str) -> None:
    assert refused(table) == [fault]
