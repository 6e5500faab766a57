"""Plans written as the plan file writes them: a test shows its schedule in the words of the contract."""

from __future__ import annotations

from textwrap import dedent

from scheduler.dosing.plan import Plan
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.reading import PlanFile, parse_plan_file

HEADER = 'version = 1\n[patient]\nname = "{name}"\nzone = "{zone}"\nmarket = "{market}"\n'


def plan_file(
    body: str, *, name: str = "Zoe Marsh", zone: str = "America/New_York", market: str = "us"
) -> PlanFile:
    """The plan file with ``body`` below a patient in ``zone``. Raises PlanFileError."""
    text = HEADER.format(name=name, zone=zone, market=market) + dedent(body)
    return parse_plan_file(text.encode(), "test.toml", load_formulary())


def plan(body: str, *, name: str = "Zoe Marsh", zone: str = "America/New_York", market: str = "us") -> Plan:
    """The plan of `plan_file`."""
    return plan_file(body, name=name, zone=zone, market=market).plan
