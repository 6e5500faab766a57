"""A regimen in full words, for a person to confirm before it is stored."""

from __future__ import annotations

from datetime import date, time
from typing import assert_never

from scheduler.dosing.calendar_interval import CalendarInterval, IntervalUnit
from scheduler.dosing.dose import Dose
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
    Until,
)
from scheduler.dosing.timing import AsNeeded, ClockTimes, ElapsedHours, Timing
from scheduler.orders.product import ROUTE_WORDS

_SETTINGS = {
    Setting.HOME: "Given at home.",
    Setting.NURSE_VISIT: "Given at a nurse's visit.",
    Setting.CLINIC: "Given at the clinic.",
}
_TIMES = ("once", "twice", "three times", "four times", "five times", "six times")
_UNITS = {"mg": "milligrams", "g": "grams", "mL": "millilitres", "GBq": "gigabecquerels"}
_COUNTED = {"{tablet}": "tablet", "{capsule}": "capsule"}


def read_back(regimen: Regimen) -> str:
    """What would be stored, whatever was typed: ``Octreotide LAR, 20 milligrams into the muscle, ...``."""
    route = ROUTE_WORDS[regimen.product.route]
    first, *later = regimen.phases
    sentences = [f"{regimen.product.name}, {_amount(first.dose)} {route}, {_when(first)}."]
    sentences += [f"Then {_amount(phase.dose)} {route}, {_when(phase)}." for phase in later]
    if regimen.anchor is IntervalAnchor.LAST_GIVEN:
        sentences.append("Each dose counts from the one given before.")
    return " ".join([*sentences, _SETTINGS[regimen.setting]])


def _amount(dose: Dose) -> str:
    if dose.unit in _COUNTED:
        return f"{dose.amount} {_COUNTED[dose.unit]}{'' if dose.value == 1 else 's'}"
    return f"{dose.amount} {_UNITS[dose.unit]}" if dose.unit in _UNITS else dose.spelled_out


def _when(phase: Phase) -> str:
    return f"{_rhythm(phase.timing)}{_begin(phase)}{_end(phase.end)}"


def _rhythm(timing: Timing) -> str:
    match timing:
        case ClockTimes():
            return _clock_times(timing)
        case ElapsedHours(hours=hours, first_at=first_at):
            since = "" if first_at is None else f", the first dose at {first_at:%H:%M}"
            return f"every {_many(hours, 'hour')} by elapsed time{since}"
        case AsNeeded(max_per_day=most, min_gap=gap):
            hours = int(gap.total_seconds() // 3600)
            apart = f", at least {_many(hours, 'hour')} apart" if hours else ""
            return f"as needed, at most {_many(most, 'dose')} a day{apart}"
        case _:
            assert_never(timing)


def _clock_times(timing: ClockTimes) -> str:
    daily = timing.dates == CalendarInterval(count=1, unit=IntervalUnit.DAY)
    times = _TIMES[timing.slots - 1] if timing.slots <= len(_TIMES) else f"{timing.slots} times"
    if daily:
        return f"{times} a day at {_listed(timing.wall_times)}"
    interval = isinstance(timing.dates, CalendarInterval) and timing.slots == 1
    often = "" if interval else f"{times} a day "
    return f"{often}{_dates(timing)} at {_listed(timing.wall_times)}"


def _dates(timing: ClockTimes) -> str:
    dates = timing.dates
    if isinstance(dates, CalendarInterval) and dates.unit is IntervalUnit.MONTH:
        return dates.rhythm.replace("month", "calendar month")
    return dates.rhythm


def _listed(wall_times: tuple[time, ...]) -> str:
    *earlier, last = (f"{wall_time:%H:%M}" for wall_time in wall_times)
    return " and ".join(filter(None, (", ".join(earlier), last)))


def _begin(phase: Phase) -> str:
    return "" if phase.start is None else f", from {_bound(phase.start)}"


def _end(end: PhaseEnd) -> str:
    match end:
        case Lasting(length=length):
            return f" for {length.spelled_out.replace('month', 'calendar month')}"
        case Until(last=last):
            return f" until {_bound(last)}, that day included"
        case DoseCount(count=count):
            return f" for {_many(count, 'dose')}"
        case OpenEnded():
            return " until further notice"
        case _:
            assert_never(end)


def _bound(bound: Bound) -> str:
    match bound:
        case RelativeBound(regimen=regimen, number=number, plus=plus):
            after = f"{plus.spelled_out} after" if plus else "the date of"
            return f"{after} dose {number} of {regimen}"
        case date():
            return f"{bound.day} {bound:%B %Y} ({bound:%A})"


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
