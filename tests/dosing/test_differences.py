"""What a change of plan does to the doses."""

from __future__ import annotations

from datetime import date

import pytest

from scheduler.dosing.difference import differences
from scheduler.dosing.plan import Period
from tests.support.plan_text import plan
from tests.support.regimen_text import EVEROLIMUS, LAR, given, held, moved, not_given, travelling

DECEMBER = Period(start=date(2026, 12, 1), end=date(2027, 1, 1))


def told(before: str, after: str, period: Period = DECEMBER) -> list[tuple[str, str]]:
    found = differences(plan(before), plan(after), period)
    return [(str(difference.dose.id), difference.kind.value) for difference in found]


def test_a_plan_that_stays_gives_none() -> None:
    assert told(LAR + EVEROLIMUS, LAR + EVEROLIMUS) == []


def test_a_late_depot_is_changed_and_moves_the_next() -> None:
    late = LAR + given("lar#1", "2026-12-03T10:00:00")
    assert told(LAR, late) == [("lar#1", "changed"), ("lar#2", "moved")]
    (_, second) = differences(plan(LAR), plan(late), DECEMBER)
    assert (second.before.local_date.day if second.before else 0, second.dose.local_date.day) == (29, 31)


def test_a_dose_that_leaves_the_period_is_removed_and_one_that_comes_is_added() -> None:
    to_january = LAR + moved("lar#2", "2027-01-02T10:00:00")
    assert told(LAR, to_january) == [("lar#2", "removed")]
    assert told(to_january, LAR) == [("lar#2", "added")]


def test_differences_come_in_order_of_time_and_then_of_id() -> None:
    period = Period(start=date(2026, 12, 1), end=date(2026, 12, 3))
    at_ten = EVEROLIMUS.replace("08:00", "10:00")
    assert told(LAR + at_ten, LAR.replace("20 mg", "30 mg") + at_ten.replace("10 mg", "5 mg"), period) == [
        ("everolimus@2026-12-01/1", "changed"),
        ("lar#1", "changed"),
        ("everolimus@2026-12-02/1", "changed"),
    ]


@pytest.mark.parametrize(
    "after",
    [
        EVEROLIMUS.replace("10 mg", "5 mg"),
        EVEROLIMUS + held("everolimus", "2026-12-01", "2026-12-01"),
        EVEROLIMUS + not_given("everolimus@2026-12-01/1", "2026-12-01T09:00:00"),
    ],
    ids=["amount", "hold", "record"],
)
def test_another_amount_hold_or_record_is_a_change(after: str) -> None:
    period = Period(start=date(2026, 12, 1), end=date(2026, 12, 2))
    assert told(EVEROLIMUS, after, period) == [("everolimus@2026-12-01/1", "changed")]


def test_another_site_is_none() -> None:
    used = LAR + given("lar#1", "2026-12-01T10:00:00", "gluteal-right")
    assert told(LAR + given("lar#1", "2026-12-01T10:00:00"), used) == [("lar#1", "changed")]


def test_a_journey_moves_the_doses_there_and_at_the_same_offset_changes_their_clocks() -> None:
    period = Period(start=date(2026, 12, 10), end=date(2026, 12, 11))
    there = travelling("Europe/Paris", "2026-12-10", "2026-12-10") + EVEROLIMUS
    assert told(EVEROLIMUS, there, period) == [("everolimus@2026-12-10/1", "moved")]
    toronto = travelling("America/Toronto", "2026-12-10", "2026-12-10") + EVEROLIMUS
    assert told(EVEROLIMUS, toronto, period) == [("everolimus@2026-12-10/1", "changed")]
