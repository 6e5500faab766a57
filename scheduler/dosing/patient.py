"""Whose plan it is and where they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from scheduler.dosing.product import Market
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.regimen import TravelRule


@dataclass(frozen=True, kw_only=True, slots=True)
class Travel:
    """The patient is in ``zone`` on the local dates from ``first`` to ``last``, both inclusive."""

    zone: ZoneInfo
    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise DosingError(f"the journey ends on {self.last}, before it begins on {self.first}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Patient:
    """``zone`` is home. Journeys are in order and do not overlap."""

    name: str
    zone: ZoneInfo
    market: Market
    travel: tuple[Travel, ...]

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise DosingError("a patient needs a name")
        for earlier, later in zip(self.travel, self.travel[1:], strict=False):
            if later.first <= earlier.last:
                raise DosingError(
                    f"the journey from {later.first} begins before the one from {earlier.first} has ended"
                )

    def zone_on(self, day: date, rule: TravelRule) -> ZoneInfo:
        """The zone whose clocks a dose on local date ``day`` follows."""
        return self.whereabouts(day) if rule is TravelRule.LOCAL else self.zone

    def whereabouts(self, day: date) -> ZoneInfo:
        """The zone the patient is in on local date ``day``."""
        for journey in self.travel:
            if journey.first <= day <= journey.last:
                return journey.zone
        return self.zone


def initials(name: str) -> str:
    """The first letters of up to four words of a name, in capitals."""
    return "".join(word[0].upper() for word in name.split() if word[0].isalpha())[:4]
