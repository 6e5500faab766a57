"""Whole plans for Hypothesis: regimens of every kind and all that can happen to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import strategies as st

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.clinic import Clinic
from scheduler.dosing.expansion import expand
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import GridId, OccurrenceId
from scheduler.dosing.patient import Patient, Travel
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import Regimen, RelativeBound, Until
from scheduler.dosing.site_rotation import SiteRest
from scheduler.planfile.public_holidays import PublicHolidays
from tests.support.regimen_strategies import (
    EVERY_KIND,
    SITES,
    Kind,
    amendments,
    clock_times,
    dates,
    depot_intervals,
    kind_of,
    reasons,
    regimens,
    starts,
    stops,
    weekday_sets,
    zones,
)

AROUND = Period(start=date(2026, 8, 1), end=date(2027, 7, 1))
ALWAYS = Period(start=date(2020, 1, 1), end=date(2040, 1, 1))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    """A period of up to eight weeks, often across a change of clocks."""
    start = draw(dates) - timedelta(days=20)
    return Period(start=start, end=start + timedelta(days=draw(st.integers(0, 56))))


@st.composite
def patients(draw: st.DrawFn) -> Patient:
    """With up to two journeys."""
    bounds = sorted(draw(st.lists(dates, max_size=4, unique=True)))
    journeys = zip(bounds[::2], bounds[1::2], strict=False)
    travel = tuple(Travel(zone=draw(zones), first=first, last=last) for first, last in journeys)
    name = draw(reasons.filter(str.strip))
    return Patient(name=name, zone=draw(zones), market=draw(st.sampled_from(Market)), travel=travel)


@st.composite
def holds(draw: st.DrawFn, regimen_id: str, *, open_ended: bool = True) -> Hold:
    """Of up to seven weeks, or perhaps until further notice."""
    first, last = draw(_stretches(open_ended=open_ended))
    return Hold(regimen=regimen_id, first=first, last=last, reason=draw(reasons))


@st.composite
def rests(draw: st.DrawFn, sites: Sequence[str] = SITES) -> SiteRest:
    """Of one of ``sites``, as long as a hold."""
    first, last = draw(_stretches(open_ended=True))
    return SiteRest(site=draw(st.sampled_from(sites)), first=first, last=last, reason=draw(reasons))


@st.composite
def _stretches(draw: st.DrawFn, *, open_ended: bool) -> tuple[date, date | None]:
    first = draw(dates)
    last = first + timedelta(days=draw(st.integers(0, 50)))
    return first, None if open_ended and draw(st.integers(0, 3)) == 0 else last


@st.composite
def clinics(draw: st.DrawFn) -> Clinic:
    """Open on some weekdays, closed on public holidays and other dates."""
    place = draw(st.sampled_from([None, "US", "DE-BY"]))
    return Clinic(
        open_on=draw(weekday_sets),
        holidays=None if place is None else PublicHolidays.parse(place),
        closures=tuple(sorted(draw(st.sets(dates, max_size=3)))),
    )


@st.composite
def plans(
    draw: st.DrawFn,
    *,
    kinds: Sequence[Kind] = EVERY_KIND,
    counted: bool = False,
    related: bool = True,
    open_holds: bool = True,
    recorded: bool = True,
    amended: bool = True,
    stopped: bool = True,
) -> Plan:
    """Up to three regimens of ``kinds`` with what was changed and done.

    ``counted``: every phase counts its doses; ``related``: bounds may hang on other regimens; ``recorded``:
    doses may be moved, given and not given; ``amended``, ``stopped``: regimens may have been.
    """
    found: list[Regimen] = []
    for name in ("first", "second", "third")[: draw(st.integers(1, 3))]:
        regimen = draw(regimens(name, kinds=kinds, counted=counted))
        if related:
            regimen = _related(draw, regimen, found)
        for _ in range(draw(st.sampled_from([0, 0, 1, 2])) if amended else 0):
            regimen = draw(amendments(regimen, counted=counted))
        if stopped and draw(st.integers(0, 3)) == 0:
            regimen = draw(stops(regimen))
        found.append(regimen)
    held = draw(st.lists(st.sampled_from([r.id for r in found]), max_size=3))
    plan = Plan(
        patient=draw(patients()),
        regimens=tuple(found),
        holds=tuple(draw(holds(name, open_ended=open_holds)) for name in held),
        rests=tuple(draw(st.lists(rests(), max_size=2))),
        clinic=draw(st.none() | clinics()),
    )
    return draw(_with_records(plan)) if recorded else plan


def _related(draw: st.DrawFn, regimen: Regimen, others: list[Regimen]) -> Regimen:
    """``regimen``, perhaps with a bound that hangs on a dose of one of ``others``."""
    if not others or draw(st.integers(0, 2)) == 0:
        return regimen
    plus = draw(st.none() | depot_intervals)
    number = draw(st.integers(1, 5))
    bound = RelativeBound(regimen=draw(st.sampled_from(others)).id, number=number, plus=plus)
    index = draw(st.integers(0, len(regimen.phases) - 1))
    phase = regimen.phases[index]
    starts_then = draw(st.booleans())
    hung = starts(phase, bound, draw(clock_times)) if starts_then else replace(phase, end=Until(last=bound))
    return replace(regimen, phases=(*regimen.phases[:index], hung, *regimen.phases[index + 1 :]))


@st.composite
def _with_records(draw: st.DrawFn, plan: Plan) -> Plan:
    taken = [entry for r in plan.regimens if kind_of(r) is Kind.AS_NEEDED for entry in draw(_as_needed(r))]
    plan = replace(plan, administrations=tuple(taken))
    start = draw(dates)
    planned = [d for d in expand(plan, Period(start=start, end=start + timedelta(days=40))) if not _done(d)]
    if not planned:
        return plan
    some = st.lists(st.sampled_from(planned), max_size=4, unique_by=lambda dose: str(dose.id))
    return replace(
        plan,
        moves=tuple(draw(_moves(dose)) for dose in draw(some)),
        administrations=(*taken, *(draw(administrations(dose)) for dose in draw(some))),
    )


def _done(dose: DoseOccurrence) -> bool:
    return dose.administration is not None


@st.composite
def _as_needed(draw: st.DrawFn, regimen: Regimen) -> list[Administration]:
    """What was taken of ``regimen`` soon after it began, or refused, each on the date of its id."""
    start = regimen.phases[0].start
    begin = start if isinstance(start, date) else draw(dates)
    days = st.integers(0, 40).map(lambda days: begin + timedelta(days=days))
    places = draw(st.lists(st.tuples(days, st.integers(1, 4)), max_size=5, unique=True))
    entries = []
    for on, slot in places:
        dose = GridId(regimen=regimen.id, on=on, slot=slot)
        entries.append(draw(_happened(dose, datetime.combine(on, draw(clock_times)))))
    return entries


def _nearby(draw: st.DrawFn, dose: DoseOccurrence) -> datetime:
    days, minutes = draw(st.integers(-5, 20)), draw(st.integers(0, 1439))
    return datetime.combine(dose.local_date + timedelta(days=days), time()) + timedelta(minutes=minutes)


@st.composite
def _moves(draw: st.DrawFn, dose: DoseOccurrence) -> Move:
    return Move(dose=dose.id, to=_nearby(draw, dose), reason=draw(reasons))


@st.composite
def administrations(draw: st.DrawFn, dose: DoseOccurrence) -> Administration:
    """``dose`` given or not given, up to five days early and twenty late."""
    return draw(_happened(dose.id, _nearby(draw, dose)))


@st.composite
def _happened(draw: st.DrawFn, dose: OccurrenceId, at: datetime) -> Administration:
    if draw(st.booleans()):
        reason = draw(reasons.filter(str.strip))
        status = AdministrationStatus.NOT_GIVEN
        return Administration(dose=dose, status=status, at=at, site=None, reason=reason)
    site = draw(st.sampled_from([None, *SITES]))
    return Administration(dose=dose, status=AdministrationStatus.GIVEN, at=at, site=site, reason="")
