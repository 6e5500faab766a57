"""For whom a calendar is."""

from __future__ import annotations

from enum import StrEnum


class Audience(StrEnum):
    """PATIENT and CARER see one patient's doses; NURSE and CLINIC those of a caseload.

    NURSE: what a professional gives at home. CLINIC: depots that are given in a clinic.
    """

    PATIENT = "patient"
    CARER = "carer"
    NURSE = "nurse"
    CLINIC = "clinic"

    @property
    def is_staff(self) -> bool:
        """Whether it is somebody who looks after several patients."""
        return self in {Audience.NURSE, Audience.CLINIC}
