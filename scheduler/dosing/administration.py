"""What happened to a planned dose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scheduler.dosing.occurrence_id import OccurrenceId
from scheduler.dosing.refusal import DosingError


class AdministrationStatus(StrEnum):
    """HL7 FHIR MedicationAdministration.status ``completed`` and ``not-done``, in ward words."""

    GIVEN = "given"
    NOT_GIVEN = "not-given"


@dataclass(frozen=True, kw_only=True, slots=True)
class Administration:
    """``dose`` was given, or was not, at the naive wall-clock time ``at`` of the patient's zone that day."""

    dose: OccurrenceId
    status: AdministrationStatus
    at: datetime
    site: str | None
    reason: str

    def __post_init__(self) -> None:
        if self.at.tzinfo is not None:
            raise DosingError(f"{self.at.isoformat()} has an offset; it is told in the patient's local time")
        if self.status is AdministrationStatus.NOT_GIVEN and not self.reason.strip():
            raise DosingError("a dose that was not given needs a reason")

    @property
    def is_given(self) -> bool:
        """Whether the medicine went in."""
        return self.status is AdministrationStatus.GIVEN
