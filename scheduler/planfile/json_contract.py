"""The JSON of ``dosecal plan --format json``: a public contract, so keys are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from scheduler.dosing.expansion import expand
from scheduler.dosing.finding import Finding
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.status import status_at
from scheduler.formulary.formulary import Formulary
from scheduler.safety.plan_check import check


def plan_json(plan: Plan, formulary: Formulary, period: Period, moment: datetime) -> dict[str, Any]:
    """The doses of ``plan`` in ``period`` as they stand at the aware ``moment``, ready for ``json.dumps``."""
    return {
        "patient": {"name": plan.patient.name, "zone": plan.patient.zone.key},
        "from": period.start.isoformat(),
        "to": period.end.isoformat(),
        "now": moment.astimezone(plan.patient.zone).isoformat(),
        "doses": [dose_json(occurrence, moment) for occurrence in expand(plan, period)],
        "findings": [finding_json(finding) for finding in check(plan, formulary, period, moment)],
    }


def dose_json(occurrence: DoseOccurrence, moment: datetime) -> dict[str, Any]:
    """One dose; instants carry the offset in force at that place and time."""
    return {
        "id": str(occurrence.id),
        "regimen": occurrence.regimen.id,
        "number": occurrence.number,
        "phase": occurrence.phase,
        "product": occurrence.regimen.product.id,
        "dose": {"value": occurrence.dose.amount, "unit": occurrence.dose.unit},
        "route": occurrence.regimen.product.route.value,
        "site": occurrence.site,
        "due_at": occurrence.wall_due.isoformat(),
        "zone": occurrence.zone.key,
        "window": {
            "earliest": _local(occurrence.window.earliest, occurrence),
            "latest": _local(occurrence.window.latest, occurrence),
            "stated_by": occurrence.window.stated_by.value if occurrence.window.stated_by else None,
        },
        "status": status_at(occurrence, moment).value,
        "given_at": _local(occurrence.given_at, occurrence),
        "reasons": [{"code": reason.code.value, "text": reason.text} for reason in occurrence.reasons],
    }


def _local(at: datetime | None, occurrence: DoseOccurrence) -> str | None:
    return None if at is None else at.astimezone(occurrence.zone).isoformat()


def finding_json(finding: Finding) -> dict[str, Any]:
    """One thing that a check noticed."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "regimen": finding.regimen,
        "dose": finding.dose,
        "text": finding.text,
        "source": finding.source,
    }
