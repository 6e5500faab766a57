"""How far back records matter for what is due from a day on. 1 December 2026 is a Tuesday."""

from __future__ import annotations

from datetime import date

from scheduler.dosing.records_needed import records_count_from
from tests.support.plan_text import plan
from tests.support.regimen_text import LAR, THRICE

DAY = date(2027, 6, 1)
TWO_DAYS_BEFORE = date(2027, 5, 30)
MOVE = '[[move]]\ndose = "octreotide@{of}/1"\nto = {to}T10:00:00\n'


def first(text: str) -> date:
    return records_count_from(plan(text), DAY)


def test_records_of_a_grid_count_for_a_day_or_two() -> None:
    assert first(THRICE) == TWO_DAYS_BEFORE
    assert first(THRICE + LAR) == TWO_DAYS_BEFORE


def test_a_dose_that_was_moved_far_counts_where_it_was() -> None:
    assert first(THRICE + MOVE.format(of="2027-03-01", to="2027-06-03")) == date(2027, 3, 1)
    assert first(THRICE + MOVE.format(of="2027-03-01", to="2027-03-03")) == TWO_DAYS_BEFORE


def test_what_is_recorded_behind_a_stop_counts() -> None:
    stopped = THRICE.replace("[[regimen.phase]]", "stop = { at = 2027-02-10T12:00:00 }\n[[regimen.phase]]", 1)
    assert first(stopped) == date(2027, 2, 8)


def test_everything_counts_where_a_phase_hangs_on_a_dose_of_a_grid() -> None:
    hung = 'start = { regimen = "octreotide", dose = 3 }'
    assert first(THRICE + LAR.replace("start = 2026-12-01", hung)) == date.min


def test_a_phase_that_hangs_on_a_chain_makes_no_difference() -> None:
    hung = 'start = 2026-12-01\nuntil = { regimen = "lar", dose = 3 }'
    assert first(THRICE.replace("start = 2026-12-01", hung) + LAR) == TWO_DAYS_BEFORE


def test_the_first_day_of_the_calendar_has_none_before_it() -> None:
    assert records_count_from(plan(THRICE), date.min) == date.min
