"""The tables of a plan file that move no dose: what the checks of a plan look at."""

from __future__ import annotations

from pydantic import Field

from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.supply import Supply
from scheduler.dosing.surgery import Surgery
from scheduler.planfile.field import DateField, LocalDateTimeField, TextField
from scheduler.planfile.phase_document import Document


class SurgeryDocument(Document):
    """An operation that medicines keep a distance from."""

    on: DateField = Field(description="local date")
    dental: bool = Field(default=False, strict=True, description="in the mouth")

    def value(self) -> Surgery:
        """The operation it stands for."""
        return Surgery(on=self.on, dental=self.dental)


class SupplyDocument(Document):
    """A package whose storage decides whether it may still be used."""

    regimen: str = Field(description="id of the regimen that its doses are for")
    label: TextField = Field(min_length=1, max_length=80, description="what tells it apart, such as its lot")
    out: LocalDateTimeField | None = Field(default=None, description="since when it is out of the fridge")
    back: LocalDateTimeField | None = Field(
        default=None, description="when it was put back; left out: it is still out"
    )
    opened: LocalDateTimeField | None = Field(default=None, description="since when it is in use")

    def value(self) -> Supply:
        """Raises DosingError where it was neither out nor opened, or back before it was out."""
        return Supply(
            regimen=self.regimen,
            label=self.label,
            out_at=self.out,
            back_at=self.back,
            opened_at=self.opened,
        )


class ConfirmationDocument(Document):
    """A finding that somebody looked at and answers for."""

    regimen: str = Field(description="id of the regimen it is about")
    code: TextField = Field(min_length=1, max_length=40, description="of the finding, such as dup-la-ssa")
    reason: TextField = Field(
        min_length=1, max_length=200, description="who ordered it so, or why it is meant"
    )

    def value(self) -> Confirmation:
        """Raises DosingError for a blank reason."""
        return Confirmation(regimen=self.regimen, code=self.code, reason=self.reason)
