"""From a plan to its doses: one pure function of values and a period.

1. Lay each regimen's doses out in their places (`dose_grid`, `dose_chain`, `as_needed`), a little beyond
   the period, because a skipped date or a move can carry a dose into it.
2. Resolve each wall time in the zone in force on its date (`timezone`).
3. Give each dose the moments at which it stops being due and stops being useful (`usefulness`), which need
   the dose that comes next in time, and the site (`site_rotation`), which needs the doses before it.
4. Keep what falls inside the period, in order of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import chain, dropwhile, pairwise
from operator import attrgetter, eq
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduler.dosing import as_needed, dose_chain, dose_grid
from scheduler.dosing.administration import Administration
from scheduler.dosing.occurrence import DoseOccurrence, Reason, ReasonCode, make_occurrence
from scheduler.dosing.occurrence_id import ChainId, OccurrenceId
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.planned_dose import PlannedDose
from scheduler.dosing.recurrence import Span, lay_out
from scheduler.dosing.regimen import Bound, IntervalAnchor, Regimen, RelativeBound, Stop
from scheduler.dosing.site_plan import SitePlan
from scheduler.dosing.site_rotation import SiteUse
from scheduler.dosing.timezone import LocalDay, WallClock, local_date, resolve
from scheduler.dosing.timing import AsNeeded
from scheduler.dosing.usefulness import DueTimes, due_until, needs_next, stated_end, window

# A zone may skip a whole date, so a dose can be due up to a day after the date it was planned for.
_MARGIN = timedelta(days=1)
_due_at = attrgetter("due_at")
# The hot path asks for it twice a dose, and Python 3.11 takes its time over the member of an enum.
_PLAIN = WallClock.PLAIN


def expand(plan: Plan, period: Period) -> list[DoseOccurrence]:
    """Every dose of ``plan`` whose local date is in ``period``, sorted by instant, then id."""
    layout = Layout(plan)
    return in_order(chain.from_iterable(layout.regimen(regimen, period) for regimen in plan.regimens))


def find(plan: Plan, occurrence_id: OccurrenceId) -> DoseOccurrence | None:
    """The dose named ``occurrence_id``, wherever it was moved to, or None where it was never planned."""
    regimen = plan.regimens_by_id.get(occurrence_id.regimen)
    return None if regimen is None else Layout(plan).find(regimen, occurrence_id)


def in_order(occurrences: Iterable[DoseOccurrence]) -> list[DoseOccurrence]:
    """``occurrences`` by instant, then id."""
    found = sorted(occurrences, key=_due_at)
    instants = [occurrence.due_at for occurrence in found]
    # Ids are compared as text, which costs more than all the rest: only where instants are equal.
    if any(map(eq, instants, instants[1:])):
        found.sort(key=lambda occurrence: (occurrence.due_at, str(occurrence.id)))
    return found


@dataclass(frozen=True)
class Layout:
    """A plan with what every one of its questions needs worked out once."""

    plan: Plan

    def regimen(self, regimen: Regimen, period: Period) -> Iterator[DoseOccurrence]:
        """The doses of one regimen in ``period``, by number, those moved in from outside last."""
        placed = list(self._placed(self._doses(regimen, period)))
        course = self._course(regimen, placed)
        start, end = period.start, period.end
        return (course.occurrence(place) for place in placed if start <= place.local_date < end)

    def find(self, regimen: Regimen, occurrence_id: OccurrenceId) -> DoseOccurrence | None:
        """The dose named ``occurrence_id`` of ``regimen``, or None where there is none."""
        dose = self._dose(regimen, occurrence_id)
        if dose is None:
            return None
        (place,) = self._placed([dose])
        return self._course(regimen, [place]).occurrence(place)

    def is_planned(self, regimen: Regimen, occurrence_id: OccurrenceId) -> bool:
        """Whether `find` finds it. Cheaper: when it is due, and until when, is not worked out."""
        return self._dose(regimen, occurrence_id) is not None

    def numbered(self, regimen: Regimen, number: int) -> DoseOccurrence | None:
        """The ``number``-th dose of ``regimen``, or None where there are fewer."""
        dose = self._numbered(regimen, number)
        return None if dose is None else self.find(regimen, dose.id)

    def bound_date(self, bound: Bound) -> date | None:
        """The local date that ``bound`` means now, or None while it hangs on a dose without a date."""
        if not isinstance(bound, RelativeBound):
            return bound
        key = (bound.regimen, bound.number)
        if key not in self._dose_dates:
            self._dose_dates[key] = self._dose_date(self.plan.regimens_by_id[bound.regimen], bound.number)
        on = self._dose_dates[key]
        return on if on is None or bound.plus is None else bound.plus.after(on)

    def zone_on(self, regimen: Regimen, day: date) -> ZoneInfo:
        """The zone whose clocks ``regimen`` follows on local date ``day``."""
        return self.plan.patient.zone_on(day, regimen.travel)

    def is_recorded(self, dose: OccurrenceId) -> bool:
        """Whether it is known of ``dose`` that it was given, or was not."""
        return dose in self.plan.administrations_by_dose

    def spans(self, regimen: Regimen) -> tuple[Span, ...]:
        """The spans of a regimen's grid."""
        if regimen.id not in self._spans:
            self._spans[regimen.id] = lay_out(regimen, self)
        return self._spans[regimen.id]

    @cached_property
    def _spans(self) -> dict[str, tuple[Span, ...]]:
        return {}

    @cached_property
    def _dose_dates(self) -> dict[tuple[str, int], date | None]:
        return {}

    @cached_property
    def _site_plans(self) -> dict[str, SitePlan]:
        return {}

    def _doses(self, regimen: Regimen, period: Period) -> Iterator[PlannedDose]:
        """Every dose that may be due in ``period``, and some around it; a moved one after the others."""
        start, end = _earlier(period.start, _MARGIN), _later(period.end, _MARGIN)
        if regimen.kind is AsNeeded:
            doses = as_needed.recorded_doses(self.plan, regimen, self.spans(regimen))
            yield from (dose for dose in doses if start <= dose.on < end)
            return
        moved = [move.dose for move in self.plan.moves if move.dose.regimen == regimen.id]
        if regimen.anchor is IntervalAnchor.LAST_GIVEN:
            yield from dose_chain.planned_before(self.plan, regimen, self.bound_date, end)
            return
        for dose in self._unmoved(dose_grid.planned_from(self.plan, self.spans(regimen), start)):
            if dose.on >= end:
                break
            yield dose
        found = (dose_grid.find(self.plan, self.spans(regimen), occurrence_id) for occurrence_id in moved)
        yield from (dose for dose in found if dose is not None)

    def _dose(self, regimen: Regimen, occurrence_id: OccurrenceId) -> PlannedDose | None:
        if regimen.kind is AsNeeded:
            doses = as_needed.recorded_doses(self.plan, regimen, self.spans(regimen))
            return next((dose for dose in doses if dose.id == occurrence_id), None)
        if regimen.anchor is IntervalAnchor.SCHEDULED:
            return dose_grid.find(self.plan, self.spans(regimen), occurrence_id)
        if isinstance(occurrence_id, ChainId):
            return self._numbered(regimen, occurrence_id.number)
        return None

    def _numbered(self, regimen: Regimen, number: int) -> PlannedDose | None:
        return next((dose for dose in self._doses_from(regimen, number) if dose.number >= number), None)

    def _dose_date(self, regimen: Regimen, number: int) -> date | None:
        """The local date of a dose: as given, else as planned; None where it is withheld or never comes."""
        dose = self._numbered(regimen, number)
        if dose is None:
            return None
        administration = self.plan.administrations_by_dose.get(dose.id)
        if administration is not None and administration.is_given:
            return administration.at.date()
        return None if dose.hold is not None else dose.on

    def _unmoved(self, doses: Iterator[PlannedDose]) -> Iterator[PlannedDose]:
        moves = self.plan.moves_by_dose
        return (dose for dose in doses if dose.id not in moves) if moves else doses

    def _placed(self, doses: Iterable[PlannedDose]) -> Iterator[_Placed]:
        """Each dose by the clocks of its date, which are asked once for all doses of a date in a row."""
        day, version = None, None
        for dose in doses:
            if day is None or day.on != dose.on or version is not dose.version:
                version = dose.version
                day = LocalDay.of(dose.on, self.zone_on(version, dose.on))
            yield _place(dose, day)

    def _course(self, regimen: Regimen, placed: list[_Placed]) -> _Course:
        return _Course(
            plan=self.plan,
            due_times=self._due_times(regimen, placed),
            stops=tuple(self._stops(regimen)),
            site_plan=self._site_plan(regimen) if any(v.sites for v in regimen.versions) else None,
        )

    def _due_times(self, regimen: Regimen, placed: list[_Placed]) -> DueTimes | None:
        """When the doses of a grid are due, where a dose stops being useful as the next one comes."""
        if not needs_next(regimen):
            return None
        moves = self.plan.moves_by_dose
        spans = self.spans(regimen)
        return DueTimes(
            known=sorted([place.at for place in placed if not moves or place.dose.id not in moves]),
            moved=self._moved_due(regimen),
            following=lambda day: self._due(dose_grid.planned_from(self.plan, spans, day)),
            beyond=lambda dose: self._due(dose_grid.beyond(self.plan, spans, dose.id)),
        )

    def _due(self, doses: Iterator[PlannedDose]) -> Iterator[datetime]:
        """When those of ``doses`` are due that nobody moved."""
        return (place.at for place in self._placed(self._unmoved(doses)))

    def _moved_due(self, regimen: Regimen) -> list[datetime]:
        moves = (move.to for move in self.plan.moves if move.dose.regimen == regimen.id)
        return sorted(resolve(to, self.zone_on(regimen, to.date())).at for to in moves)

    def _stops(self, regimen: Regimen) -> Iterator[datetime]:
        for version, following in pairwise((*regimen.versions, None)):
            # A stop that a later version takes back counts no more.
            if version is not None and version.stop is not None and not _overtaken(version.stop, following):
                at = version.stop.at
                yield resolve(at, self.zone_on(version, at.date())).at

    def _site_plan(self, regimen: Regimen) -> SitePlan:
        if regimen.id not in self._site_plans:
            self._site_plans[regimen.id] = SitePlan(
                plan=self.plan,
                uses=tuple(self._site_uses(regimen)),
                uneven=self._is_uneven(regimen),
                lasting=_lasting_sites(regimen),
                doses_from=lambda number: self._doses_from(regimen, number),
            )
        return self._site_plans[regimen.id]

    def _is_uneven(self, regimen: Regimen) -> bool:
        other_sites = any(version.sites != regimen.sites for version in regimen.versions)
        return bool(self.plan.rests or self.plan.holds_of(regimen.id) or other_sites)

    def _doses_from(self, regimen: Regimen, number: int) -> Iterator[PlannedDose]:
        if regimen.kind is AsNeeded:
            return as_needed.recorded_doses(self.plan, regimen, self.spans(regimen))
        if regimen.anchor is IntervalAnchor.SCHEDULED:
            return dose_grid.numbered_from(self.plan, self.spans(regimen), number)
        chained = dose_chain.planned(self.plan, regimen, self.bound_date)
        return dropwhile(lambda dose: dose.number < number, chained)

    def _site_uses(self, regimen: Regimen) -> Iterator[SiteUse]:
        for administration in self.plan.administrations:
            if administration.dose.regimen == regimen.id and (
                administration.site or not administration.is_given
            ):
                dose = self._number_of(regimen, administration.dose)
                if dose is not None:
                    yield SiteUse(number=dose, site=administration.site if administration.is_given else None)

    def _number_of(self, regimen: Regimen, occurrence_id: OccurrenceId) -> int | None:
        if isinstance(occurrence_id, ChainId):
            return occurrence_id.number
        if regimen.kind is AsNeeded:
            dose = self._dose(regimen, occurrence_id)
            return None if dose is None else dose.number
        return dose_grid.number_of(self.spans(regimen), occurrence_id)


