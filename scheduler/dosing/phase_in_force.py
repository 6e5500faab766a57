"""The phase that an amendment from a date on finds in force, and how a new rhythm goes on from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from scheduler.dosing.dose_series import HourSeries, NoDoses
from scheduler.dosing.expansion import Layout
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.recurrence import Span
from scheduler.dosing.regimen import DoseCount, IntervalAnchor, Lasting, PhaseEnd, Regimen, Until

_AHEAD = timedelta(days=400)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Restart:
    """Where a new rhythm of a phase begins, and the end of what is then left of the phase.

    ``at`` is the local time of the first dose where hours are counted.
    """

    on: date
    at: time | None
    end: PhaseEnd


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseInForce:
    """The phase at ``index``, from 0. ``restart`` None: doses run on from the last one given."""

    index: int
    restart: Restart | None


def phase_in_force(plan: Plan, version: Regimen, on: date) -> PhaseInForce:
    """The phase of the first dose of ``version`` on or after local date ``on``, else its last phase."""
    as_of = _as_of(plan, version)
    if version.anchor is IntervalAnchor.LAST_GIVEN:
        return _of_chain(as_of, version, on)
    return _of_grid(as_of, version, on)


def _as_of(plan: Plan, version: Regimen) -> Plan:
    """``plan`` as if nothing had been ordered after ``version`` and every hold had an end."""
    regimens = tuple(version if regimen.id == version.id else regimen for regimen in plan.regimens)
    return replace(plan, regimens=regimens, holds=tuple(h for h in plan.holds if h.last is not None))


def _of_chain(plan: Plan, version: Regimen, on: date) -> PhaseInForce:
    doses = Layout(plan).regimen(version, Period(start=on, end=on + _AHEAD))
    index = next((dose.phase for dose in doses), len(version.phases)) - 1
    return PhaseInForce(index=index, restart=None)


def _of_grid(plan: Plan, version: Regimen, on: date) -> PhaseInForce:
    spans = [span for span in Layout(plan).spans(version) if span.version == version]
    span = next((span for span in spans if _goes_on(span, on)), None)
    if span is None:
        index = len(version.phases) - 1
        return PhaseInForce(index=index, restart=Restart(on=on, at=time(), end=version.phases[index].end))
    begin = max(on, span.begin)
    at = None
    if isinstance(span.series, HourSeries):
        reading = span.series.reading(next(span.indexes(begin)))
        begin, at = reading.date(), reading.time()
    return PhaseInForce(index=span.index, restart=Restart(on=begin, at=at, end=_left(span, begin)))


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
