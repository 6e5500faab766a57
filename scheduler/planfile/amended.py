"""The table of a regimen with some keys of one phase changed, as `dosecal regimen amend` says them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scheduler.dosing.phase_in_force import Restart
from scheduler.dosing.regimen import Phase, Regimen
from scheduler.dosing.timing import ElapsedHours
from scheduler.planfile.document import RegimenDocument
from scheduler.planfile.phase_document import PhaseDocument

_ENDS = frozenset({"for", "until", "doses"})
_RHYTHM = frozenset({"every", "weekdays", "cycle"})
_TABLES = frozenset({"cycle", "as_needed"})


def amended_table(
    regimen: Regimen,
    phase: int,
    restart: Restart | None,
    changed: dict[str, Any],
    phases: list[dict[str, Any]],
) -> dict[str, Any]:
    """The table of ``regimen`` with other ``phases``, or with ``changed`` keys in its ``phase`` (from 0).

    A new rhythm begins with ``restart``, if any: counted from the old start its first dose could be many
    days away, and the phases before it are over.
    """
    document = RegimenDocument.of(regimen)
    table = document.model_dump(by_alias=True, exclude_none=True, mode="python")
    if phases:
        return table | {"phase": phases}
    own: list[dict[str, Any]] = table["phase"]
    if restart is not None and _RHYTHM & changed.keys() and "start" not in changed:
        own, phase = [_restarted(regimen.phases[phase], restart), *own[phase + 1 :]], 0
    own[phase] = _without_rivals(own[phase], changed) | _completed(own[phase], changed)
    return table | {"phase": own}


def _restarted(phase: Phase, restart: Restart) -> dict[str, Any]:
    timing = phase.timing
    if isinstance(timing, ElapsedHours):
        timing = replace(timing, first_at=restart.at)
    anew = replace(phase, timing=timing, start=restart.on, end=restart.end)
    return PhaseDocument.of(anew).model_dump(by_alias=True, exclude_none=True, mode="python")


def _completed(phase: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """``changed``, its tables with the keys that ``phase`` has in them and ``changed`` does not say."""
    tables = {key: phase[key] | changed[key] for key in _TABLES & phase.keys() & changed.keys()}
    return changed | tables


def _without_rivals(phase: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """``phase`` without the keys that those in ``changed`` take the place of."""
    gone: set[str] = set()
    for rivals in (_ENDS, _RHYTHM):
        if rivals & changed.keys():
            gone |= rivals
    if "weekdays" in changed and "weekdays" in phase:
        gone.discard("every")  # other days of every second week
    return {key: value for key, value in phase.items() if key not in gone}
