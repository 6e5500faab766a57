"""The JSON Schema of the plan file, for editors that complete and check one while it is written.

It says what each table may hold. What only the whole can tell, such as a circle of relations or an end
before its start, is told when the file is read. TOML has dates of its own: in the schema they are strings
with a format, as tools that check TOML by a JSON Schema expect.
"""

from __future__ import annotations

from typing import Any

from scheduler.formulary.toml_schema import schema_text, toml_schema
from scheduler.planfile.document import PlanDocument

IDENTIFIER = "urn:dosecal:plan:1"
"""Names the schema without promising that anything is served at an address."""


def plan_schema() -> dict[str, Any]:
    """The schema of `PlanDocument`."""
    return toml_schema(IDENTIFIER, "dosecal plan file", PlanDocument.model_json_schema(by_alias=True))


def plan_schema_text() -> str:
    """What stands in ``data/schema/plan.schema.json``."""
    return schema_text(plan_schema())
