"""Lengths of time from a formulary, as its files write them and as people say them."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (("d", "day", timedelta(days=1)), ("h", "hour", timedelta(hours=1)))
_MINUTE = timedelta(minutes=1)


def written(length: timedelta) -> str:
    """``30 min``, ``24 h``, ``14 d``."""
    count, code, _ = _in_units(length)
    return f"{count} {code}"


def spelled_out(length: timedelta) -> str:
    """``30 minutes``, ``24 hours``, ``14 days``."""
    count, _, word = _in_units(length)
    return f"{count} {word}s"


def spelled_out_range(least: timedelta, most: timedelta | None) -> str:
    """``30 to 60 minutes``, or ``at least 30 minutes`` where no bound is stated."""
    if most is None:
        return f"at least {spelled_out(least)}"
    (count, _, word), (_, _, other) = _in_units(least), _in_units(most)
    return f"{count if word == other else spelled_out(least)} to {spelled_out(most)}"


def _in_units(length: timedelta) -> tuple[int, str, str]:
    """One of a unit is told in the next smaller: a label that says 24 hours does not mean a date."""
    for code, word, unit in _UNITS:
        if length >= 2 * unit and not length % unit:
            return length // unit, code, word
    return length // _MINUTE, "min", "minute"
