"""How a chain counts from one dose to the next: on local dates, or in elapsed hours.

A place in a chain is a naive local date with the usual time where dates are counted, and a UTC instant
where hours are. A chain has places of one sort only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import assert_never

from scheduler.dosing.calendar_interval import END_OF_CALENDAR, CalendarInterval
from scheduler.dosing.patient import Patient
from scheduler.dosing.planned_dose import PlannedDose
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.regimen import Phase, TravelRule
from scheduler.dosing.timezone import resolve, wall_reading
from scheduler.dosing.timing import AsNeeded, ClockTimes, ElapsedHours

_END = datetime.combine(END_OF_CALENDAR, time(), UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class ByDates:
    """Every ``interval`` of local dates, at the usual wall time."""

    interval: CalendarInterval
    usual: time

    def after(self, anchor: datetime, steps: int) -> datetime:
        """The place ``steps`` intervals after ``anchor``."""
        return self.of_date(self.interval.after(anchor.date(), steps))

    def of_date(self, day: date) -> datetime:
        """The place on local date ``day``."""
        return datetime.combine(day, self.usual)

    def of_dose(self, dose: PlannedDose) -> datetime:
        """The place that ``dose`` counts for: its date, whatever time it was moved to."""
        return self.of_date(dose.on)

    def of_given(self, at: datetime) -> datetime:
        """The place that a dose given at the naive local time ``at`` counts for."""
        return self.of_date(at.date())

    def carried(self, place: datetime) -> datetime:
        """``place`` of the phase before, at the usual time of this one."""
        return self.of_date(place.date())

    def day(self, place: datetime) -> date:
        """Its local date."""
        return place.date()

    def reading(self, place: datetime) -> datetime:
        """Its wall-clock reading."""
        return place

    def instant(self, place: datetime) -> datetime | None:  # noqa: ARG002  # the other pace has one
        """None: the wall decides."""
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class ByHours:
    """Every so many elapsed hours, read on the clocks of wherever ``patient`` is."""

    timing: ElapsedHours
    patient: Patient
    travel: TravelRule

    def after(self, anchor: datetime, steps: int) -> datetime:
        """The instant ``steps`` gaps after ``anchor``, at the latest the end of the calendar."""
        return anchor + min(steps * self.timing.gap, max(_END, anchor) - anchor)

    def of_date(self, day: date) -> datetime:
        """The instant on ``day`` at the time at which the phase starts, midnight where it names none."""
        wall = datetime.combine(day, self.timing.first_at or time())
        return resolve(wall, self.patient.zone_on(day, self.travel)).at

    def of_dose(self, dose: PlannedDose) -> datetime:
        """The instant at which ``dose`` is planned."""
        if dose.instant is not None:
            return dose.instant.astimezone(UTC)
        return resolve(dose.wall, self.patient.zone_on(dose.on, self.travel)).at

    def of_given(self, at: datetime) -> datetime:
        """The instant of the naive local time ``at`` where the patient was."""
        return resolve(at, self.patient.whereabouts(at.date())).at

    def carried(self, place: datetime) -> datetime:
        """The same instant."""
        return place

    def day(self, place: datetime) -> date:
        """Its local date."""
        return self.reading(place).date()

    def reading(self, place: datetime) -> datetime:
        """Its wall-clock reading, aware."""
        return wall_reading(place, partial(self.patient.zone_on, rule=self.travel))

    def instant(self, place: datetime) -> datetime | None:
        """The place itself, by the clocks there."""
        return self.reading(place)


Pace = ByDates | ByHours


def pace_of(phase: Phase, patient: Patient, travel: TravelRule) -> Pace:
    """How ``phase`` counts. Raises DosingError for a timing that no chain has."""
    timing = phase.timing
    match timing:
        case ClockTimes(dates=CalendarInterval() as interval, wall_times=wall_times):
            return ByDates(interval=interval, usual=wall_times[0])
        case ElapsedHours():
            return ByHours(timing=timing, patient=patient, travel=travel)
        case ClockTimes() | AsNeeded():
            raise DosingError("this timing cannot be counted from the last dose given")
        case _:
            assert_never(timing)
