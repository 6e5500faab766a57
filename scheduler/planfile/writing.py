"""A plan file made of tables, for people who go on by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tomli_w

from scheduler.dosing.patient import Patient
from scheduler.planfile.document import VERSION


def plan_file_text(patient: Patient, regimens: Sequence[Mapping[str, Any]]) -> str:
    """The plan file of ``patient`` with these tables as its regimens. Journeys are left out."""
    who = {"name": patient.name, "zone": patient.zone.key, "market": patient.market.value}
    return tomli_w.dumps({"version": VERSION, "patient": who, "regimen": list(regimens)})
