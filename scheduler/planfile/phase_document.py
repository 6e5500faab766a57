"""The table of a phase in a plan file: its dose, its timing, where it begins and ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    field_validator,
    model_validator,
)

from scheduler.dosing.calendar_interval import CalendarInterval, IntervalUnit
from scheduler.dosing.date_pattern import CycleDays, DatePattern, Weekday, Weekdays
from scheduler.dosing.regimen import (
    Bound,
    DoseCount,
    Lasting,
    OpenEnded,
    Phase,
    PhaseEnd,
    RelativeBound,
    Until,
)
from scheduler.dosing.timing import MOST_SLOTS, AsNeeded, ClockTimes, ElapsedHours, Timing
from scheduler.planfile.cycle_days import days_of_cycle, written_days
from scheduler.planfile.field import (
    DateField,
    DoseField,
    EveryField,
    HoursField,
    IntervalField,
    LocalDateTimeField,
    WallTimeField,
    fault,
)

_DAILY = CalendarInterval.parse("1 d")
_AN_HOUR = timedelta(hours=1)
_PLANNED = ("times", "every", "weekdays", "cycle", "doses")
_NOT_BESIDE_AS_NEEDED: list[JsonValue] = [{"required": ["as_needed", key]} for key in _PLANNED]
WeekdayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Document(BaseModel):
    """A table in which an unknown key is a fault."""

    model_config = ConfigDict(
        extra="forbid", strict=True, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )


class RelationDocument(Document):
    """A date that hangs on a dose of another regimen, as given, else as planned."""

    regimen: str = Field(description="id of the other regimen")
    dose: int = Field(ge=1, le=100_000, description="number of its dose, from 1")
    plus: IntervalField | None = Field(default=None, description='how long after that dose, such as "14 d"')
    at: WallTimeField | None = Field(
        default=None, description="local clock time of the start where the phase counts elapsed hours"
    )

    def value(self) -> RelativeBound:
        """The bound it stands for."""
        return RelativeBound(regimen=self.regimen, number=self.dose, plus=self.plus)


def _kind_of_bound(value: object) -> str:
    if isinstance(value, (dict, RelationDocument)):
        return "relation"
    is_moment = isinstance(value, datetime) or (isinstance(value, str) and "T" in value)
    return "moment" if is_moment else "date"


def _date_or_relation(value: object) -> str:
    return "relation" if _kind_of_bound(value) == "relation" else "date"


_Relation = Annotated[RelationDocument, Tag("relation")]
_Date = Annotated[DateField, Tag("date")]
_BoundField = Annotated[_Date | _Relation, Discriminator(_date_or_relation)]
_StartField = Annotated[
    _Date | Annotated[LocalDateTimeField, Tag("moment")] | _Relation, Discriminator(_kind_of_bound)
]


def _bound(document: date | RelationDocument) -> Bound:
    match document:
        case RelationDocument():
            return document.value()
        case datetime():
            return document.date()
        case _:
            return document


def _bound_document(bound: Bound) -> date | RelationDocument:
    if isinstance(bound, RelativeBound):
        return RelationDocument(regimen=bound.regimen, dose=bound.number, plus=bound.plus)
    return bound


class CycleDocument(Document):
    """Days with doses and days without, over and over; day 1 is the start of the phase."""

    length: IntervalField = Field(description='of the whole cycle, such as "28 d"')
    on: list[str] = Field(
        min_length=1, description='days with doses, ascending, such as ["1-14"] or ["1", "8", "15"]'
    )

    @field_validator("length")
    @classmethod
    def _in_days(cls, length: IntervalField) -> IntervalField:
        if length.days is None:
            raise fault('is not a number of days or weeks, such as "28 d"')
        return length

    @field_validator("on")
    @classmethod
    def _readable(cls, on: list[str]) -> list[str]:
        days_of_cycle(on)
        return on

    def value(self) -> CycleDays:
        """Raises DosingError where a day lies outside the cycle."""
        return CycleDays(length=self.length.days or 0, on=days_of_cycle(self.on))


class AsNeededDocument(Document):
    """No planned doses, only recorded ones, within limits."""

    max_per_day: int = Field(ge=1, le=MOST_SLOTS, description="most doses on a local date")
    min_gap: HoursField | None = Field(default=None, description='least time between two, such as "4 h"')

    def value(self) -> AsNeeded:
        """The timing it stands for."""
        return AsNeeded(max_per_day=self.max_per_day, min_gap=self.min_gap or timedelta(0))


class PhaseDocument(Document):
    """A stretch with one dose and one timing. At most one of `for`, `until` and `doses`."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "anyOf": [
                    {"required": ["for", "until"]},
                    {"required": ["for", "doses"]},
                    {"required": ["until", "doses"]},
                    {"required": ["cycle", "every"]},
                    {"required": ["cycle", "weekdays"]},
                    *_NOT_BESIDE_AS_NEEDED,
                ]
            },
            "if": {
                "anyOf": [
                    {"required": ["as_needed"]},
                    {"properties": {"every": {"pattern": " h$"}}, "required": ["every"]},
                ]
            },
            "then": {"not": {"anyOf": [{"required": ["times"]}, {"required": ["weekdays"]}]}},
            "else": {"required": ["times"]},
        }
    )

    dose: DoseField = Field(description='amount and UCUM unit, such as "100 ug"')
    times: list[WallTimeField] | None = Field(
        default=None,
        min_length=1,
        max_length=MOST_SLOTS,
        description='local clock times, such as ["08:00"]; none where hours are counted',
    )
    every: EveryField | None = Field(
        default=None,
        description='"1 d" unless said, "4 wk", "1 mo" (not 4 weeks); "8 h" counts elapsed hours',
        json_schema_extra={"default": str(_DAILY)},
    )
    weekdays: list[WeekdayName] | None = Field(
        default=None,
        min_length=1,
        description='on these days, such as ["mon", "thu"]; of every 2nd week with every = "2 wk"',
    )
    cycle: CycleDocument | None = Field(default=None, description="days on and off, over and over")
    as_needed: AsNeededDocument | None = Field(default=None, description="instead of planned times")
    start: _StartField | None = Field(
        default=None,
        description="first local date, with a time where hours are counted; left out, a later phase starts "
        "where the one before ends",
    )
    length: IntervalField | None = Field(default=None, alias="for", description='how long, such as "14 d"')
    until: _BoundField | None = Field(default=None, description="last local date, inclusive")
    doses: int | None = Field(default=None, ge=1, le=100_000, description="how many doses")

    @field_validator("times")
    @classmethod
    def _ascending(cls, times: list[WallTimeField] | None) -> list[WallTimeField] | None:
        if times is not None and times != sorted(set(times)):
            raise fault("must be in ascending order, each time once")
        return times

    @field_validator("weekdays")
    @classmethod
    def _in_week_order(cls, days: list[WeekdayName] | None) -> list[WeekdayName] | None:
        if days is not None and days != [day.value for day in Weekday if day.value in days]:
            raise fault("must be in the order of the week, from mon, each day once")
        return days

    @model_validator(mode="after")
    def _one_end(self) -> PhaseDocument:
        ends = {"for": self.length, "until": self.until, "doses": self.doses}
        given = [name for name, end in ends.items() if end is not None]
        if len(given) > 1:
            raise fault(f"has {' and '.join(given)}; a phase ends in one way")
        return self

    @model_validator(mode="after")
    def _one_timing(self) -> PhaseDocument:
        problem = self._timing_problem()
        if problem is not None:
            raise fault(problem)
        return self

    def _timing_problem(self) -> str | None:
        if self._start_time is not None and not self._counts_hours:
            return 'has a start with a time of day, which belongs to elapsed hours such as every = "8 h"'
        if isinstance(self.until, RelationDocument) and self.until.at is not None:
            return "has an until with a time of day; a phase ends with a date"
        if self.as_needed is not None:
            beside = [name for name in _PLANNED if getattr(self, name) is not None]
            return f"has as_needed, which goes without {' and '.join(beside)}" if beside else None
        if self._counts_hours:
            return self._hours_problem()
        if self.times is None:
            return 'has no times, such as times = ["08:00"]'
        return self._dates_problem()

    @property
    def _counts_hours(self) -> bool:
        return isinstance(self.every, timedelta)

    def _hours_problem(self) -> str | None:
        beside = [name for name in ("times", "weekdays", "cycle") if getattr(self, name) is not None]
        if beside:
            return f"counts elapsed hours, which goes without {' and '.join(beside)}"
        if self.start is not None and self._start_time is None:
            return (
                "counts elapsed hours, so its start is a date and a time, such as 2026-12-01T07:00:00; "
                'one that hangs on another regimen says at = "07:00"'
            )
        return None

    def _dates_problem(self) -> str | None:
        if self.cycle is not None and (self.every is not None or self.weekdays is not None):
            return "has a cycle, which goes without every and weekdays"
        if self.weekdays is not None and not _counts_weeks(self.every):
            return 'has weekdays, which go with whole weeks, such as every = "2 wk"'
        return None

    @property
    def _start_time(self) -> WallTimeField | None:
        if isinstance(self.start, datetime):
            return self.start.time()
        return self.start.at if isinstance(self.start, RelationDocument) else None

    def value(self) -> Phase:
        """Raises DosingError where the parts do not make a phase."""
        start = None if self.start is None else _bound(self.start)
        return Phase(dose=self.dose, timing=self._timing(), start=start, end=self._end())

    def _timing(self) -> Timing:
        if self.as_needed is not None:
            return self.as_needed.value()
        if isinstance(self.every, timedelta):
            return ElapsedHours(hours=self.every // _AN_HOUR, first_at=self._start_time)
        return ClockTimes(dates=self._dates(self.every or _DAILY), wall_times=tuple(self.times or ()))

    def _dates(self, every: CalendarInterval) -> DatePattern:
        if self.cycle is not None:
            return self.cycle.value()
        if self.weekdays is not None:
            weeks = every.count if every.unit is IntervalUnit.WEEK else 1
            return Weekdays(weeks=weeks, days=tuple(Weekday(day) for day in self.weekdays))
        return every

    def _end(self) -> PhaseEnd:
        if self.length is not None:
            return Lasting(length=self.length)
        if self.until is not None:
            return Until(last=_bound(self.until))
        return OpenEnded() if self.doses is None else DoseCount(count=self.doses)

    @classmethod
    def of(cls, phase: Phase) -> PhaseDocument:
        """The table that says ``phase``."""
        end = phase.end
        return cls.model_validate(
            {
                "dose": phase.dose,
                **_timing_keys(phase.timing),
                "start": _start_document(phase),
                "length": end.length if isinstance(end, Lasting) else None,
                "until": _bound_document(end.last) if isinstance(end, Until) else None,
                "doses": end.count if isinstance(end, DoseCount) else None,
            }
        )


def _counts_weeks(every: CalendarInterval | timedelta | None) -> bool:
    return every is None or (isinstance(every, CalendarInterval) and every.unit is IntervalUnit.WEEK)


def _start_document(phase: Phase) -> date | RelationDocument | None:
    if phase.start is None or not isinstance(phase.timing, ElapsedHours):
        return None if phase.start is None else _bound_document(phase.start)
    first_at = phase.timing.first_at
    assert first_at is not None
    if isinstance(phase.start, RelativeBound):
        bound = phase.start
        return RelationDocument(regimen=bound.regimen, dose=bound.number, plus=bound.plus, at=first_at)
    return datetime.combine(phase.start, first_at)


def _timing_keys(timing: Timing) -> dict[str, object]:
    match timing:
        case AsNeeded(max_per_day=most, min_gap=gap):
            return {"as_needed": AsNeededDocument(max_per_day=most, min_gap=gap or None)}
        case ElapsedHours(hours=hours):
            return {"every": hours * _AN_HOUR}
        case ClockTimes(dates=dates, wall_times=wall_times):
            return {"times": list(wall_times), **_date_keys(dates)}


def _date_keys(dates: DatePattern) -> dict[str, object]:
    match dates:
        case CalendarInterval():
            return {"every": dates}
        case Weekdays(weeks=weeks, days=days):
            every = CalendarInterval(count=weeks, unit=IntervalUnit.WEEK)
            return {"every": every, "weekdays": [day.value for day in days]}
        case CycleDays(length=length, on=on):
            interval = CalendarInterval(count=length, unit=IntervalUnit.DAY)
            return {"cycle": CycleDocument(length=interval, on=written_days(on))}
