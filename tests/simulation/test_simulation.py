"""A small simulation with a fixed seed, and that it notices an engine that is broken."""

from __future__ import annotations

from datetime import date
from unittest import mock

from scheduler.store.reminder_plans import ReminderPlans
from tests.simulation.clinic import Cohort
from tests.simulation.running import simulate

BEFORE_THE_CLOCKS_CHANGE = date(2026, 10, 20)


def cohort(*, patients: int, days: int) -> Cohort:
    start = BEFORE_THE_CLOCKS_CHANGE
    return Cohort(seed=1, number=0, first=0, count=patients, start=start, days=days)


def test_every_dose_of_a_week_is_told_or_explained(sqlite_url: str) -> None:
    found = simulate(cohort(patients=16, days=8), sqlite_url)
    assert found.broken == []
    assert found.doses == found.ends.total()
    assert found.ends["reminded"] > 80
    assert found.seen["crashes"] > 10


def test_a_reminder_that_is_not_taken_back_is_noticed(sqlite_url: str) -> None:
    with mock.patch.object(ReminderPlans, "cancel"):
        found = simulate(cohort(patients=8, days=2), sqlite_url)
    assert {broken.law for broken in found.broken} >= {"after recording"}
