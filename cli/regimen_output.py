"""A regimen in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from cli.output import plain
from scheduler.dosing.regimen import (
    Bound,
    DoseCount,
    IntervalAnchor,
    Lasting,
    Phase,
    Regimen,
    RelativeBound,
    TravelRule,
    Until,
)
from scheduler.planfile.document import RegimenDocument
from scheduler.store.plans import BEGINNING, VersionRecord

_ANCHORS = {
    IntervalAnchor.SCHEDULED: "planned dates stay, whatever is given when",
    IntervalAnchor.LAST_GIVEN: "each dose counts from the one given before",
}
_TRAVELS = {TravelRule.LOCAL: "follow the traveller", TravelRule.HOME: "stay on home time"}


def regimen_details(regimen: Regimen) -> dict[str, Any]:
    """``regimen`` for JSON: keys are only ever added. ``table`` is how a plan file would say it."""
    return {
        "id": regimen.id,
        "product": regimen.product.id,
        "setting": regimen.setting.value,
        "anchor": regimen.anchor.value,
        "phases": [f"{phase.dose.spelled_out} {phase.timing.rhythm}" for phase in regimen.phases],
        "travel": regimen.travel.value,
        "sites": list(regimen.sites),
        "in_force_from": None if regimen.effective_on is None else regimen.effective_on.isoformat(),
        "versions": len(regimen.versions),
        "status": "active" if regimen.stop is None else "stopped",
        "stopped_at": None if regimen.stop is None else regimen.stop.at.isoformat(),
        "table": RegimenDocument.of(regimen).model_dump(mode="json", by_alias=True, exclude_none=True),
    }


def regimen_text(regimen: Regimen) -> str:
    """``regimen`` for a person."""
    return "\n".join(plain(line) for line in _lines(regimen))


def _lines(regimen: Regimen) -> Iterator[str]:
    yield f"{regimen.id}: {regimen.product.name}, {regimen.product.route.value}, {regimen.setting.value}"
    for number, phase in enumerate(regimen.phases, 1):
        yield f"  {number}. {phase_text(phase)}"
    yield f"  {_ANCHORS[regimen.anchor]}; clock times {_TRAVELS[regimen.travel]}"
    if regimen.sites:
        yield f"  sites in turn: {', '.join(regimen.sites)}"
    if regimen.window is not None:
        days = f"{regimen.window.before} days before to {regimen.window.after} days after its date"
        yield f"  the clinic's own window: {days}"
    if regimen.effective_on is not None:
        yield f"  amended, in force from {regimen.effective_on}"
    if regimen.stop is not None:
        because = f": {regimen.stop.reason}" if regimen.stop.reason.strip() else ""
        yield f"  stopped on {regimen.stop.at:%Y-%m-%d %H:%M}{because}"


def phase_text(phase: Phase) -> str:
    """Dose, rhythm, beginning and end of a phase."""
    return f"{phase.dose.spelled_out} {phase.timing.rhythm}{_begin(phase)}{_end(phase)}"


def _begin(phase: Phase) -> str:
    return "" if phase.start is None else f", from {_bound(phase.start)}"


def _end(phase: Phase) -> str:
    match phase.end:
        case Until(last=last):
            return f", until {_bound(last)}"
        case Lasting(length=length):
            return f", for {length.spelled_out}"
        case DoseCount(count=count):
            return f", {count} dose{'' if count == 1 else 's'}"
        case _:
            return ", until further notice"


def _bound(bound: Bound) -> str:
    match bound:
        case RelativeBound(regimen=regimen, number=number, plus=plus):
            after = f"{plus.spelled_out} after" if plus else "the date of"
            return f"{after} dose {number} of {regimen}"
        case date():
            return bound.isoformat()


def version_rows(versions: Sequence[VersionRecord]) -> list[dict[str, Any]]:
    """One row for each version, for a listing."""
    return [
        {
            "version": version.number,
            "in_force_from": _in_force_from(version),
            "written": version.recorded_at.isoformat(timespec="seconds"),
            "taken_back": version.superseded_at and version.superseded_at.isoformat(timespec="seconds"),
            "says": "; ".join(_says(version.regimen)),
        }
        for version in versions
    ]


def _in_force_from(version: VersionRecord) -> str:
    return "the beginning" if version.effective_on == BEGINNING else version.effective_on.isoformat()


def _says(regimen: Regimen) -> Iterator[str]:
    yield from (phase_text(phase) for phase in regimen.phases)
    if regimen.stop is not None:
        yield f"stopped on {regimen.stop.at:%Y-%m-%d %H:%M}"
