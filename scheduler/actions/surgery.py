"""Operations that medicines keep a distance from."""

from __future__ import annotations

from datetime import date

from scheduler.actions.plan_change import Done, Occasion, PlanChange, change_plan
from scheduler.dosing.surgery import Surgery
from scheduler.errors import ConflictError, NotFoundError
from scheduler.store.plans import Origin, StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork


def add_surgery(store: Store, patient_id: str, surgery: Surgery, occasion: Occasion) -> PlanChange:
    """Plan an operation. It moves no dose; the checks look at it. Raises ConflictError for a second one."""

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        if any(entry.value.on == surgery.on for entry in stored.surgeries):
            raise ConflictError(f"an operation on {surgery.on} is planned already")
        work.plans.add(patient_id, surgery, Origin.RECORDED, occasion.moment)
        return Done(since=surgery.on)

    return change_plan(store, patient_id, occasion, act)


def remove_surgery(store: Store, patient_id: str, on: date, occasion: Occasion) -> PlanChange:
    """Take back the operation on local date ``on``. Raises NotFoundError."""

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        found = [entry for entry in stored.surgeries if entry.value.on == on]
        if not found:
            known = ", ".join(str(entry.value.on) for entry in stored.surgeries) or "none"
            raise NotFoundError(f"no operation of {patient_id} is planned for {on}; there are: {known}")
        for entry in found:
            work.plans.retract(entry, occasion.moment)
        return Done(since=on)

    return change_plan(store, patient_id, occasion, act)
