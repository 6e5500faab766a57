"""Starting, amending and stopping a patient's regimens, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from scheduler.actions.free_text import check_reason
from scheduler.actions.plan_change import Done, Occasion, PlanChange, change_plan
from scheduler.dosing.patient import Patient
from scheduler.dosing.phase_in_force import Restart, phase_in_force
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import Regimen, RelativeBound, Stop
from scheduler.dosing.timezone import local_date
from scheduler.errors import ConflictError, NotFoundError, RefusedError
from scheduler.store.plans import StoredPlan, VersionRecord
from scheduler.store.unit_of_work import Store, UnitOfWork

MakeRegimen = Callable[[Market], Regimen]
"""Makes a regimen of what was asked for, by the label of a market. Raises what its reader raises."""

MakeRegimens = Callable[[Market], Sequence[Regimen]]
"""As `MakeRegimen`, for several that belong together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Amended:
    """What is to be amended from a date on: ``regimen`` and its ``phase`` (from 0) are in force on it.

    ``restart`` is where a new rhythm of that phase begins; None where doses are counted from the last given.
    """

    regimen: Regimen
    phase: int
    restart: Restart | None
    market: Market


AmendRegimen = Callable[[Amended], Regimen]
"""Makes the next version of a regimen. Raises what its reader raises."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegimenHistory:
    """A regimen as it stands and every version of it that was ever written down."""

    regimen: Regimen
    versions: tuple[VersionRecord, ...]


def start_regimen(store: Store, patient_id: str, make: MakeRegimen, occasion: Occasion) -> PlanChange:
    """Add a regimen. Raises ConflictError where the patient has, or had, one of its id."""
    return start_regimens(store, patient_id, lambda market: (make(market),), occasion)


def start_regimens(store: Store, patient_id: str, make: MakeRegimens, occasion: Occasion) -> PlanChange:
    """Add regimens that belong together: all of them or none. Raises as `start_regimen` does."""

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        regimens = make(stored.record.patient.market)
        _refuse_known(stored, regimens)
        today = local_date(occasion.moment, stored.record.patient.zone)
        for place, regimen in enumerate(regimens, _next_place(stored)):
            work.plans.put_regimen(patient_id, regimen, place, occasion.moment, today)
        return Done(since=min(filter(None, map(_first_date, regimens)), default=None), orders=True)

    return change_plan(store, patient_id, occasion, act)


def amend_regimen(
    store: Store,
    patient_id: str,
    regimen_id: str,
    amend: AmendRegimen,
    occasion: Occasion,
    *,
    effective_on: date | None,
) -> PlanChange:
    """Add a version of a regimen from local date ``effective_on``, else from today on.

    The doses before that date stand. Raises NotFoundError, RefusedError where the regimen was stopped.
    """

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        known = _known(stored, regimen_id)
        if known.stop is not None:
            raise RefusedError(
                f"{regimen_id} was stopped on {known.stop.at:%Y-%m-%d %H:%M}: start another one, or take the "
                "stop back with 'dosecal regimen undo'"
            )
        on = effective_on or local_date(occasion.moment, stored.record.patient.zone)
        version = amend(_amended(stored, _version_in_force(known, on), on))
        work.plans.put_regimen(patient_id, version, _place(stored, regimen_id), occasion.moment, on)
        return Done(since=on, orders=True)

    return change_plan(store, patient_id, occasion, act)


def stop_regimen(
    store: Store, patient_id: str, regimen_id: str, occasion: Occasion, *, at: datetime | None, reason: str
) -> PlanChange:
    """Plan no dose at the naive local time ``at``, else now, or later. Raises as `amend_regimen` does."""
    check_reason(reason)

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        known = _known(stored, regimen_id)
        if known.stop is not None:
            raise ConflictError(f"{regimen_id} was stopped on {known.stop.at:%Y-%m-%d %H:%M} already")
        stop = Stop(at=at or _local_now(stored.record.patient, known, occasion.moment), reason=reason)
        version = replace(_plain(_version_in_force(known, stop.at.date())), stop=stop)
        place = _place(stored, regimen_id)
        work.plans.put_regimen(patient_id, version, place, occasion.moment, stop.at.date())
        return Done(since=stop.at.date())

    return change_plan(store, patient_id, occasion, act)


def take_back_version(store: Store, patient_id: str, regimen_id: str, occasion: Occasion) -> PlanChange:
    """Take back the last amendment or stop of a regimen. Raises NotFoundError where there is none."""

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        known = _known(stored, regimen_id)
        if not work.plans.take_back_version(patient_id, regimen_id, occasion.moment):
            raise NotFoundError(f"{regimen_id} was neither amended nor stopped: there is nothing to undo")
        return Done(since=known.effective_on)

    return change_plan(store, patient_id, occasion, act)


def regimen_history(store: Store, patient_id: str, regimen_id: str) -> RegimenHistory:
    """Raises NotFoundError."""
    with store.reading() as work:
        record = work.patients.get(patient_id)
        regimen = _known(work.plans.load(record), regimen_id)
        return RegimenHistory(regimen=regimen, versions=tuple(work.plans.history(record, regimen_id)))


def _refuse_known(stored: StoredPlan, regimens: Sequence[Regimen]) -> None:
    for regimen in regimens:
        if regimen.id in stored.plan.regimens_by_id:
            raise ConflictError(
                f"there is a regimen {regimen.id} already; 'dosecal regimen amend' changes it, "
                "and another order has another id"
            )


def _first_date(regimen: Regimen) -> date | None:
    start = regimen.phases[0].start
    return None if isinstance(start, RelativeBound) else start


def _known(stored: StoredPlan, regimen_id: str) -> Regimen:
    regimen = stored.plan.regimens_by_id.get(regimen_id)
    if regimen is None:
        known = ", ".join(r.id for r in stored.regimens) or "none"
        raise NotFoundError(f"{stored.record.id} has no regimen {regimen_id}; there are: {known}")
    return regimen


def _version_in_force(regimen: Regimen, on: date) -> Regimen:
    """The version of local date ``on``, whatever was ordered for later."""
    versions = reversed(regimen.versions)
    return next(v for v in versions if v.effective_on is None or v.effective_on <= on)


def _amended(stored: StoredPlan, version: Regimen, on: date) -> Amended:
    in_force = phase_in_force(stored.plan, version, on)
    market = stored.record.patient.market
    return Amended(regimen=_plain(version), phase=in_force.index, restart=in_force.restart, market=market)


def _plain(regimen: Regimen) -> Regimen:
    return replace(regimen, amends=None, effective_on=None)


def _place(stored: StoredPlan, regimen_id: str) -> int:
    return [regimen.id for regimen in stored.regimens].index(regimen_id)


def _next_place(stored: StoredPlan) -> int:
    return len(stored.regimens)


def _local_now(patient: Patient, regimen: Regimen, moment: datetime) -> datetime:
    """The moment by the clocks that ``regimen`` follows."""
    zone = patient.zone_on(local_date(moment, patient.zone), regimen.travel)
    return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
