"""Withholding doses, and giving them again."""

from __future__ import annotations

from datetime import date

from scheduler.actions.free_text import check_reason
from scheduler.actions.plan_change import Done, Occasion, PlanChange, change_plan
from scheduler.actions.stretch import before, to_end
from scheduler.dosing.hold import Hold
from scheduler.dosing.timezone import local_date
from scheduler.errors import NotFoundError
from scheduler.store.plans import Origin, StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork


def start_hold(store: Store, patient_id: str, hold: Hold, occasion: Occasion) -> PlanChange:
    """Withhold the doses of a regimen on the dates of ``hold``. Raises NotFoundError, InputError."""
    check_reason(hold.reason)

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        if hold.regimen not in stored.plan.regimens_by_id:
            known = ", ".join(regimen.id for regimen in stored.regimens)
            raise NotFoundError(f"{patient_id} has no regimen {hold.regimen}; there are: {known}")
        work.plans.add(patient_id, hold, Origin.RECORDED, occasion.moment)
        return Done(since=hold.first)

    return change_plan(store, patient_id, occasion, act)


def end_hold(
    store: Store, patient_id: str, regimen_id: str, occasion: Occasion, *, resume_on: date | None
) -> PlanChange:
    """Give doses again from local date ``resume_on``, else from today: the holds in force then end before it.

    Where none is in force, the next one is taken back. Raises NotFoundError where nothing is withheld.
    """

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        day = resume_on or local_date(occasion.moment, stored.record.patient.zone)
        ended = to_end((entry for entry in stored.holds if entry.value.regimen == regimen_id), day)
        if not ended:
            raise NotFoundError(f"nothing withholds {regimen_id} on {day}, so there is no hold to end")
        for entry in ended:
            work.plans.retract(entry, occasion.moment)
            if (shortened := before(entry.value, day)) is not None:
                work.plans.add(patient_id, shortened, Origin.RECORDED, occasion.moment)
        return Done(since=min(entry.value.first for entry in ended))

    return change_plan(store, patient_id, occasion, act)


def list_holds(store: Store, patient_id: str) -> list[Hold]:
    """Every hold of a patient that stands, the earliest first. Raises NotFoundError."""
    with store.reading() as work:
        stored = work.plans.load(work.patients.get(patient_id))
    return sorted((entry.value for entry in stored.holds), key=lambda hold: (hold.first, hold.regimen))
