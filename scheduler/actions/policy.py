"""What people are told about their doses, and when: looking at it and choosing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.errors import InputError, NotFoundError
from scheduler.reminders.planner import plan_reminders
from scheduler.reminders.policy_document import read_policy
from scheduler.reminders.policy_in_force import PoliciesInForce, ValueInForce
from scheduler.store.policies import PolicyRecord, PolicyScope
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store, UnitOfWork


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyChange:
    """How many reminders that wait came to be, were planned anew for another time, or were taken back."""

    added: int
    planned_anew: int
    taken_back: int


def set_policy(
    store: Store,
    scope: PolicyScope,
    moment: datetime,
    *,
    chosen: Mapping[str, Any],
    reset: bool = False,
    rehearsed: bool = False,
) -> PolicyChange:
    """Let ``chosen``, the keys of a policy document, stand for ``scope``, and plan what waits by it.

    What was chosen for the scope before stays, unless ``reset``. Raises NotFoundError, InputError with every
    fault of what is chosen.
    """
    if "cap" in chosen and scope.regimen_id is not None:
        raise InputError("the cap counts the reminders of all regimens: choose it without a regimen")
    with store.rehearsal() if rehearsed else store.transaction() as work:
        record = work.patients.lock(scope.patient_id)
        _check_scope(work, scope)
        known = {} if reset else _chosen_for(work, scope)
        document = read_policy({**known, **chosen}).chosen()
        work.policies.put(PolicyRecord(scope=scope, document=document), moment)
        before = _waiting(work, scope.patient_id)
        plan_reminders(work, [record], moment)
        return _change(before, _waiting(work, scope.patient_id))


def policy_values(store: Store, scope: PolicyScope) -> list[ValueInForce]:
    """What is in force for ``scope``, and where each value comes from. Raises NotFoundError."""
    with store.reading() as work:
        work.patients.get(scope.patient_id)
        _check_scope(work, scope)
        records = work.policies.of([scope.patient_id]).get(scope.patient_id, [])
    return PoliciesInForce(records).values(scope.regimen_id, scope.recipient_id)


def _check_scope(work: UnitOfWork, scope: PolicyScope) -> None:
    patient_id = scope.patient_id
    if scope.recipient_id is not None and work.recipients.get(scope.recipient_id).patient_id != patient_id:
        raise NotFoundError(f"{scope.recipient_id} is not a recipient of {patient_id}")
    if scope.regimen_id is None:
        return
    regimens = work.plans.load(work.patients.get(patient_id)).plan.regimens_by_id
    if scope.regimen_id not in regimens:
        raise NotFoundError(
            f"{patient_id} has no regimen {scope.regimen_id}; there are: {', '.join(regimens)}"
        )


def _chosen_for(work: UnitOfWork, scope: PolicyScope) -> dict[str, Any]:
    records = work.policies.of([scope.patient_id]).get(scope.patient_id, [])
    return next((record.document for record in records if record.scope == scope), {})


def _waiting(work: UnitOfWork, patient_id: str) -> dict[int, ReminderRecord]:
    return {row.id: row for row in work.reminder_plans.open([patient_id])}


def _change(before: Mapping[int, ReminderRecord], after: Mapping[int, ReminderRecord]) -> PolicyChange:
    return PolicyChange(
        added=len(after.keys() - before.keys()),
        planned_anew=sum(before[row] != after[row] for row in before.keys() & after.keys()),
        taken_back=len(before.keys() - after.keys()),
    )
