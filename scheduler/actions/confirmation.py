"""Answering for a finding, and taking the answer back."""

from __future__ import annotations

from scheduler.actions.free_text import check_reason
from scheduler.actions.plan_change import Done, Occasion, PlanChange, change_plan, looked_at
from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.finding import Finding
from scheduler.errors import ConflictError, NotFoundError
from scheduler.safety.plan_check import NOT_CONFIRMABLE, check
from scheduler.store.plans import Origin, StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork


def list_findings(store: Store, patient_id: str, occasion: Occasion) -> list[Finding]:
    """What a look at the plan finds from two days ago to 400 days ahead, the gravest first."""
    with store.reading() as work:
        plan = work.plans.load(work.patients.get(patient_id)).plan
        return check(plan, work.formulary, looked_at(plan, occasion.moment), occasion.moment)


def confirm_finding(
    store: Store, patient_id: str, confirmation: Confirmation, occasion: Occasion
) -> PlanChange:
    """Answer for a finding of a regimen. It stays in view, as information.

    Raises NotFoundError where the regimen has no such finding, ConflictError where it is answered for already
    or cannot be: a package or a day is looked at anew each time.
    """
    check_reason(confirmation.reason)

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        plan = stored.plan
        found = check(plan, work.formulary, looked_at(plan, occasion.moment), occasion.moment)
        codes = sorted({f.code for f in found if f.regimen == confirmation.regimen})
        if confirmation.code not in codes:
            there = ", ".join(codes) or "none"
            raise NotFoundError(
                f"{confirmation.regimen} has no finding {confirmation.code}; there are: {there}"
            )
        if confirmation.code in NOT_CONFIRMABLE:
            raise ConflictError(f"{confirmation.code} is about a day or a package: it cannot be confirmed")
        _refuse_second(stored, confirmation)
        work.plans.add(patient_id, confirmation, Origin.RECORDED, occasion.moment)
        return Done()

    return change_plan(store, patient_id, occasion, act)


def take_back_confirmation(
    store: Store, patient_id: str, regimen: str, code: str, occasion: Occasion
) -> PlanChange:
    """Take the answer back: the finding counts again. Raises NotFoundError."""

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        found = [e for e in stored.confirmations if (e.value.regimen, e.value.code) == (regimen, code)]
        if not found:
            raise NotFoundError(f"nobody confirmed {code} for {regimen}")
        for entry in found:
            work.plans.retract(entry, occasion.moment)
        return Done()

    return change_plan(store, patient_id, occasion, act)


def _refuse_second(stored: StoredPlan, confirmation: Confirmation) -> None:
    for entry in stored.confirmations:
        if (entry.value.regimen, entry.value.code) == (confirmation.regimen, confirmation.code):
            raise ConflictError(f"{confirmation.code} is confirmed for {confirmation.regimen} already")
