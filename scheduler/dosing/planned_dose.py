"""A dose in its place, before anybody asks what it is at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from scheduler.dosing.frozen import maker_of
from scheduler.dosing.hold import Hold
from scheduler.dosing.occurrence import Reason, ReasonCode
from scheduler.dosing.occurrence_id import OccurrenceId
from scheduler.dosing.regimen import Phase, Regimen, RelativeBound


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedDose:
    """Dose ``id`` planned for the wall-clock reading ``on`` ``at``.

    It belongs to phase ``phase_number`` (from 1) of ``version``. ``hold`` is what withholds it, if anything
    does. ``instant``, aware and by the clocks of the place, decides where it is not the wall that does:
    for a dose that counts elapsed hours and that nobody moved, and for one given as needed.
    """

    id: OccurrenceId
    number: int
    version: Regimen
    phase_number: int
    on: date
    at: time
    reasons: tuple[Reason, ...]
    hold: Hold | None
    instant: datetime | None = None

    @property
    def phase(self) -> Phase:
        """The phase that plans it."""
        return self.version.phases[self.phase_number - 1]

    @property
    def wall(self) -> datetime:
        """The naive local reading of the clock."""
        return datetime.combine(self.on, self.at)


make_planned_dose = maker_of(PlannedDose)


def bound_reasons(phase: Phase) -> tuple[Reason, ...]:
    """Why a phase begins when it does, where it hangs on another regimen."""
    if not isinstance(phase.start, RelativeBound):
        return ()
    bound = phase.start
    after = f"{bound.plus.spelled_out} after" if bound.plus else "on the date of"
    text = f"the phase starts {after} dose {bound.number} of {bound.regimen}"
    return (Reason(code=ReasonCode.BOUND, text=text),)


def moved_reason(planned: datetime, why: str) -> Reason:
    """Why a dose is not at its ``planned`` (naive, local) time after a move."""
    because = f": {why}" if why.strip() else ""
    return Reason(code=ReasonCode.MOVED, text=f"moved from {planned:%Y-%m-%d %H:%M}{because}")
