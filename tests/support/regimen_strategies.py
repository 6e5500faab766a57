"""Regimens for Hypothesis: every kind of timing, phases that end in every way, amendments and stops.

Dates lie around October 2026 to April 2027, where the clocks of every zone here change at least once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, auto
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.date_pattern import CycleDays, DatePattern, Weekday, Weekdays
from scheduler.dosing.dose import UNITS, Dose
from scheduler.dosing.occurrence_id import ChainId, GridId, OccurrenceId
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import (
    ClinicWindow,
    DoseCount,
    IntervalAnchor,
    Lasting,
    OpenEnded,
    Phase,
    PhaseEnd,
    Regimen,
    RelativeBound,
    Setting,
    Stop,
    TravelRule,
    Until,
)
from scheduler.dosing.timing import AsNeeded, ClockTimes, ElapsedHours, Timing
from scheduler.formulary.formulary import load_formulary


class Kind(Enum):
    """What a regimen's doses are planned by."""

    GRID = auto()
    """Clock times on the dates of a pattern."""
    DEPOT = auto()
    """One clock time, counted in dates from the last dose given."""
    HOURS = auto()
    """Elapsed hours from the start."""
    HOURS_FROM_GIVEN = auto()
    """Elapsed hours from the last dose given."""
    AS_NEEDED = auto()


EVERY_KIND = tuple(Kind)
PLANNED = (Kind.GRID, Kind.DEPOT, Kind.HOURS, Kind.HOURS_FROM_GIVEN)
GRIDS = (Kind.GRID, Kind.HOURS)
CHAINS = (Kind.DEPOT, Kind.HOURS_FROM_GIVEN)
BY_THE_CLOCK = (Kind.GRID, Kind.DEPOT)
BY_HOURS = (Kind.HOURS, Kind.HOURS_FROM_GIVEN)

EPOCH = date(2026, 10, 1)
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
SITES = ("abdomen-left", "thigh-left", "thigh-right")
_ONE_DAY = timedelta(days=1)
_PRODUCTS = {
    Kind.GRID: ("octreotide-sc", "everolimus", "cabozantinib", "octreotide-lar"),
    Kind.DEPOT: ("octreotide-lar", "lanreotide", "octreotide-lar", "everolimus"),
    Kind.HOURS: ("octreotide-sc", "everolimus", "cabozantinib"),
    Kind.HOURS_FROM_GIVEN: ("octreotide-sc", "lanreotide"),
    Kind.AS_NEEDED: ("octreotide-sc",),
}

zones = st.sampled_from(ZONES).map(ZoneInfo)
dates = (st.integers(0, 40) | st.integers(0, 200)).map(lambda days: EPOCH + timedelta(days=days))
clock_times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))
grid_intervals = st.sampled_from(["1 d", "1 d", "2 d", "3 d", "1 wk", "1 mo"]).map(CalendarInterval.parse)
depot_intervals = st.sampled_from(["2 wk", "4 wk", "28 d", "1 mo"]).map(CalendarInterval.parse)
lengths = st.sampled_from(["1 d", "10 d", "3 wk", "2 mo"]).map(CalendarInterval.parse)
weekday_sets = st.sets(st.sampled_from(Weekday), min_size=1).map(
    lambda days: tuple(day for day in Weekday if day in days)
)
weekdays = st.builds(Weekdays, weeks=st.integers(1, 3), days=weekday_sets)
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
def cycles(draw: st.DrawFn) -> CycleDays:
    """Of up to four weeks."""
    length = draw(st.integers(2, 28))
    on = draw(st.sets(st.integers(1, length), min_size=1, max_size=14))
    return CycleDays(length=length, on=tuple(sorted(on)))


date_patterns: st.SearchStrategy[DatePattern] = st.one_of(grid_intervals, weekdays, cycles())


@st.composite
def clock_timings(draw: st.DrawFn, dates_of: st.SearchStrategy[DatePattern], most: int) -> ClockTimes:
    """Up to ``most`` times on each date."""
    times = draw(st.lists(clock_times, min_size=1, max_size=most, unique=True))
    return ClockTimes(dates=draw(dates_of), wall_times=tuple(sorted(times)))


def timings(kind: Kind) -> st.SearchStrategy[Timing]:
    """Those of a first phase; elapsed hours have a time to start at."""
    match kind:
        case Kind.GRID:
            return clock_timings(date_patterns, 3)
        case Kind.DEPOT:
            return clock_timings(depot_intervals, 1)
        case Kind.HOURS | Kind.HOURS_FROM_GIVEN:
            hours = st.sampled_from((8, 12, 24, 36, 72, 100))
            return st.builds(ElapsedHours, hours=hours, first_at=clock_times)
        case Kind.AS_NEEDED:
            gaps = st.integers(0, 12).map(lambda hours: timedelta(hours=hours))
            return st.builds(AsNeeded, max_per_day=st.integers(1, 4), min_gap=gaps)


@st.composite
def ends(draw: st.DrawFn, kind: Kind, *, counted: bool) -> PhaseEnd:
    """The end of a phase that another may follow."""
    count = DoseCount(count=draw(st.integers(1, 9)))
    if counted:
        return count
    kinds: list[PhaseEnd] = [Lasting(length=draw(lengths)), Until(last=draw(dates))]
    return draw(st.sampled_from(kinds if kind is Kind.AS_NEEDED else [count, *kinds]))


