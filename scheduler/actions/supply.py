"""Packages whose storage decides whether they may still be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from scheduler.actions.free_text import check_label
from scheduler.actions.happened import happened_at
from scheduler.actions.plan_change import Done, Occasion, PlanChange, change_plan
from scheduler.dosing.supply import Supply
from scheduler.errors import ConflictError, NotFoundError
from scheduler.store.plans import Origin, StoredEntry, StoredPlan
from scheduler.store.unit_of_work import Store, UnitOfWork

Was = StoredEntry[Supply] | None


def take_out(
    store: Store, patient_id: str, regimen: str, label: str, occasion: Occasion, *, at: datetime | None
) -> PlanChange:
    """The package ``label`` is out of the fridge since the naive local time ``at``, else now.

    Raises NotFoundError for an unknown regimen, RefusedError for a time in the future, ConflictError where
    the package is out already or was before: how long it was out is then no single stretch, and the pharmacy
    decides.
    """

    def change(was: Was, when: datetime) -> Supply:
        if was is not None and was.value.out_at is not None:
            raise ConflictError(f"the package {label} was out of the fridge before: ask the pharmacy")
        opened_at = None if was is None else was.value.opened_at
        return Supply(regimen=regimen, label=label, out_at=when, opened_at=opened_at)

    return _change(store, patient_id, regimen, label, occasion, change, at)


def put_back(
    store: Store, patient_id: str, regimen: str, label: str, occasion: Occasion, *, at: datetime | None
) -> PlanChange:
    """It is in the fridge again since ``at``. Raises NotFoundError where it was not out."""

    def change(was: Was, when: datetime) -> Supply:
        if was is None or was.value.out_at is None or was.value.back_at is not None:
            raise NotFoundError(f"no package {label} of {regimen} is out of the fridge")
        return replace(was.value, back_at=when)

    return _change(store, patient_id, regimen, label, occasion, change, at)


def open_package(
    store: Store, patient_id: str, regimen: str, label: str, occasion: Occasion, *, at: datetime | None
) -> PlanChange:
    """It is in use since ``at``. Raises ConflictError where it was opened before."""

    def change(was: Was, when: datetime) -> Supply:
        if was is not None and was.value.opened_at is not None:
            raise ConflictError(f"the package {label} was opened at {was.value.opened_at:%Y-%m-%d %H:%M}")
        if was is not None:
            return replace(was.value, opened_at=when)
        return Supply(regimen=regimen, label=label, opened_at=when)

    return _change(store, patient_id, regimen, label, occasion, change, at)


def discard(store: Store, patient_id: str, regimen: str, label: str, occasion: Occasion) -> PlanChange:
    """It is used up or thrown away: the checks look at it no more. Raises NotFoundError."""

    def change(was: Was, when: datetime) -> None:  # noqa: ARG001  # every change is told when
        if was is None:
            raise NotFoundError(f"there is no package {label} of {regimen}")

    return _change(store, patient_id, regimen, label, occasion, change)


def _change(
    store: Store,
    patient_id: str,
    regimen: str,
    label: str,
    occasion: Occasion,
    change: Callable[[Was, datetime], Supply | None],
    at: datetime | None = None,
) -> PlanChange:
    """Write what ``change`` makes of what is known of the package ``at`` a time; None: nothing is kept."""
    check_label(label)

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        if regimen not in stored.plan.regimens_by_id:
            known = ", ".join(stored.plan.regimens_by_id)
            raise NotFoundError(f"{patient_id} has no regimen {regimen}; there are: {known}")
        was = next((e for e in stored.supplies if (e.value.regimen, e.value.label) == (regimen, label)), None)
        wanted = change(was, happened_at(stored.record.patient, occasion.moment, at))
        if was is not None:
            work.plans.retract(was, occasion.moment)
        if wanted is not None:
            work.plans.add(patient_id, wanted, Origin.RECORDED, occasion.moment)
        return Done()

    return change_plan(store, patient_id, occasion, act)
