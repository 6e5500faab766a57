"""One patient's plan for one product: phases in order, and the versions it went through."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from scheduler.dosing.calendar_interval import CalendarInterval
from scheduler.dosing.dose import Dose
from scheduler.dosing.product import Product
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.timing import AsNeeded, ClockTimes, ElapsedHours, Timing

MOST_DOSES = 100_000
"""No phase counts more doses than this, and no dose that is recorded or moved has a higher number."""


class Setting(StrEnum):
    """Where it is given, and so who gives it."""

    HOME = "home"
    NURSE_VISIT = "nurse-visit"
    CLINIC = "clinic"


class IntervalAnchor(StrEnum):
    """What the next dose is counted from.

    SCHEDULED keeps the grid whatever happened. LAST_GIVEN counts from the latest dose given, so that
    the time between two depots never shrinks after a late one.
    """

    SCHEDULED = "scheduled"
    LAST_GIVEN = "last-given"


class TravelRule(StrEnum):
    """Whether the clock times follow the traveller (LOCAL) or stay on home time (HOME)."""

    LOCAL = "local"
    HOME = "home"


@dataclass(frozen=True, kw_only=True, slots=True)
class RelativeBound:
    """The local date of dose ``number`` of another regimen, as given, else as planned, plus ``plus``."""

    regimen: str
    number: int
    plus: CalendarInterval | None

    def __post_init__(self) -> None:
        if self.number < 1:
            raise DosingError(f"dose {self.number} does not exist; the first is 1")


Bound = date | RelativeBound


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenEnded:
    """Until further notice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Until:
    """Up to and including the local date of ``last``."""

    last: Bound


@dataclass(frozen=True, kw_only=True, slots=True)
class Lasting:
    """For ``length`` of local dates from the phase's first date."""

    length: CalendarInterval


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseCount:
    """For ``count`` planned doses, each followed by the phase's own interval."""

    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_DOSES:
            raise DosingError(f"{self.count} doses is not between 1 and {MOST_DOSES:,}")


PhaseEnd = OpenEnded | Until | Lasting | DoseCount


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A stretch with one dose and one timing. ``start`` None: where the phase before it ends."""

    dose: Dose
    timing: Timing
    start: Bound | None
    end: PhaseEnd


@dataclass(frozen=True, kw_only=True, slots=True)
class ClinicWindow:
    """A clinic's own rule: a depot may be given from ``before`` to ``after`` days around its date (0 to 28).

    No label states such a window, so it is shown as the clinic's.
    """

    before: int
    after: int

    def __post_init__(self) -> None:
        for days in (self.before, self.after):
            if not 0 <= days <= 28:
                raise DosingError(f"a window of {days} days is not between 0 and 28")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """No dose is planned at the naive wall-clock time ``at`` or later, by the clocks the regimen follows."""

    at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Regimen:
    """Ordered phases of one product for one patient, as they stand since ``effective_on``.

    ``id`` is unique for the patient: a-z, 0-9 and -, at most 40 characters. Only the last phase may be
    open-ended, the first has a start, all are of one kind of timing, and a regimen counted from what was
    given has one dose a date.

    A regimen is never changed in place. ``amends`` is the version before this one, whose doses before the
    local date ``effective_on`` stand as they are; both are None for the first version.
    """

    id: str
    product: Product
    setting: Setting
    anchor: IntervalAnchor
    travel: TravelRule
    sites: tuple[str, ...]
    phases: tuple[Phase, ...]
    window: ClinicWindow | None = None
    stop: Stop | None = None
    effective_on: date | None = None
    amends: Regimen | None = None

    def __post_init__(self) -> None:
        check_regimen_id(self.id)
        _check_phases(self.phases)
        _check_kind(self.anchor, [phase.timing for phase in self.phases])
        if self.window is not None and not self.counts_from_given:
            raise DosingError("a clinic's window is for doses counted in days from the last one given")
        if (self.amends is None) != (self.effective_on is None):
            raise DosingError("a version that amends another one says from which date")
        if self.amends is not None and self.effective_on is not None:
            _check_amendment(self, self.amends, self.effective_on)

    @property
    def versions(self) -> tuple[Regimen, ...]:
        """Every version, the first one first and this one last."""
        return (self,) if self.amends is None else (*self.amends.versions, self)

    @property
    def kind(self) -> type[Timing]:
        """The kind of timing that all its phases have."""
        return type(self.phases[0].timing)

    @property
    def counts_from_given(self) -> bool:
        """Whether each dose is counted in dates from the one given before it."""
        return self.anchor is IntervalAnchor.LAST_GIVEN and self.kind is ClockTimes


def _check_phases(phases: tuple[Phase, ...]) -> None:
    if not phases:
        raise DosingError("a regimen needs at least one phase")
    if phases[0].start is None:
        raise DosingError("the first phase needs a start date")
    for number, phase in enumerate(phases[:-1], 1):
        if isinstance(phase.end, OpenEnded):
            raise DosingError(f"phase {number} has no end; only the last phase may be open-ended")
    for number, phase in enumerate(phases, 1):
        timing = phase.timing
        if isinstance(timing, ElapsedHours) and (timing.first_at is None) != (phase.start is None):
            raise DosingError(f"phase {number} counts elapsed hours, so its start is a date and a time")
        if isinstance(timing, AsNeeded) and isinstance(phase.end, DoseCount):
            raise DosingError(f"phase {number} plans no doses, so it cannot end after a number of them")


def _check_kind(anchor: IntervalAnchor, timings: list[Timing]) -> None:
    if len({type(timing) for timing in timings}) > 1:
        raise DosingError(
            "clock times, elapsed hours and doses as needed are not mixed in one regimen, because the ids of "
            "its doses would change; write a regimen for each"
        )
    if anchor is IntervalAnchor.SCHEDULED:
        return
    for timing in timings:
        if isinstance(timing, AsNeeded):
            raise DosingError("what is given as needed plans no doses to count from the last one given")
        if isinstance(timing, ClockTimes) and timing.slots > 1:
            raise DosingError(
                "a regimen counted from the last dose given has one time of day; "
                'with several, use anchor = "scheduled"'
            )
        if isinstance(timing, ClockTimes) and not isinstance(timing.dates, CalendarInterval):
            raise DosingError(
                "a regimen counted from the last dose given repeats every so many days, weeks or months; "
                'with weekdays or a cycle, use anchor = "scheduled"'
            )


def _check_amendment(regimen: Regimen, amended: Regimen, effective_on: date) -> None:
    if (regimen.id, regimen.product.id) != (amended.id, amended.product.id):
        raise DosingError(
            "an amendment keeps the product; stop this regimen and start another one for another product"
        )
    if (regimen.anchor, regimen.kind) != (amended.anchor, amended.kind):
        raise DosingError(
            "an amendment keeps what doses are counted from and the kind of timing, because the ids of the "
            "doses would change; stop this regimen and start another one"
        )
    if amended.effective_on is not None and amended.effective_on >= effective_on:
        raise DosingError(f"the version before is in force from {amended.effective_on}, which is no earlier")


_REGIMEN_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)


def check_regimen_id(text: str) -> None:
    """Raise DosingError unless ``text`` can name a regimen: a-z, 0-9 and inner -, at most 40 characters."""
    if _REGIMEN_ID.fullmatch(text) is None:
        raise DosingError(f"{text!r} is not a-z, 0-9 and -, at most 40 characters")
