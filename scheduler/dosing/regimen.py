"""One patient's plan for one product: phases in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from scheduler.dosing.dose import Dose
from scheduler.dosing.product import Product
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.timing import CalendarInterval, Timing


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
        if not 1 <= self.count <= 100_000:
            raise DosingError(f"{self.count} doses is not between 1 and 100,000")


PhaseEnd = OpenEnded | Until | Lasting | DoseCount


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """A stretch with one dose and one timing. ``start`` None: where the phase before it ends."""

    dose: Dose
    timing: Timing
    start: Bound | None
    end: PhaseEnd


@dataclass(frozen=True, kw_only=True, slots=True)
class Regimen:
    """Ordered phases of one product for one patient.

    ``id`` is unique for the patient: a-z, 0-9 and -, at most 40 characters. Only the last phase may be
    open-ended, the first has a start, and a regimen counted from what was given has one dose a date.
    """

    id: str
    product: Product
    setting: Setting
    anchor: IntervalAnchor
    travel: TravelRule
    sites: tuple[str, ...]
    phases: tuple[Phase, ...]

    def __post_init__(self) -> None:
        check_regimen_id(self.id)
        if not self.phases:
            raise DosingError("a regimen needs at least one phase")
        if self.phases[0].start is None:
            raise DosingError("the first phase needs a start date")
        for number, phase in enumerate(self.phases[:-1], 1):
            if isinstance(phase.end, OpenEnded):
                raise DosingError(f"phase {number} has no end; only the last phase may be open-ended")
        if self.anchor is IntervalAnchor.LAST_GIVEN and any(p.timing.slots > 1 for p in self.phases):
            raise DosingError(
                "a regimen counted from the last dose given has one time of day; "
                'with several, use anchor = "scheduled"'
            )


def check_regimen_id(text: str) -> None:
    """Raise DosingError unless ``text`` can name a regimen: a-z, 0-9 and inner -, at most 40 characters."""
    if re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", text, re.ASCII) is None:
        raise DosingError(f"{text!r} is not a-z, 0-9 and -, at most 40 characters")
