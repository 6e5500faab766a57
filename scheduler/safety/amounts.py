"""Amounts of one kind, told in one unit."""

from __future__ import annotations

from decimal import Decimal

from scheduler.dosing.dose import Dose

_MICROGRAMS = {"ug": Decimal(1), "mg": Decimal(1000), "g": Decimal(1_000_000)}


def in_unit(dose: Dose, unit: str) -> Decimal | None:
    """``dose`` as a number of ``unit``; None where the two measure different things."""
    if dose.unit == unit:
        return dose.value
    if dose.unit in _MICROGRAMS and unit in _MICROGRAMS:
        return dose.value * _MICROGRAMS[dose.unit] / _MICROGRAMS[unit]
    return None


def listed(amounts: list[str]) -> str:
    """For people: ``10 mg, 20 mg and 30 mg``."""
    return " and ".join(filter(None, (", ".join(amounts[:-1]), amounts[-1])))


def plain(value: Decimal) -> str:
    """For people: without an exponent or zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
