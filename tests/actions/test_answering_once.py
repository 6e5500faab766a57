"""An answer is one transaction that reads the plan once; what is not read again is as a reading finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from scheduler.actions import record_dose
from scheduler.actions.answer import Answer, Given, NotGiven, Outcome, Snooze, Undo, answer, look
from scheduler.actions.patient import load_patient
from scheduler.actions.plan_change import Done, Occasion, change_plan
from scheduler.actions.regimen import stop_regimen
from scheduler.store.patients import PatientRecord
from scheduler.store.plans import Plans, StoredEntry, StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork
from tests.support.answer_world import FIRST, World, reminded_at_seven

SECOND = "octreotide@2026-12-01/2"
EARLY = datetime(2026, 12, 1, 6, 30)  # noqa: DTZ001  # a wall time
NOW = Given(at=None, site=None)


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    with reminded_at_seven(store) as made:
        yield made


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The patients whose plans are read, each time."""
    read: list[str] = []

    def noting(load: Callable[..., list[StoredPlan]]) -> Callable[..., list[StoredPlan]]:
        def note(plans: Plans, records: Sequence[PatientRecord], *how: object) -> list[StoredPlan]:
            read.extend(record.id for record in records)
            return load(plans, records, *how)

        return note

    for name in ("load_many", "load_recent"):
        monkeypatch.setattr(Plans, name, noting(getattr(Plans, name)))
    return read


@pytest.mark.parametrize(
    "given",
    [
        NOW,
        Given(at=EARLY, site=None),
        NotGiven(reason="Side effects"),
        Snooze(wait=timedelta(minutes=10)),
    ],
)
def test_an_answer_reads_the_plan_once(world: World, readings: list[str], given: Answer) -> None:
    _, outcome = answer(world.store, world.token_for(), world.moment, given)
    assert outcome is Outcome.DONE
    assert readings == [world.patient]


def test_so_does_taking_it_back(world: World, readings: list[str]) -> None:
    answer(world.store, world.token_for(), world.moment, NOW)
    readings.clear()
    dose, outcome = answer(world.store, world.token_for(), world.moment, Undo())
    assert (dose.entry, outcome) == (None, Outcome.DONE)
    assert readings == [world.patient]


def test_so_does_looking(world: World, readings: list[str]) -> None:
    look(world.store, world.token_for(), world.moment)
    assert readings == [world.patient]


def test_the_page_after_an_answer_is_what_a_look_finds(world: World) -> None:
    for given in (NOW, Undo(), Snooze(wait=timedelta(minutes=10)), NotGiven(reason="Side effects")):
        done, _ = answer(world.store, world.token_for(), world.moment, given)
        assert done == look(world.store, world.token_for(), world.moment)


def test_what_an_answer_changed_stands_though_the_dose_left_the_plan_with_it(world: World) -> None:
    answer(world.store, world.token_for(), world.moment, Given(at=EARLY, site=None))
    stop = EARLY + timedelta(minutes=15)
    stop_regimen(
        world.store, world.patient, "octreotide", Occasion(moment=world.moment), at=stop, reason="over"
    )
    assert world.press(f"/answer/{world.token_for()}", "undo").status_code == 410
    assert load_patient(world.store, world.patient).administrations == ()


def test_what_was_not_done_is_not_half_done(world: World) -> None:
    before = load_patient(world.store, world.patient)
    path = f"/answer/{world.token_for()}"
    assert world.press(path, "given", at="2026-12-01T09:30").status_code == 422
    assert world.press(path, "undo").status_code == 200
    assert load_patient(world.store, world.patient) == before


def known_after(world: World, act: str) -> tuple[StoredPlan | None, StoredPlan]:
    """The plan as ``act`` says that it left it, and as it is read."""

    def do(work: UnitOfWork, stored: StoredPlan) -> Done:
        done = acting(work, stored)
        known.append(done.after)
        known.append(work.plans.load(stored.record))
        return done

    def acting(work: UnitOfWork, stored: StoredPlan) -> Done:
        moment = world.moment + timedelta(microseconds=1234)
        if act == "given":
            return record_dose.record_given(work, stored, SECOND, moment, at=EARLY, site=None)
        if act == "not given":
            return record_dose.record_not_given(work, stored, SECOND, moment, at=None, reason="sick")
        occurrence = record_dose.planned_dose(stored, FIRST)
        told: list[StoredEntry[Any]] = [*stored.administrations, *stored.moves]
        entries = [entry for entry in told if entry.value.dose == occurrence.id]
        return record_dose.take_back(work, stored, occurrence, entries[0], moment)

    known: list[StoredPlan | None] = []
    change_plan(world.store, world.patient, Occasion(moment=world.moment), do)
    after, read = known
    assert read is not None
    return after, read


@pytest.mark.parametrize("act", ["given", "not given", "taken back", "move taken back"])
def test_the_plan_that_is_not_read_again_is_as_it_is_read(world: World, act: str) -> None:
    at, nine = world.moment, datetime(2026, 12, 1, 9, 0)  # noqa: DTZ001  # a wall time
    if act == "move taken back":
        record_dose.move(world.store, world.patient, FIRST, at, to=nine, reason="visit")
    else:
        record_dose.give(world.store, world.patient, FIRST, at, at=None, site=None)
    after, read = known_after(world, act)
    assert after == read
