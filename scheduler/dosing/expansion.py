"""From a plan to its doses: one pure function of values and a period.

1. Lay each regimen's doses out on local dates and wall times (`dose_grid`, `dose_chain`), a little
   beyond the period, because a skipped date or a move can carry a dose into it.
2. Resolve each wall time in the zone in force on its date (`timezone`).
3. Give each dose the moments at which it stops being due and stops being useful, which need the dose
   that comes next in time, and the site, which needs the doses before it.
4. Keep what falls inside the period, in order of time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain, islice, takewhile
from zoneinfo import ZoneInfo

from scheduler.dosing import dose_chain, dose_grid
from scheduler.dosing.administration import Administration
from scheduler.dosing.occurrence import DoseOccurrence, DosingWindow, Reason, ReasonCode
from scheduler.dosing.occurrence_id import ChainId, GridId, OccurrenceId
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.planned_dose import PlannedDose
from scheduler.dosing.product import SinceScheduled, UntilNext
from scheduler.dosing.recurrence import Span, date_of_number, grid_dose_on, lay_out
from scheduler.dosing.regimen import Bound, IntervalAnchor, Regimen, RelativeBound
from scheduler.dosing.site_rotation import SiteUse, next_site
from scheduler.dosing.timezone import WallClock, midnight, resolve
from scheduler.dosing.timing import MOST_SLOTS

_ONE_DAY = timedelta(days=1)
_DUE_FOR = timedelta(minutes=60)
# A zone may skip a whole date, so a dose can be due up to a day after the date it was planned for.
_MARGIN = timedelta(days=2)


def expand(plan: Plan, period: Period) -> list[DoseOccurrence]:
    """Every dose of ``plan`` whose local date is in ``period``, sorted by instant, then id."""
    layout = Layout(plan)
    found = chain.from_iterable(layout.regimen(regimen, period) for regimen in plan.regimens)
    return sorted(found, key=lambda occurrence: (occurrence.due_at, str(occurrence.id)))


def find(plan: Plan, occurrence_id: OccurrenceId) -> DoseOccurrence | None:
    """The dose named ``occurrence_id``, wherever it was moved to, or None where it was never planned."""
    regimen = plan.regimens_by_id.get(occurrence_id.regimen)
    return None if regimen is None else Layout(plan).find(regimen, occurrence_id)


@dataclass(frozen=True)
class Layout:
    """A plan with what every one of its questions needs worked out once."""

    plan: Plan

    def regimen(self, regimen: Regimen, period: Period) -> Iterator[DoseOccurrence]:
        """The doses of one regimen in ``period``, by number, those moved in from outside last."""
        seen: set[OccurrenceId] = set()
        for dose in self._doses(regimen, period):
            occurrence = self._occurrence(regimen, dose)
            if occurrence.local_date in period:
                seen.add(dose.id)
                yield occurrence
        nearby = Period(start=_earlier(period.start, _MARGIN), end=_later(period.end, _MARGIN))
        for move in self.plan.moves:
            if move.dose.regimen == regimen.id and move.to.date() in nearby and move.dose not in seen:
                moved_in = self.find(regimen, move.dose)
                if moved_in is not None and moved_in.local_date in period:
                    yield moved_in

    def find(self, regimen: Regimen, occurrence_id: OccurrenceId) -> DoseOccurrence | None:
        """The dose named ``occurrence_id`` of ``regimen``, or None where there is none."""
        for dose in self._doses_around(regimen, occurrence_id):
            if dose.id == occurrence_id:
                return self._occurrence(regimen, dose)
        return None

    def bound_date(self, bound: Bound) -> date | None:
        """The local date that ``bound`` means now, or None while it hangs on a dose without a date."""
        if not isinstance(bound, RelativeBound):
            return bound
        key = (bound.regimen, bound.number)
        if key not in self._dose_dates:
            self._dose_dates[key] = self._dose_date(self.plan.regimens_by_id[bound.regimen], bound.number)
        on = self._dose_dates[key]
        return on if on is None or bound.plus is None else bound.plus.after(on)

    def spans(self, regimen: Regimen) -> tuple[Span, ...]:
        """The spans of a regimen's grid."""
        if regimen.id not in self._spans:
            self._spans[regimen.id] = lay_out(regimen, self.bound_date)
        return self._spans[regimen.id]

    @cached_property
    def _spans(self) -> dict[str, tuple[Span, ...]]:
        return {}

    @cached_property
    def _uses(self) -> dict[str, tuple[SiteUse, ...]]:
        return {}

    @cached_property
    def _dose_dates(self) -> dict[tuple[str, int], date | None]:
        return {}

    @cached_property
    def _moved_due(self) -> dict[str, list[datetime]]:
        return {}

    def _doses(self, regimen: Regimen, period: Period) -> Iterator[PlannedDose]:
        beyond = _later(period.end, _MARGIN)
        if regimen.anchor is IntervalAnchor.LAST_GIVEN:
            yield from dose_chain.planned_before(self.plan, regimen, self.bound_date, beyond)
            return
        start = _earlier(period.start, _MARGIN)
        for dose in dose_grid.planned_from(self.plan, regimen, self.spans(regimen), start):
            if isinstance(dose.id, GridId) and dose.id.on >= beyond:
                return
            yield dose

    def _doses_around(self, regimen: Regimen, occurrence_id: OccurrenceId) -> Iterator[PlannedDose]:
        match occurrence_id, regimen.anchor:
            case GridId(on=on), IntervalAnchor.SCHEDULED:
                grid = dose_grid.planned_from(self.plan, regimen, self.spans(regimen), on)
                yield from islice(grid, MOST_SLOTS)
            case ChainId(number=number), IntervalAnchor.LAST_GIVEN:
                chained = dose_chain.planned(self.plan, regimen, self.bound_date)
                yield from takewhile(lambda dose: dose.number <= number, chained)

    def _dose_date(self, regimen: Regimen, number: int) -> date | None:
        """The local date of a dose: as given, else as planned; None where it is withheld or never comes."""
        dose = self._numbered(regimen, number)
        if dose is None:
            return None
        administration = self.plan.administrations_by_dose.get(dose.id)
        if administration is not None and administration.is_given:
            return administration.at.date()
        return None if dose.hold is not None else dose.on

    def _numbered(self, regimen: Regimen, number: int) -> PlannedDose | None:
        if regimen.anchor is IntervalAnchor.LAST_GIVEN:
            doses = dose_chain.planned(self.plan, regimen, self.bound_date)
        else:
            on = date_of_number(self.spans(regimen), number)
            if on is None:
                return None
            doses = dose_grid.planned_from(self.plan, regimen, self.spans(regimen), on)
        return next((dose for dose in doses if dose.number >= number), None)

    def _occurrence(self, regimen: Regimen, dose: PlannedDose) -> DoseOccurrence:
        zone = self._zone(regimen, dose)
        resolved = resolve(dose.wall, zone)
        useful_until, stated = self._useful_until(regimen, dose, resolved.at)
        administration = self.plan.administrations_by_dose.get(dose.id)
        return DoseOccurrence(
            id=dose.id,
            regimen=regimen,
            number=dose.number,
            phase=dose.phase_number,
            dose=dose.phase.dose,
            due_at=resolved.at,
            zone=zone,
            due_until=_due_until(dose, resolved.at, zone),
            useful_until=useful_until,
            window=DosingWindow(earliest=None, latest=stated),
            site=next_site(regimen.sites, dose.number, self._site_uses(regimen)),
            reasons=dose.reasons + self._clock_reasons(dose, resolved.wall_clock, zone),
            hold=dose.hold,
            administration=administration,
            given_at=self._given_at(administration),
        )

    def _zone(self, regimen: Regimen, dose: PlannedDose) -> ZoneInfo:
        return self.plan.patient.zone_on(dose.on, regimen.travel)

    def _due_at(self, regimen: Regimen, dose: PlannedDose) -> datetime:
        return resolve(dose.wall, self._zone(regimen, dose)).at

    def _useful_until(
        self, regimen: Regimen, dose: PlannedDose, due_at: datetime
    ) -> tuple[datetime | None, datetime | None]:
        """When the dose stops being useful, and that moment again where a label states it."""
        rule = regimen.product.missed
        if isinstance(rule, SinceScheduled):
            return due_at + rule.limit, due_at + rule.limit
        if regimen.product.is_depot or regimen.anchor is IntervalAnchor.LAST_GIVEN:
            return None, None
        next_at = self._next_due(regimen, dose, due_at)
        if isinstance(rule, UntilNext) and next_at - rule.limit > due_at:
            return next_at - rule.limit, next_at - rule.limit
        # Planned closer to the next dose than the rule: it cannot be missed the moment it is due.
        return next_at, None

    def _next_due(self, regimen: Regimen, dose: PlannedDose, due_at: datetime) -> datetime:
        """When the next dose of a grid comes, in order of time: a move can change the order of the grid."""
        later = [at for at in self._moves_due(regimen) if at > due_at]
        for other in dose_grid.planned_from(self.plan, regimen, self.spans(regimen), dose.on):
            at = self._due_at(regimen, other)
            if at > due_at and other.id not in self.plan.moves_by_dose:
                later.append(at)
                break
        return min(later) if later else self._would_be_next(regimen, dose, due_at)

    def _moves_due(self, regimen: Regimen) -> list[datetime]:
        if regimen.id not in self._moved_due:
            walls = [move.to for move in self.plan.moves if move.dose.regimen == regimen.id]
            zones = [self.plan.patient.zone_on(wall.date(), regimen.travel) for wall in walls]
            self._moved_due[regimen.id] = [resolve(*reading).at for reading in zip(walls, zones, strict=True)]
        return self._moved_due[regimen.id]

    def _would_be_next(self, regimen: Regimen, dose: PlannedDose, due_at: datetime) -> datetime:
        """When the dose after the last one of a grid would have come."""
        timing = dose.phase.timing
        own = timing.wall_times[dose.id.slot - 1] if isinstance(dose.id, GridId) else None
        later = [wall_time for wall_time in timing.wall_times if wall_time > dose.at and wall_time != own]
        on = dose.on if later else timing.interval.after(dose.on)
        wall = datetime.combine(on, (later or timing.wall_times)[0])
        at = resolve(wall, self.plan.patient.zone_on(wall.date(), regimen.travel)).at
        return max(at, due_at + _DUE_FOR)

    def _clock_reasons(self, dose: PlannedDose, wall_clock: WallClock, zone: ZoneInfo) -> tuple[Reason, ...]:
        reasons = []
        if zone != self.plan.patient.zone:
            text = f"away from home: the clock times follow {zone.key}"
            reasons.append(Reason(code=ReasonCode.TRAVEL, text=text))
        if wall_clock is WallClock.GAP:
            text = f"clocks skip {dose.at:%H:%M} on {dose.on}, so the dose is due when they have gone forward"
            reasons.append(Reason(code=ReasonCode.DST_GAP, text=text))
        elif wall_clock is WallClock.FOLD:
            text = f"clocks show {dose.at:%H:%M} twice on {dose.on}; the dose is due the first time"
            reasons.append(Reason(code=ReasonCode.DST_FOLD, text=text))
        return tuple(reasons)

    def _given_at(self, administration: Administration | None) -> datetime | None:
        if administration is None or not administration.is_given:
            return None
        return resolve(administration.at, self.plan.patient.whereabouts(administration.at.date())).at

    def _site_uses(self, regimen: Regimen) -> tuple[SiteUse, ...]:
        if regimen.id not in self._uses:
            self._uses[regimen.id] = tuple(self._find_site_uses(regimen)) if regimen.sites else ()
        return self._uses[regimen.id]

    def _find_site_uses(self, regimen: Regimen) -> Iterator[SiteUse]:
        for administration in self.plan.administrations:
            number = self._number(regimen, administration.dose)
            if number is not None and (administration.site or not administration.is_given):
                yield SiteUse(number=number, site=administration.site if administration.is_given else None)

    def _number(self, regimen: Regimen, occurrence_id: OccurrenceId) -> int | None:
        match occurrence_id:
            case _ if occurrence_id.regimen != regimen.id:
                return None
            case ChainId(number=number):
                return number
            case GridId(on=on, slot=slot):
                dose = grid_dose_on(self.spans(regimen), on, slot)
                return None if dose is None else dose.number


def _earlier(day: date, length: timedelta) -> date:
    return day - min(length, day - date.min)


def _later(day: date, length: timedelta) -> date:
    return day + min(length, date.max - day)


def _due_until(dose: PlannedDose, due_at: datetime, zone: ZoneInfo) -> datetime:
    if dose.phase.timing.slots > 1:
        return due_at + _DUE_FOR
    return midnight(due_at.astimezone(zone).date() + _ONE_DAY, zone)
