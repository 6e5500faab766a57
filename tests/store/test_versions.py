"""A regimen is a chain of versions in every database alike: order, supersession, taking back, history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from scheduler.dosing.dose import Dose
from scheduler.dosing.regimen import Regimen
from scheduler.store.plans import BEGINNING, StoredPlan, VersionRecord
from scheduler.store.unit_of_work import Store
from tests.support.plan_text import plan
from tests.support.waiting_reminders import NOON, ZOE
from tests.support.ward import DEPOT, THRICE_DAILY

OCTREOTIDE, LAR = plan(THRICE_DAILY.format(start="2026-12-01") + DEPOT.format(start="2026-12-01")).regimens
HOUR = timedelta(hours=1)


def day(number: int) -> date:
    return date(2026, 12, number)


def dosed(amount: str) -> Regimen:
    phase = replace(OCTREOTIDE.phases[0], dose=Dose.parse(f"{amount} ug"))
    return replace(OCTREOTIDE, phases=(phase,))


def put(store: Store, amount: str, on: date, moment: datetime = NOON) -> None:
    with store.transaction() as work:
        work.plans.put_regimen("p-1", dosed(amount), 0, moment, on)


def take_back(store: Store, moment: datetime = NOON) -> bool:
    with store.transaction() as work:
        return work.plans.take_back_version("p-1", "octreotide", moment)


def load(store: Store) -> StoredPlan:
    with store.reading() as work:
        return work.plans.load(work.patients.get("p-1"))


def standing(store: Store) -> list[tuple[date | None, str]]:
    """The versions of the regimen as it is loaded: from which date, and how much."""
    (regimen,) = load(store).regimens
    return [(v.effective_on, v.phases[0].dose.amount) for v in regimen.versions]


def history(store: Store) -> list[VersionRecord]:
    with store.reading() as work:
        return work.plans.history(work.patients.get("p-1"), "octreotide")


@pytest.fixture
def started(store: Store) -> Store:
    """A patient with 100 micrograms."""
    with store.transaction() as work:
        work.patients.add("p-1", ZOE, NOON)
    put(store, "100", day(1))
    return store


def test_the_first_version_is_in_force_from_the_beginning_whatever_date_is_said(started: Store) -> None:
    assert load(started).regimens == (OCTREOTIDE,)
    (version,) = history(started)
    assert (version.number, version.effective_on, version.superseded_at) == (1, BEGINNING, None)
    assert (version.regimen, version.recorded_at) == (OCTREOTIDE, NOON)


def test_versions_stand_in_the_order_of_their_dates(started: Store) -> None:
    put(started, "200", day(10))
    put(started, "300", day(20))
    assert standing(started) == [(None, "100"), (day(10), "200"), (day(20), "300")]


def test_a_version_supersedes_those_of_its_date_and_of_later_ones(started: Store) -> None:
    for amount, on in (("200", 10), ("300", 20), ("400", 20), ("500", 15)):
        put(started, amount, day(on))
    assert standing(started) == [(None, "100"), (day(10), "200"), (day(15), "500")]
    kept = [version.regimen.phases[0].dose.amount for version in history(started)]
    assert kept == ["100", "200", "300", "400", "500"]
    superseded = [version.number for version in history(started) if version.superseded_at is not None]
    assert superseded == [3, 4]


def test_a_version_from_the_beginning_supersedes_all(started: Store) -> None:
    put(started, "200", day(10))
    put(started, "300", BEGINNING)
    assert standing(started) == [(None, "300")]
    assert take_back(started)
    assert standing(started) == [(None, "100"), (day(10), "200")]


def test_taking_back_undoes_one_version_after_the_other_down_to_the_first(started: Store) -> None:
    seen = [standing(started)]
    for hours, (amount, on) in enumerate((("200", 10), ("300", 20), ("400", 15), ("500", 5)), 1):
        put(started, amount, day(on), NOON + hours * HOUR)
        seen.append(standing(started))
    for hours, expected in enumerate(reversed(seen[:-1]), 10):
        assert take_back(started, NOON + hours * HOUR)
        assert standing(started) == expected
    assert not take_back(started)
    assert standing(started) == [(None, "100")]
    assert len(history(started)) == 5


@pytest.mark.parametrize("step", [timedelta(0), -HOUR], ids=["at one moment", "while clocks go back"])
def test_taking_back_puts_back_only_what_that_version_had_superseded(started: Store, step: timedelta) -> None:
    put(started, "200", day(10), NOON)
    assert take_back(started, NOON + step)
    put(started, "300", day(20), NOON + 2 * step)
    put(started, "400", day(20), NOON + 3 * step)
    assert take_back(started, NOON + 4 * step)
    assert standing(started) == [(None, "100"), (day(20), "300")]
    assert take_back(started, NOON + 5 * step)
    assert standing(started) == [(None, "100")]


def test_a_version_after_one_that_was_taken_back_has_a_number_of_its_own(started: Store) -> None:
    put(started, "200", day(10))
    take_back(started)
    put(started, "300", day(10))
    assert [version.number for version in history(started)] == [1, 2, 3]
    assert standing(started) == [(None, "100"), (day(10), "300")]


def test_regimens_keep_their_places_through_amendments(started: Store) -> None:
    with started.transaction() as work:
        work.plans.put_regimen("p-1", LAR, 1, NOON, day(1))
    put(started, "200", day(10))
    assert [regimen.id for regimen in load(started).regimens] == ["octreotide", "lar"]


def test_versions_of_one_patient_are_not_those_of_another(started: Store) -> None:
    with started.transaction() as work:
        work.patients.add("p-2", ZOE, NOON)
        work.plans.put_regimen("p-2", dosed("700"), 0, NOON, day(1))
    put(started, "200", day(1))
    with started.transaction() as work:
        assert not work.plans.take_back_version("p-2", "octreotide", NOON)
        (regimen,) = work.plans.load(work.patients.get("p-2")).regimens
    assert regimen == dosed("700")
    assert standing(started) == [(None, "100"), (day(1), "200")]
