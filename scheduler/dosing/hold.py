"""A stretch in which doses are withheld."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scheduler.dosing.refusal import DosingError


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """Doses of ``regimen`` are withheld on the local dates from ``first`` to ``last``, both inclusive.

    ``last`` None: until further notice.
    """

    regimen: str
    first: date
    last: date | None
    reason: str

    def __post_init__(self) -> None:
        if self.last is not None and self.last < self.first:
            raise DosingError(f"the hold ends on {self.last}, before it begins on {self.first}")

    def covers(self, day: date) -> bool:
        """Whether a dose on local date ``day`` is withheld."""
        return self.first <= day and (self.last is None or day <= self.last)