@st.composite
def phases(draw: st.DrawFn, kind: Kind, *, counted: bool) -> tuple[Phase, ...]:
    """One to three, the first with a date, later ones perhaps, the last perhaps without an end.

    Some have the pattern of the one before them, so that they keep step with it.
    """
    found: list[Phase] = []
    for _ in range(draw(st.integers(1, 3))):
        timing = draw(timings(kind))
        keeps_step: bool = draw(st.booleans())
        if found and keeps_step:
            timing = _in_step(timing, found[-1].timing)
        end = draw(ends(kind, counted=counted))
        found.append(goes_on(Phase(dose=draw(amounts), timing=timing, start=None, end=end)))
    found[0] = starts(found[0], draw(dates), draw(clock_times))
    # A phase that begins early cuts a grid short, and then it does not have the doses it counts.
    if len(found) > 1 and (kind in CHAINS or not counted) and draw(st.booleans()):
        found[-1] = starts(found[-1], draw(dates), draw(clock_times))
    if not counted and draw(st.booleans()):
        found[-1] = replace(found[-1], end=OpenEnded())
    return tuple(found)


def _in_step(timing: Timing, before: Timing) -> Timing:
    if isinstance(timing, ClockTimes) and isinstance(before, ClockTimes):
        return replace(timing, dates=before.dates)
    return timing


def starts(phase: Phase, start: date | RelativeBound, at: time) -> Phase:
    """``phase`` with a start of its own, at the time ``at`` where it counts hours."""
    timing = phase.timing
    if isinstance(timing, ElapsedHours):
        timing = replace(timing, first_at=at)
    return replace(phase, start=start, timing=timing)


def goes_on(phase: Phase) -> Phase:
    """``phase`` without a start of its own."""
    timing = phase.timing
    if isinstance(timing, ElapsedHours):
        timing = replace(timing, first_at=None)
    return replace(phase, start=None, timing=timing)


@st.composite
def regimens(
    draw: st.DrawFn, regimen_id: str, *, kinds: Sequence[Kind] = EVERY_KIND, counted: bool = False
) -> Regimen:
    """The first version of one; ``counted``: every phase counts its doses."""
    kind = draw(st.sampled_from(kinds))
    product = load_formulary().find(draw(st.sampled_from(_PRODUCTS[kind])), Market.US).product
    days = st.integers(0, 5)
    windows = st.none() | st.builds(ClinicWindow, before=days, after=days)
    return Regimen(
        id=regimen_id,
        product=product,
        setting=draw(st.sampled_from(Setting)),
        anchor=IntervalAnchor.LAST_GIVEN if kind in CHAINS else IntervalAnchor.SCHEDULED,
        travel=draw(st.sampled_from(TravelRule)),
        sites=draw(st.sampled_from([(), product.sites, SITES])),
        phases=draw(phases(kind, counted=counted)),
        window=draw(windows) if kind is Kind.DEPOT else None,
    )


def kind_of(regimen: Regimen) -> Kind:
    """The kind that ``regimen`` was drawn as."""
    from_given = regimen.anchor is IntervalAnchor.LAST_GIVEN
    match regimen.phases[0].timing:
        case ClockTimes():
            return Kind.DEPOT if from_given else Kind.GRID
        case ElapsedHours():
            return Kind.HOURS_FROM_GIVEN if from_given else Kind.HOURS
        case AsNeeded():
            return Kind.AS_NEEDED


@st.composite
def amendments(draw: st.DrawFn, regimen: Regimen, *, counted: bool = False) -> Regimen:
    """``regimen`` with a version more: its phases edited, or other ones from then on."""
    on = draw(_days_of(regimen))
    if regimen.effective_on is not None:
        on = max(on, regimen.effective_on + _ONE_DAY)
    edited = draw(st.booleans())
    changed = draw(_edited(regimen) if edited else _from(on, kind_of(regimen), counted=counted))
    sites = draw(st.sampled_from([regimen.sites, regimen.sites, SITES, SITES[1:]]))
    travel = draw(st.sampled_from(TravelRule))
    return replace(regimen, phases=changed, sites=sites, travel=travel, amends=regimen, effective_on=on)


@st.composite
def _edited(draw: st.DrawFn, regimen: Regimen) -> tuple[Phase, ...]:
    index = draw(st.integers(0, len(regimen.phases) - 1))
    phase = replace(regimen.phases[index], dose=draw(amounts))
    if draw(st.booleans()):
        timing = draw(timings(kind_of(regimen)))
        if phase.start is None and isinstance(timing, ElapsedHours):
            timing = replace(timing, first_at=None)
        phase = replace(phase, timing=timing)
    return (*regimen.phases[:index], phase, *regimen.phases[index + 1 :])


@st.composite
def _from(draw: st.DrawFn, on: date, kind: Kind, *, counted: bool) -> tuple[Phase, ...]:
    first, *later = draw(phases(kind, counted=counted))
    start = on + timedelta(days=draw(st.integers(0, 10)))
    return (starts(first, start, draw(clock_times)), *later)


@st.composite
def stops(draw: st.DrawFn, regimen: Regimen) -> Regimen:
    """``regimen`` stopped, as a file says it or as a version of its own."""
    on = max(draw(_days_of(regimen)), regimen.effective_on or date.min)
    stop = Stop(at=datetime.combine(on, draw(clock_times)), reason=draw(reasons))
    if draw(st.booleans()) or on == regimen.effective_on:
        return replace(regimen, stop=stop)
    return replace(regimen, stop=stop, amends=regimen, effective_on=on)


def _days_of(regimen: Regimen) -> st.SearchStrategy[date]:
    """The first weeks of ``regimen``, where its start is known."""
    start = regimen.phases[0].start
    if not isinstance(start, date):
        return dates
    return st.integers(0, 60).map(lambda days: start + timedelta(days=days))
