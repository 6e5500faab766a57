"""One thing that `dosecal doctor` looked at, and what to do where it is not well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Verdict(IntEnum):
    """The higher, the worse."""

    WELL = 0
    LOOK = 1
    """It works, and may not for long."""
    WRONG = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """``name`` is for machines, ``found`` says how it is, ``advice`` what to do, empty where it is well.

    None of them holds a name, an address, a medicine or a token.
    """

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


def well(name: str, found: str) -> Check:
    """There is nothing to do."""
    return Check(name=name, verdict=Verdict.WELL, found=found)


def look(name: str, found: str, advice: str) -> Check:
    """Somebody should look at it soon."""
    return Check(name=name, verdict=Verdict.LOOK, found=found, advice=advice)


def wrong(name: str, found: str, advice: str) -> Check:
    """Somebody should look at it now."""
    return Check(name=name, verdict=Verdict.WRONG, found=found, advice=advice)
