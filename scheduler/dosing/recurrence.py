"""The grid: the dates and numbers of doses that keep their places whatever happens.

A regimen's phases are laid end to end as spans. Within a span the k-th date is the first date plus k
intervals, so any date, and the number of the dose on it, is found by arithmetic: the cost of a query
grows with the doses asked for, not with the years since the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never

from scheduler.dosing.regimen import (
    Bound,
    DoseCount,
    Lasting,
    OpenEnded,
    Phase,
    Regimen,
    Until,
)
from scheduler.dosing.timing import END_OF_CALENDAR

# What a bound means as a local date; None while the dose it hangs on has no date.
BoundDate = Callable[[Bound], date | None]

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """One phase on the calendar: local dates from ``first`` up to and without ``end`` (None: open).

    ``limit`` caps its doses where the phase counts them; ``number`` is that of its first dose within
    the regimen, from 1; ``index`` is the phase's place, from 0.
    """

    index: int
    phase: Phase
    first: date
    end: date | None
    limit: int | None
    number: int

    def dose_count_before(self, day: date) -> int:
        """How many of its doses have a local date before ``day``."""
        timing = self.phase.timing
        stop = day if self.end is None else min(day, self.end)
        count = timing.interval.steps_until(self.first, stop) * timing.slots
        return count if self.limit is None else min(count, self.limit)

    @property
    def dose_count(self) -> int | None:
        """How many doses it has; None where it is open-ended."""
        return None if self.end is None else self.dose_count_before(self.end)


@dataclass(frozen=True, kw_only=True, slots=True)
class GridDose:
    """The ``number``-th dose of a regimen, on local date ``on``, in ``slot`` (from 1) of ``span``."""

    span: Span
    on: date
    slot: int
    number: int


def lay_out(regimen: Regimen, bound_date: BoundDate) -> tuple[Span, ...]:
    """The spans of a regimen's phases, as far as they have dates.

    It stops at a phase whose start hangs on a dose without a date, and treats an end that does so as
    open: a bridge goes on until the depot it waits for has been given. A phase that begins before those
    before it have ended cuts them short, so that no date ever has the doses of two phases.
    """
    spans: list[Span] = []
    for index, phase in enumerate(regimen.phases):
        end_before = spans[-1].end if spans else None
        first = end_before if phase.start is None else bound_date(phase.start)
        if first is None:
            break
        spans = [*(_cut(span, first) for span in spans), _span(index, phase, first, bound_date)]
    return tuple(_numbered(spans))


def _cut(span: Span, day: date) -> Span:
    """``span`` without the dates from ``day`` on."""
    return replace(span, end=max(day, span.first)) if span.end is None or span.end > day else span


def _span(index: int, phase: Phase, first: date, bound_date: BoundDate) -> Span:
    end = _end(phase, first, bound_date)
    limit = phase.end.count if isinstance(phase.end, DoseCount) else None
    return Span(index=index, phase=phase, first=first, end=end, limit=limit, number=1)


def _numbered(spans: list[Span]) -> Iterator[Span]:
    """Each span with the number of its first dose, now that it is known which of them were cut short."""
    number = 1
    for span in spans:
        yield replace(span, number=number)
        number += span.dose_count or 0


def _end(phase: Phase, first: date, bound_date: BoundDate) -> date | None:
    match phase.end:
        case OpenEnded():
            return None
        case Until(last=last):
            day = bound_date(last)
            return None if day is None else max(first, day + _ONE_DAY)
        case Lasting(length=length):
            return length.after(first)
        case DoseCount(count=count):
            return phase.timing.interval.after(first, -(-count // phase.timing.slots))
        case _:
            assert_never(phase.end)


def grid_doses(spans: tuple[Span, ...], start: date) -> Iterator[GridDose]:
    """The doses on ``start`` and after, in order, without end where the last span is open."""
    for span in spans:
        if span.end is None or span.end > start:
            yield from _span_doses(span, start)


def _span_doses(span: Span, start: date) -> Iterator[GridDose]:
    timing = span.phase.timing
    step = timing.interval.steps_until(span.first, start)
    count = step * timing.slots
    while span.limit is None or count < span.limit:
        on = timing.interval.after(span.first, step)
        if on >= END_OF_CALENDAR or (span.end is not None and on >= span.end):
            return
        for slot in range(1, timing.slots + 1):
            if span.limit is not None and count >= span.limit:
                return
            yield GridDose(span=span, on=on, slot=slot, number=span.number + count)
            count += 1
        step += 1


def grid_dose_on(spans: tuple[Span, ...], on: date, slot: int) -> GridDose | None:
    """The dose of ``slot`` on local date ``on``, or None where the grid has none."""
    for dose in grid_doses(spans, on):
        if dose.on != on:
            return None
        if dose.slot == slot:
            return dose
    return None


def date_of_number(spans: tuple[Span, ...], number: int) -> date | None:
    """The local date of the ``number``-th dose of the grid, or None where there are fewer."""
    for span in spans:
        count = span.dose_count
        if count is None or number < span.number + count:
            timing = span.phase.timing
            return timing.interval.after(span.first, (number - span.number) // timing.slots)
    return None
