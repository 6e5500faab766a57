"""A small simulation with a fixed seed, and that it notices an engine that is broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from unittest import mock

from scheduler.store.reminder_plans import ReminderPlans
from tests.simulation.clinic import Cohort
from tests.simulation.running import simulate
from tests.simulation.verdict import came_when_over
from tests.support.plan_text import plan
from tests.support.regimen_text import EVEROLIMUS, LAR, given
from tests.support.schedule import dose_named

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


def test_a_dose_that_came_to_its_time_when_it_was_over_is_explained() -> None:
    """The second depot was given late, the course then stopped, and the record taken back."""
    stopped = LAR.replace("[[regimen.phase]]", "stop = { at = 2027-01-28T12:00:00 }\n[[regimen.phase]]", 1)
    then = plan(stopped + given("lar#1", "2026-12-01T10:00:00") + given("lar#2", "2027-01-10T10:00:00"))
    now = replace(then, administrations=then.administrations[:1])
    third, second = dose_named(now, "lar#3"), dose_named(now, "lar#2")
    late, record = datetime(2027, 2, 9, tzinfo=UTC), then.administrations[1]
    assert came_when_over(third, now, [(late, record)])
    assert not came_when_over(third, now, [(datetime(2027, 1, 27, tzinfo=UTC), record)])
    assert not came_when_over(third, now, [])
    assert second.useful_until is not None
    assert not came_when_over(second, now, [(second.useful_until - timedelta(minutes=1), record)])


def test_a_dose_whose_record_was_taken_back_when_it_was_over_is_explained() -> None:
    """It was given before it was told, and undone a day later: nobody is told of it then."""
    then = plan(EVEROLIMUS + given("everolimus@2026-12-01/1", "2026-12-01T08:00:00"))
    dose = dose_named(replace(then, administrations=()), "everolimus@2026-12-01/1")
    assert dose.useful_until is not None
    now, (record,) = replace(then, administrations=()), then.administrations
    assert came_when_over(dose, now, [(dose.useful_until, record)])
    assert not came_when_over(dose, now, [(dose.useful_until - timedelta(minutes=1), record)])
    assert not came_when_over(dose, then, [(dose.useful_until, record)])
