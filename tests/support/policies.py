"""Policies of reminding, chosen for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from scheduler.actions.policy import PolicyChange, set_policy
from scheduler.store.policies import PolicyScope
from scheduler.store.unit_of_work import Store


def choose(
    store: Store,
    patient_id: str,
    moment: datetime,
    *,
    regimen_id: str | None = None,
    recipient_id: str | None = None,
    rehearsed: bool = False,
    **chosen: Any,
) -> PolicyChange:
    """Choose values of a policy, as its document writes them."""
    scope = PolicyScope(patient_id=patient_id, regimen_id=regimen_id, recipient_id=recipient_id)
    return set_policy(store, scope, moment, chosen=chosen, rehearsed=rehearsed)


def tell_due_alone(store: Store, patient_id: str, moment: datetime) -> None:
    """Tell that a dose is due, and nothing before it or after it."""
    choose(store, patient_id, moment, follow_ups=[], depot_follow_ups=[], missed=False)
