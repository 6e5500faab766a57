"""A package in the patient's home, as far as its storage decides whether it may still be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.dosing.refusal import DosingError


@dataclass(frozen=True, kw_only=True, slots=True)
class Supply:
    """A package called ``label`` (its lot, say) that doses of ``regimen`` come from.

    The times are naive readings of the patient's wall. It was out of the fridge from ``out_at`` to
    ``back_at`` (None: still is), and has been in use since ``opened_at``; None where it was not.
    """

    regimen: str
    label: str
    out_at: datetime | None = None
    back_at: datetime | None = None
    opened_at: datetime | None = None

    def __post_init__(self) -> None:
        times = [at for at in (self.out_at, self.back_at, self.opened_at) if at is not None]
        if any(at.tzinfo for at in times):
            raise DosingError("the times of a package are local to the patient, without an offset")
        if self.out_at is None and self.opened_at is None:
            raise DosingError("say since when the package is out of the fridge or in use")
        if self.back_at is not None and (self.out_at is None or self.back_at < self.out_at):
            raise DosingError(f"the package was back at {self.back_at}, before it was out of the fridge")