def _overtaken(stop: Stop, following: Regimen | None) -> bool:
    if following is None or following.effective_on is None:
        return False
    return following.effective_on <= stop.at.date()


class _Placed(NamedTuple):
    """A dose with the instant, UTC, of its wall time in ``zone``.

    ``local_date`` is the one on which it is due, which a skipped date can make another than planned.
    """

    dose: PlannedDose
    zone: ZoneInfo
    at: datetime
    wall_clock: WallClock
    local_date: date

    def clock_reasons(self, home: ZoneInfo) -> tuple[Reason, ...]:
        """Why it is not at its usual time by the clocks of home."""
        if self.zone is home and self.wall_clock is _PLAIN:
            return ()
        return tuple(self._clock_reasons(home))

    def _clock_reasons(self, home: ZoneInfo) -> Iterator[Reason]:
        dose = self.dose
        if self.zone != home:
            text = f"away from home: the clock times follow {self.zone.key}"
            yield Reason(code=ReasonCode.TRAVEL, text=text)
        if self.wall_clock is WallClock.GAP:
            text = f"clocks skip {dose.at:%H:%M} on {dose.on}, so the dose is due when they have gone forward"
            yield Reason(code=ReasonCode.DST_GAP, text=text)
        elif self.wall_clock is WallClock.FOLD:
            text = f"clocks show {dose.at:%H:%M} twice on {dose.on}; the dose is due the first time"
            yield Reason(code=ReasonCode.DST_FOLD, text=text)


