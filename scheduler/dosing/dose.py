"""An amount of medicine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from scheduler.dosing.refusal import DosingError

# UCUM codes (ucum.org, 2.1) that a dose may be ordered in. The Greek letter is left out on purpose: ISMP
# lists it among the error-prone abbreviations, and it has two code points that look the same.
UNITS = ("ug", "mg", "g", "mL", "[iU]", "GBq", "{tablet}", "{capsule}")
_READ_AS = {"mcg": "ug"}
_SPELLED_OUT = {"ug": "micrograms", "[iU]": "units", "{tablet}": "tablets", "{capsule}": "capsules"}
_PATTERN = re.compile(r"(?P<value>\d+(\.\d+)?) (?P<unit>\S+)", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dose:
    """``value`` of ``unit``: a decimal above zero, never a binary float, and a UCUM code of `UNITS`."""

    value: Decimal
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise DosingError(f"the unit {self.unit!r} is not one of {', '.join(UNITS)}")
        if not (self.value.is_finite() and 0 < self.value < 1_000_000):
            raise DosingError(f"the amount {self.value} is not between 0 and 1,000,000")

    @classmethod
    def parse(cls, text: str) -> Dose:
        """Read ``"100 ug"``: a number, one space, a unit. ``mcg`` is read as ``ug``.

        Raises DosingError: another form, another unit, zero, or a comma for the decimal point.
        """
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise DosingError(f'{text!r} is not a number, a space and a unit, such as "100 ug" or "7.5 mg"')
        unit = match["unit"]
        return cls(value=Decimal(match["value"]), unit=_READ_AS.get(unit, unit))

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"

    @property
    def amount(self) -> str:
        """The number as it was ordered, in plain digits: ``0.0000001``, never ``1E-7``."""
        return f"{self.value:f}"

    @property
    def spelled_out(self) -> str:
        """For people: ``100 micrograms``; the unit is never abbreviated where a zero too many could hide."""
        return f"{self.amount} {_SPELLED_OUT.get(self.unit, self.unit)}"
