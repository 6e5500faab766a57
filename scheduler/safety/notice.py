"""How a rule says what it noticed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from scheduler.dosing.finding import Finding, Severity
from scheduler.dosing.product import Source
from scheduler.dosing.regimen import Regimen
from scheduler.safety.chart import Taken

_THE_SAME = " The same is true of "


def about_regimen(
    code: str, severity: Severity, regimen: Regimen, text: str, source: Source | None
) -> Finding:
    """A finding on what is ordered. ``source`` None: no label fact was used."""
    return _finding(code, severity, regimen, None, text, source)


def about_dose(code: str, severity: Severity, taken: Taken, text: str, source: Source | None) -> Finding:
    """A finding on one dose."""
    return _finding(code, severity, taken.dose.regimen, str(taken.dose.id), text, source)


def more(doses: Sequence[Taken]) -> str:
    """A sentence on those of ``doses`` after the first, which is the one told of."""
    return and_so_on("dose", [taken.on for taken in doses])


def and_so_on(what: str, days: Sequence[date]) -> str:
    """A sentence on those of ``days`` after the first, each of which has a ``what``."""
    rest = days[1:]
    if not rest:
        return ""
    return f"{_THE_SAME}{len(rest)} more {what}{'' if len(rest) == 1 else 's'} up to {rest[-1]}."


def gist(finding: Finding) -> Finding:
    """``finding`` without how often more it is true, which any change of the plan may alter."""
    return replace(finding, text=re.sub(f"{_THE_SAME}[^.]*[.]", "", finding.text))


def _finding(
    code: str, severity: Severity, regimen: Regimen, dose: str | None, text: str, source: Source | None
) -> Finding:
    named = None if source is None else str(source)
    return Finding(code=code, severity=severity, regimen=regimen.id, dose=dose, text=text, source=named)
