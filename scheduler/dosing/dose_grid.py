"""The doses of a regimen anchored to its schedule: the grid, with its moves and holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from typing import assert_never

from scheduler.dosing.calendar_interval import END_OF_CALENDAR
from scheduler.dosing.dose_series import ClockSeries, HourSeries, NoDoses
from scheduler.dosing.occurrence_id import ChainId, GridId, OccurrenceId, make_grid_id
from scheduler.dosing.plan import Plan
from scheduler.dosing.planned_dose import PlannedDose, bound_reasons, make_planned_dose, moved_reason
from scheduler.dosing.recurrence import Span

Spans = tuple[Span, ...]


def planned_from(plan: Plan, spans: Spans, start: date) -> Iterator[PlannedDose]:
    """The doses first planned for local date ``start`` or later, by number, each where it now stands.

    Without end where the last span is open.
    """
    for span in spans:
        if span.end is None or span.end > start:
            yield from _planned(plan, span, span.indexes(start))


def numbered_from(plan: Plan, spans: Spans, number: int) -> Iterator[PlannedDose]:
    """The doses from the ``number``-th on, as `planned_from` gives them."""
    for span in spans:
        doses = span.dose_count
        if doses is None or number < span.number + doses:
            yield from _planned(plan, span, span.indexes_from(span.first + number - span.number))


def find(plan: Plan, spans: Spans, occurrence_id: OccurrenceId) -> PlannedDose | None:
    """The dose of this id, wherever it was moved to; None where the grid has none."""
    for span, index in _owners(spans, occurrence_id):
        return next(_planned(plan, span, iter((index,))), None)
    return None


def number_of(spans: Spans, occurrence_id: OccurrenceId) -> int | None:
    """The number within the regimen of the dose of this id; None where the grid has none."""
    for span, index in _owners(spans, occurrence_id):
        return span.number + index - span.first
    return None


def beyond(plan: Plan, spans: Spans, occurrence_id: OccurrenceId) -> Iterator[PlannedDose]:
    """The doses that would come after the one of this id if its phase had no end."""
    for span, index in _owners(spans, occurrence_id):
        yield from _planned(plan, replace(span, stop=None), count(index + 1))


def _owners(spans: Spans, occurrence_id: OccurrenceId) -> Iterator[tuple[Span, int]]:
    """The span that plans the dose of this id, with its index: one, or none."""
    for span in spans:
        index = _index(span, occurrence_id)
        if index is not None and span.first <= index and (span.stop is None or index < span.stop):
            yield span, index


def _index(span: Span, occurrence_id: OccurrenceId) -> int | None:
    match occurrence_id, span.series:
        case GridId(on=on, slot=slot), ClockSeries() as series:
            index = series.index_on(on) + slot - 1
            there = slot <= series.timing.slots and series.date_of(index) == on
            return index if there else None
        case ChainId(number=number), HourSeries():
            return span.first + number - span.number
    return None


def _planned(plan: Plan, span: Span, indexes: Iterator[int]) -> Iterator[PlannedDose]:
    doses = _placed(span, indexes)
    # Most plans move and hold nothing, and then no dose has to be looked up.
    if plan.moves:
        moved = (_moved(plan, dose) for dose in doses)
        doses = (dose for dose in moved if not _is_called_off(plan, dose))
    if plan.holds_of(span.version.id):
        doses = (_held(plan, dose) for dose in doses)
    return doses


def _placed(span: Span, indexes: Iterator[int]) -> Iterator[PlannedDose]:
    """The doses of ``span`` at ``indexes`` as the grid has them, up to the end of the calendar."""
    series = span.series
    match series:
        case ClockSeries():
            return _by_clock(span, series, indexes)
        case HourSeries():
            return _by_hours(span, series, indexes)
        case NoDoses():
            return iter(())
        case _:
            assert_never(series)


def _by_clock(span: Span, series: ClockSeries, indexes: Iterator[int]) -> Iterator[PlannedDose]:
    # What all doses of a span, and all of a date, have in common is worked out once, not for each dose.
    version, phase_number, because = span.version, span.index + 1, bound_reasons(span.phase)
    times, number = series.timing.wall_times, span.number - span.first
    slots, latest, on = len(times), -1, date.max
    for index in indexes:
        turn, slot = divmod(index, slots)
        if turn != latest:
            latest, on = turn, series.timing.dates.nth(series.anchor, turn)
        if on >= END_OF_CALENDAR:
            return
        yield make_planned_dose(
            id=make_grid_id(regimen=version.id, on=on, slot=slot + 1),
            number=number + index,
            version=version,
            phase_number=phase_number,
            on=on,
            at=times[slot],
            reasons=because,
            hold=None,
        )


def _by_hours(span: Span, series: HourSeries, indexes: Iterator[int]) -> Iterator[PlannedDose]:
    because = bound_reasons(span.phase)
    for index in indexes:
        reading = series.reading(index)
        if reading.date() >= END_OF_CALENDAR:
            return
        number = span.number + index - span.first
        yield PlannedDose(
            id=ChainId(regimen=span.version.id, number=number),
            number=number,
            version=span.version,
            phase_number=span.index + 1,
            on=reading.date(),
            at=reading.time(),
            reasons=because,
            hold=None,
            instant=reading,
        )


def _moved(plan: Plan, dose: PlannedDose) -> PlannedDose:
    move = plan.moves_by_dose.get(dose.id)
    if move is None:
        return dose
    reasons = (*dose.reasons, moved_reason(dose.wall, move.reason))
    return replace(dose, on=move.to.date(), at=move.to.time(), reasons=reasons, instant=None)


def _is_called_off(plan: Plan, dose: PlannedDose) -> bool:
    """Whether a stop finds ``dose`` moved to a time on which nothing is planned any more, and unrecorded."""
    stop = plan.regimens_by_id[dose.version.id].stop
    if stop is None or dose.id not in plan.moves_by_dose or dose.id in plan.administrations_by_dose:
        return False
    return dose.wall >= stop.at


def _held(plan: Plan, dose: PlannedDose) -> PlannedDose:
    hold = plan.hold_covering(dose.version.id, dose.on)
    return dose if hold is None else replace(dose, hold=hold)