def _place(dose: PlannedDose, day: LocalDay) -> _Placed:
    if dose.instant is not None:
        assert isinstance(dose.instant.tzinfo, ZoneInfo)
        return _Placed(dose, dose.instant.tzinfo, dose.instant.astimezone(UTC), _PLAIN, dose.on)
    at = day.plain(dose.at)
    if at is not None:
        return _Placed(dose, day.zone, at, _PLAIN, dose.on)
    resolved = resolve(dose.wall, day.zone)
    return _Placed(dose, day.zone, resolved.at, resolved.wall_clock, local_date(resolved.at, day.zone))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Course:
    """What the doses of a regimen have in common, worked out before the first of them is told.

    ``stops`` are the instants from which a version of the regimen plans no more doses.
    """

    plan: Plan
    due_times: DueTimes | None
    stops: tuple[datetime, ...]
    site_plan: SitePlan | None

    def occurrence(self, place: _Placed) -> DoseOccurrence:
        dose, zone, due_at, _, on = place
        phase = dose.phase
        next_at = None if self.due_times is None else self.due_times.after(dose, due_at)
        stated = stated_end(dose, due_at, next_at)
        ends = stated or next_at
        recorded = self.plan.administrations_by_dose
        # Where nothing is recorded or stopped, no dose has to be looked up.
        administration = recorded.get(dose.id) if recorded else None
        return make_occurrence(
            id=dose.id,
            regimen=dose.version,
            number=dose.number,
            phase=dose.phase_number,
            dose=phase.dose,
            due_at=due_at,
            zone=zone,
            due_until=due_until(phase.timing, due_at, on, zone),
            useful_until=self._until_stop(due_at, ends) if self.stops else ends,
            window=window(dose, zone, stated),
            site=self.site_plan.site(dose) if self.site_plan and dose.version.sites else None,
            reasons=dose.reasons + place.clock_reasons(self.plan.patient.zone),
            hold=dose.hold,
            administration=administration,
            given_at=self._given_at(administration) if administration else None,
        )

    def _given_at(self, administration: Administration) -> datetime | None:
        return _at_whereabouts(self.plan, administration.at) if administration.is_given else None

    def _until_stop(self, due_at: datetime, ends: datetime | None) -> datetime | None:
        """``ends``, or the stop of the regimen where that comes first."""
        return min((at for at in (*self.stops, ends) if at is not None and at > due_at), default=ends)


def _at_whereabouts(plan: Plan, wall: datetime) -> datetime:
    """The instant of the naive reading ``wall`` of a clock where the patient is."""
    return resolve(wall, plan.patient.whereabouts(wall.date())).at


def _lasting_sites(regimen: Regimen) -> frozenset[str]:
    return frozenset(regimen.sites).intersection(*(version.sites for version in regimen.versions))


def _earlier(day: date, length: timedelta) -> date:
    return day - min(length, day - date.min)


def _later(day: date, length: timedelta) -> date:
    return day + min(length, date.max - day)
