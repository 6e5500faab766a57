"""The grid: the places of doses that keep their places whatever happens.

1. Each phase has a series of doses (`dose_series`), numbered from 0 at its anchor: dates of a pattern at
   clock times, or instants so many hours apart.
2. A regimen's phases are laid end to end as spans: stretches of a series, from one index up to another.
   A later phase with the same pattern of dates and no start of its own goes on with the series of the
   one before it, so that every other day stays every other day through a change of dose.
3. A version of a regimen is cut where the next one takes effect, which goes on from there.

So the cost of a question grows with the doses asked for, not with the years since the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Protocol, assert_never
from zoneinfo import ZoneInfo

from scheduler.dosing.dose_series import ClockSeries, HourSeries, NoDoses, Series
from scheduler.dosing.occurrence_id import ChainId, GridId, OccurrenceId
from scheduler.dosing.regimen import (
    Bound,
    DoseCount,
    Lasting,
    OpenEnded,
    Phase,
    Regimen,
    Stop,
    Until,
)
from scheduler.dosing.timezone import resolve
from scheduler.dosing.timing import AsNeeded, ClockTimes, ElapsedHours

_ONE_DAY = timedelta(days=1)


class Ground(Protocol):
    """What dates and places a regimen stands on: the rest of the plan."""

    def bound_date(self, bound: Bound) -> date | None:
        """The local date that ``bound`` means; None while the dose it hangs on has no date."""
        ...

    def zone_on(self, regimen: Regimen, day: date) -> ZoneInfo:
        """The zone whose clocks ``regimen`` follows on local date ``day``."""
        ...


class RecordedGround(Ground, Protocol):
    """The ground, with what was recorded on it."""

    def is_recorded(self, dose: OccurrenceId) -> bool:
        """Whether it is known of ``dose`` that it was given, or was not."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The doses of ``series`` from index ``first`` up to and without ``stop`` (None: without end).

    They belong to phase ``index`` (from 0) of ``version``; ``number`` is that of the first within the
    regimen, from 1. ``begin`` and ``end`` are the local dates from and up to which the phase runs.
    """

    version: Regimen
    index: int
    series: Series
    first: int
    stop: int | None
    begin: date
    end: date | None
    number: int = 1

    @property
    def phase(self) -> Phase:
        """The phase it lays out."""
        return self.version.phases[self.index]

    @property
    def dose_count(self) -> int | None:
        """How many doses it has; None where it is open-ended."""
        return None if self.stop is None else self.stop - self.first

    def id_of(self, index: int) -> OccurrenceId | None:
        """The name of dose ``index`` of the series; None where the span does not plan it."""
        if index < self.first or (self.stop is not None and index >= self.stop):
            return None
        match self.series:
            case ClockSeries() as series:
                slot = 1 + index % series.timing.slots
                return GridId(regimen=self.version.id, on=series.date_of(index), slot=slot)
            case HourSeries():
                return ChainId(regimen=self.version.id, number=self.number + index - self.first)
            case NoDoses():
                return None
            case _:
                assert_never(self.series)

    def indexes(self, start: date) -> Iterator[int]:
        """The doses on local date ``start`` and after, in order, without end where the span is open."""
        return self.indexes_from(self.series.index_on(start))

    def indexes_from(self, index: int) -> Iterator[int]:
        """Dose ``index`` of the series and those after it, as far as they belong to the span."""
        first = max(self.first, index)
        return count(first) if self.stop is None else iter(range(first, self.stop))

    def until(self, index: int, day: date) -> Span:
        """The span without the doses from ``index`` on, and over by local date ``day``."""
        stop = index if self.stop is None else min(self.stop, index)
        end = day if self.end is None else min(self.end, day)
        return replace(self, stop=max(self.first, stop), end=max(self.begin, end))


def lay_out(regimen: Regimen, ground: RecordedGround) -> tuple[Span, ...]:
    """The spans of a regimen, version by version, as far as they have dates.

    It stops at a phase whose start hangs on a dose without a date, and treats an end that does so as
    open: a bridge goes on until the depot it waits for has been given. A phase that begins before those
    before it have ended cuts them short, so that no date ever has the doses of two phases.
    """
    spans: list[Span] = []
    for version in regimen.versions:
        own = lay_out_version(version, ground)
        day = version.effective_on
        if day is not None:
            # On a journey a phase that begins on a date may have its first hour on the one before.
            cut = [span.until(span.series.index_on(day), day) for span in spans]
            spans = [span for span in cut if span.begin < day or span.dose_count]
            own = [_from(span, day, ground) for span in own if span.end is None or span.end > day]
        spans = list(_numbered([*spans, *own]))
        if version.stop is not None:
            spans = [
                _stopped(span, version.stop, ground) if span.version is version else span for span in spans
            ]
    return tuple(_numbered(spans))


def lay_out_version(version: Regimen, ground: Ground) -> list[Span]:
    """The spans of one version as if there were no other, all numbered from 1."""
    spans: list[Span] = []
    for index in range(len(version.phases)):
        opening = _opening(version, index, spans[-1] if spans else None, ground)
        if opening is None:
            break
        if version.phases[index].start is not None:
            spans = [span.until(_index_of(span.series, opening), opening.begin) for span in spans]
        spans.append(_span(version, index, opening, ground))
    return spans


def _stopped(span: Span, stop: Stop, ground: RecordedGround) -> Span:
    """``span`` up to ``stop``, and the doses right behind it that are recorded: given early, say."""
    index, last = span.series.index_at(stop.at), stop.at.date()
    while (dose := span.id_of(index)) is not None and ground.is_recorded(dose):
        last = max(last, span.series.date_of(index))
        index += 1
    return span.until(index, last + _ONE_DAY)


def _from(span: Span, day: date, ground: Ground) -> Span:
    """``span`` without the doses before local date ``day``, which an earlier version planned.

    The dates are those of the earlier version, so that an instant which two rules of travel put on two
    dates has one dose.
    """
    series, amended = span.series, span.version.amends
    if isinstance(series, HourSeries) and amended is not None:
        series = replace(series, zone_on=_zones(amended, ground))
    first = max(span.first, series.index_on(day))
    stop = None if span.stop is None else max(first, span.stop)
    return replace(span, first=first, stop=stop, begin=max(span.begin, day))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Opening:
    """A phase begins on local date ``begin`` with dose ``first`` of ``series``."""

    begin: date
    series: Series
    first: int


def _index_of(series: Series, opening: _Opening) -> int:
    """How many doses of ``series`` lie before another phase opens."""
    if isinstance(series, HourSeries) and isinstance(opening.series, HourSeries):
        return series.index_after(opening.series.at(opening.first))
    return series.index_on(opening.begin)


def _opening(version: Regimen, index: int, before: Span | None, ground: Ground) -> _Opening | None:
    phase = version.phases[index]
    if phase.start is not None:
        begin = ground.bound_date(phase.start)
        return None if begin is None else _fresh(version, phase, begin, ground)
    if before is None or before.end is None or before.stop is None:
        return None
    return _continued(phase, before, before.end, before.stop)


def _fresh(version: Regimen, phase: Phase, begin: date, ground: Ground) -> _Opening:
    timing = phase.timing
    match timing:
        case ClockTimes():
            return _Opening(begin=begin, series=ClockSeries(anchor=begin, timing=timing), first=0)
        case ElapsedHours(first_at=first_at):
            assert first_at is not None
            zone_on = _zones(version, ground)
            at = resolve(datetime.combine(begin, first_at), zone_on(begin)).at
            return _Opening(
                begin=begin, series=HourSeries(anchor=at, timing=timing, zone_on=zone_on), first=0
            )
        case AsNeeded():
            return _Opening(begin=begin, series=NoDoses(timing=timing), first=0)
        case _:
            assert_never(timing)


def _zones(version: Regimen, ground: Ground) -> Callable[[date], ZoneInfo]:
    return lambda day: ground.zone_on(version, day)


def _continued(phase: Phase, before: Span, end: date, stop: int) -> _Opening:
    """A phase goes on where the one before it ends: with its series, if it has the same pattern."""
    timing, series = phase.timing, before.series
    if isinstance(timing, ClockTimes):
        same = isinstance(series, ClockSeries) and series.timing.dates == timing.dates
        anchor = series.anchor if isinstance(series, ClockSeries) and same else end
        going_on = ClockSeries(anchor=anchor, timing=timing)
        return _Opening(begin=end, series=going_on, first=going_on.index_on(end))
    if isinstance(timing, ElapsedHours):
        assert isinstance(series, HourSeries)
        hours = replace(series, anchor=series.at(stop), timing=timing)
        return _Opening(begin=hours.date_of(0), series=hours, first=0)
    return _Opening(begin=end, series=NoDoses(timing=timing), first=0)


def _span(version: Regimen, index: int, opening: _Opening, ground: Ground) -> Span:
    end, stop = _ending(version.phases[index], opening, ground)
    return Span(
        version=version,
        index=index,
        series=opening.series,
        first=opening.first,
        stop=stop,
        begin=opening.begin,
        end=end,
    )


def _ending(phase: Phase, opening: _Opening, ground: Ground) -> tuple[date | None, int | None]:
    """The local date that a phase no longer has, and the index of the first dose it no longer has."""
    match phase.end:
        case OpenEnded():
            return None, None
        case DoseCount(count=doses):
            stop = opening.first + doses
            return opening.series.date_after(stop), stop
        case Until(last=last):
            day = ground.bound_date(last)
            if day is None:
                return None, None
            end = max(opening.begin, day + _ONE_DAY)
        case Lasting(length=length):
            end = length.after(opening.begin)
        case _:
            assert_never(phase.end)
    return end, max(opening.first, opening.series.index_on(end))


def _numbered(spans: list[Span]) -> Iterator[Span]:
    """Each span with the number of its first dose, now that it is known which of them were cut short."""
    number = 1
    for span in spans:
        yield replace(span, number=number)
        number += span.dose_count or 0
