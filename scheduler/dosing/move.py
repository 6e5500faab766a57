"""One planned dose, planned for another time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.dosing.occurrence_id import OccurrenceId
from scheduler.dosing.refusal import DosingError


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """``dose`` is planned for the wall-clock time ``to`` (no zone: the patient's, on that date)."""

    dose: OccurrenceId
    to: datetime
    reason: str

    def __post_init__(self) -> None:
        if self.to.tzinfo is not None:
            raise DosingError(
                f"{self.to.isoformat()} has an offset; a move is told in the patient's local time"
            )
