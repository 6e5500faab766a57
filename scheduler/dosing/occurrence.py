"""One planned giving of a dose: computed, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduler.dosing.administration import Administration
from scheduler.dosing.dose import Dose
from scheduler.dosing.frozen import maker_of
from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence_id import OccurrenceId
from scheduler.dosing.regimen import Regimen


class ReasonCode(StrEnum):
    """Why a dose is not where the plain grid would have it."""

    MOVED = "moved"
    HOLD = "hold"
    RE_ANCHORED = "re-anchored"
    DST_GAP = "dst-gap"
    DST_FOLD = "dst-fold"
    TRAVEL = "travel"
    BOUND = "bound"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """``text`` is one sentence for a person, without the patient's name."""

    code: ReasonCode
    text: str


class Authority(StrEnum):
    """Who states a window."""

    LABEL = "label"
    CLINIC = "clinic"


@dataclass(frozen=True, kw_only=True, slots=True)
class DosingWindow:
    """The instants, UTC, between which a dose may be given; None where nothing says so.

    ``latest`` is exclusive. By a label the dose is missed from then on; by a clinic's own rule it is not,
    because a depot is late until somebody records what happened.
    """

    earliest: datetime | None
    latest: datetime | None
    stated_by: Authority | None


NO_WINDOW = DosingWindow(earliest=None, latest=None, stated_by=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseOccurrence:
    """The dose ``id``, the ``number``-th of its regimen and planned in its ``phase``-th phase, both from 1.

    ``regimen`` is the version that plans it. ``due_at`` is UTC; ``zone`` is the one whose clocks it follows.
    From ``due_at`` until ``due_until`` it is due, then late until ``useful_until``, then missed; with
    ``useful_until`` None it stays late until somebody records what happened. ``window`` holds only what a
    label or a clinic states.
    """

    id: OccurrenceId
    regimen: Regimen
    number: int
    phase: int
    dose: Dose
    due_at: datetime
    zone: ZoneInfo
    due_until: datetime
    useful_until: datetime | None
    window: DosingWindow
    site: str | None
    reasons: tuple[Reason, ...]
    hold: Hold | None
    administration: Administration | None
    given_at: datetime | None

    @property
    def wall_due(self) -> datetime:
        """``due_at`` as the wall clock shows it, aware."""
        return self.due_at.astimezone(self.zone)

    @property
    def local_date(self) -> date:
        """The date on which it is due."""
        return self.wall_due.date()


make_occurrence = maker_of(DoseOccurrence)
