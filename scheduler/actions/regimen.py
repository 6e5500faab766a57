"""Starting, amending and stopping a patient's regimens, and what became of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from scheduler.actions.free_text import check_reason
from scheduler.actions.plan_change import Done, Occasion, PlanChange, change_plan
from scheduler.dosing.expansion import Layout
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.product import Market
from scheduler.dosing.recurrence import HourSeries, NoDoses, Span
from scheduler.dosing.regimen import (
    DoseCount,
    IntervalAnchor,
    Lasting,
    PhaseEnd,
    Regimen,
    RelativeBound,
    Stop,
    Until,
)
from scheduler.dosing.timezone import local_date
from scheduler.errors import ConflictError, NotFoundError, RefusedError
from scheduler.planfile.amended import Restart
from scheduler.store.plans import StoredPlan, VersionRecord
from scheduler.store.unit_of_work import Store, UnitOfWork

_AHEAD = timedelta(days=400)
_ONE_DAY = timedelta(days=1)

MakeRegimen = Callable[[Market], Regimen]
"""Makes a regimen of what was asked for, by the label of a market. Raises what its reader raises."""


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

    def act(work: UnitOfWork, stored: StoredPlan) -> Done:
        regimen = make(stored.record.patient.market)
        if regimen.id in stored.plan.regimens_by_id:
            raise ConflictError(
                f"there is a regimen {regimen.id} already; 'dosecal regimen amend' changes it, "
                "and another order has another id"
            )
        today = local_date(occasion.moment, stored.record.patient.zone)
        work.plans.put_regimen(patient_id, regimen, _next_place(stored), occasion.moment, today)
        return Done(since=_first_date(regimen))

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
                f"{regimen_id} was stopped on {known.stop.at:%Y-%m-%d %H:%M}: start another one"
            )
        on = effective_on or local_date(occasion.moment, stored.record.patient.zone)
        version = amend(_amended(stored, _version_in_force(known, on), on))
        work.plans.put_regimen(patient_id, version, _place(stored, regimen_id), occasion.moment, on)
        return Done(since=on)

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
    plan = _as_of(stored.plan, version)
    if version.anchor is IntervalAnchor.LAST_GIVEN:
        phase, restart = _phase_of_chain(plan, version, on), None
    else:
        phase, restart = _phase_of_grid(plan, version, on)
    market = stored.record.patient.market
    return Amended(regimen=_plain(version), phase=phase, restart=restart, market=market)


def _as_of(plan: Plan, version: Regimen) -> Plan:
    """``plan`` as if nothing had been ordered after ``version`` and every hold had an end."""
    regimens = tuple(version if regimen.id == version.id else regimen for regimen in plan.regimens)
    return replace(plan, regimens=regimens, holds=tuple(h for h in plan.holds if h.last is not None))


def _phase_of_chain(plan: Plan, version: Regimen, on: date) -> int:
    """The phase, from 0, of the first dose on or after ``on``; the last one where nothing comes any more."""
    doses = Layout(plan).regimen(version, Period(start=on, end=on + _AHEAD))
    return next((dose.phase for dose in doses), len(version.phases)) - 1


def _phase_of_grid(plan: Plan, version: Regimen, on: date) -> tuple[int, Restart]:
    """The phase, from 0, of the first dose on or after ``on``, else the last one; and how it goes on."""
    spans = [span for span in Layout(plan).spans(version) if span.version == version]
    span = next((span for span in spans if _goes_on(span, on)), None)
    if span is None:
        index = len(version.phases) - 1
        return index, Restart(on=on, at=time(), end=version.phases[index].end)
    begin = max(on, span.begin)
    at = None
    if isinstance(span.series, HourSeries):
        reading = span.series.reading(next(span.indexes(begin)))
        begin, at = reading.date(), reading.time()
    return span.index, Restart(on=begin, at=at, end=_left(span, begin))


def _goes_on(span: Span, on: date) -> bool:
    if isinstance(span.series, NoDoses):
        return span.end is None or span.end > on
    return any(True for _ in span.indexes(on))


def _left(span: Span, begin: date) -> PhaseEnd:
    """The end of ``span``, told of its doses from local date ``begin`` on alone."""
    end = span.phase.end
    if isinstance(end, DoseCount) and span.stop is not None:
        return DoseCount(count=span.stop - max(span.first, span.series.index_on(begin)))
    if isinstance(end, Lasting) and span.end is not None:
        return Until(last=span.end - _ONE_DAY)
    return end


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
