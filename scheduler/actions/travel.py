"""A patient's journeys."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from scheduler.actions.plan_change import Done, Occasion, PlanChange, change_plan
from scheduler.dosing.patient import Travel
from scheduler.errors import NotFoundError
from scheduler.store.plans import StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork


def add_travel(store: Store, patient_id: str, journey: Travel, occasion: Occasion) -> PlanChange:
    """Clock times follow the zone of ``journey`` on its dates.

    Raises NotFoundError, InputError where it overlaps another journey.
    """

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        journeys = sorted((*stored.record.patient.travel, journey), key=lambda j: j.first)
        _write(work, stored, tuple(journeys))
        return Done(since=journey.first)

    return change_plan(store, patient_id, occasion, act)


def remove_travel(store: Store, patient_id: str, first: date, occasion: Occasion) -> PlanChange:
    """Take back the journey that begins on local date ``first``. Raises NotFoundError."""

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        journeys = stored.record.patient.travel
        kept = tuple(journey for journey in journeys if journey.first != first)
        if len(kept) == len(journeys):
            known = ", ".join(f"{j.first} to {j.last}" for j in journeys) or "none"
            raise NotFoundError(f"no journey of {patient_id} begins on {first}; there are: {known}")
        _write(work, stored, kept)
        return Done(since=first)

    return change_plan(store, patient_id, occasion, act)


def _write(work: UnitOfWork, stored: StoredPlan, journeys: tuple[Travel, ...]) -> None:
    patient = replace(stored.record.patient, travel=journeys)
    work.patients.change(stored.record.id, patient, stored.record.clinic)
