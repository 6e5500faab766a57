"""Whole plans for Hypothesis: mixed zones, journeys, phases, holds, moves, records and relations.

Dates lie around October 2026 to April 2027, where the clocks of every zone here change at least once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.dose import UNITS, Dose
from scheduler.dosing.expansion import expand
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import ChainId, GridId, OccurrenceId
from scheduler.dosing.patient import Patient, Travel
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import (
    Bound,
    DoseCount,
    IntervalAnchor,
    Lasting,
    OpenEnded,
    Phase,
    PhaseEnd,
    Regimen,
    RelativeBound,
    Setting,
    TravelRule,
    Until,
)
from scheduler.dosing.timing import CalendarInterval, ClockTimes
from scheduler.formulary.formulary import load_formulary

EPOCH = date(2026, 10, 1)
AROUND = Period(start=date(2026, 8, 1), end=date(2027, 7, 1))
ALWAYS = Period(start=date(2020, 1, 1), end=date(2040, 1, 1))
ZONES = (
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
)
DAYS = CalendarInterval.parse("1 d")
SITES = ("abdomen-left", "thigh-left", "thigh-right")

zones = st.sampled_from(ZONES).map(ZoneInfo)
dates = st.integers(min_value=0, max_value=200).map(lambda days: EPOCH + timedelta(days=days))
clock_times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))
grid_intervals = st.sampled_from(["1 d", "1 d", "2 d", "3 d", "1 wk", "1 mo"]).map(CalendarInterval.parse)
depot_intervals = st.sampled_from(["2 wk", "4 wk", "28 d", "1 mo"]).map(CalendarInterval.parse)
amounts = st.builds(
    Dose,
    value=st.decimals(min_value=Decimal("0.0000001"), max_value=999_999, places=7).map(abs),
    unit=st.sampled_from(UNITS),
)
reasons = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
regimen_ids = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)
occurrence_ids: st.SearchStrategy[OccurrenceId] = st.one_of(
    st.builds(GridId, regimen=regimen_ids, on=st.dates(), slot=st.integers(1, 24)),
    st.builds(ChainId, regimen=regimen_ids, number=st.integers(1, 999_999)),
)


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
def ends(draw: st.DrawFn, *, counted: bool) -> PhaseEnd:
    """The end of a phase that another may follow."""
    count = DoseCount(count=draw(st.integers(1, 9)))
    if counted:
        return count
    length = CalendarInterval.parse(draw(st.sampled_from(["1 d", "10 d", "3 wk", "2 mo"])))
    kinds: list[PhaseEnd] = [count, Lasting(length=length), Until(last=draw(dates))]
    return draw(st.sampled_from(kinds))


@st.composite
def phases(draw: st.DrawFn, *, chained: bool, counted: bool) -> tuple[Phase, ...]:
    """One to three, the first with a date, the last perhaps without an end."""
    slots = 1 if chained else draw(st.integers(1, 4))
    found = []
    for _ in range(draw(st.integers(1, 3))):
        times = draw(st.lists(clock_times, min_size=slots, max_size=slots, unique=True))
        interval = draw(depot_intervals if chained else grid_intervals)
        timing = ClockTimes(interval=interval, wall_times=tuple(sorted(times)))
        found.append(Phase(dose=draw(amounts), timing=timing, start=None, end=draw(ends(counted=counted))))
    found[0] = replace(found[0], start=draw(dates))
    if chained and len(found) > 1 and draw(st.booleans()):
        found[-1] = replace(found[-1], start=draw(dates))
    if not counted and draw(st.booleans()):
        found[-1] = replace(found[-1], end=OpenEnded())
    return tuple(found)


@st.composite
def regimens(
    draw: st.DrawFn, regimen_id: str, *, chained: bool | None = None, counted: bool = False
) -> Regimen:
    """Of a depot counted from what was given, or of something on a grid."""
    is_chain = draw(st.booleans()) if chained is None else chained
    names = ["octreotide-lar", "lanreotide"] if is_chain else ["octreotide-sc", "everolimus", "cabozantinib"]
    product = load_formulary().find(draw(st.sampled_from(names)), Market.US).product
    return Regimen(
        id=regimen_id,
        product=product,
        setting=draw(st.sampled_from(Setting)),
        anchor=IntervalAnchor.LAST_GIVEN if is_chain else IntervalAnchor.SCHEDULED,
        travel=draw(st.sampled_from(TravelRule)),
        sites=draw(st.sampled_from([(), product.sites, SITES])),
        phases=draw(phases(chained=is_chain, counted=counted)),
    )


@st.composite
def holds(draw: st.DrawFn, regimen_id: str, *, open_ended: bool = True) -> Hold:
    """Of up to seven weeks, or perhaps until further notice."""
    first = draw(dates)
    last = first + timedelta(days=draw(st.integers(0, 50)))
    further = open_ended and draw(st.integers(0, 3)) == 0
    return Hold(regimen=regimen_id, first=first, last=None if further else last, reason=draw(reasons))


def _related(draw: st.DrawFn, regimen: Regimen, others: list[Regimen]) -> Regimen:
    """``regimen``, perhaps with a bound that hangs on a dose of one of ``others``."""
    if not others or draw(st.integers(0, 2)) == 0:
        return regimen
    plus = draw(st.none() | depot_intervals)
    number = draw(st.integers(1, 5))
    bound: Bound = RelativeBound(regimen=draw(st.sampled_from(others)).id, number=number, plus=plus)
    index = draw(st.integers(0, len(regimen.phases) - 1))
    phase = regimen.phases[index]
    hung = replace(phase, start=bound) if draw(st.booleans()) else replace(phase, end=Until(last=bound))
    return replace(regimen, phases=(*regimen.phases[:index], hung, *regimen.phases[index + 1 :]))


@st.composite
def plans(
    draw: st.DrawFn,
    *,
    chained: bool | None = None,
    counted: bool = False,
    related: bool = True,
    open_holds: bool = True,
    recorded: bool = True,
) -> Plan:
    """Up to three regimens with what was changed and done.

    ``chained``: all depots or all grids; ``counted``: every phase counts its doses; ``related``: bounds may
    hang on other regimens; ``recorded``: doses may be moved, given and not given.
    """
    found: list[Regimen] = []
    for name in ("first", "second", "third")[: draw(st.integers(1, 3))]:
        regimen = draw(regimens(name, chained=chained, counted=counted))
        found.append(_related(draw, regimen, found) if related else regimen)
    held = draw(st.lists(st.sampled_from([r.id for r in found]), max_size=3))
    withheld = tuple(draw(holds(name, open_ended=open_holds)) for name in held)
    plan = Plan(patient=draw(patients()), regimens=tuple(found), holds=withheld)
    return draw(_with_records(plan)) if recorded else plan


@st.composite
def _with_records(draw: st.DrawFn, plan: Plan) -> Plan:
    doses = expand(plan, AROUND)[:200]
    if not doses:
        return plan
    some = st.lists(st.sampled_from(doses), max_size=4, unique_by=lambda dose: str(dose.id))
    return replace(
        plan,
        moves=tuple(draw(_moves(dose)) for dose in draw(some)),
        administrations=tuple(draw(administrations(dose)) for dose in draw(some)),
    )


def _nearby(draw: st.DrawFn, dose: DoseOccurrence) -> datetime:
    days, minutes = draw(st.integers(-5, 20)), draw(st.integers(0, 1439))
    return datetime.combine(dose.local_date + timedelta(days=days), time()) + timedelta(minutes=minutes)


@st.composite
def _moves(draw: st.DrawFn, dose: DoseOccurrence) -> Move:
    return Move(dose=dose.id, to=_nearby(draw, dose), reason=draw(reasons))


@st.composite
def administrations(draw: st.DrawFn, dose: DoseOccurrence) -> Administration:
    """``dose`` given or not given, up to five days early and twenty late."""
    at = _nearby(draw, dose)
    if draw(st.booleans()):
        reason = draw(reasons.filter(str.strip))
        status = AdministrationStatus.NOT_GIVEN
        return Administration(dose=dose.id, status=status, at=at, site=None, reason=reason)
    site = draw(st.sampled_from([None, *SITES]))
    given = AdministrationStatus.GIVEN
    return Administration(dose=dose.id, status=given, at=at, site=site, reason="")
