"""The JSON Schema of the plan file, for editors that complete and check one while it is written.

It says what each table may hold. What only the whole can tell, such as a circle of relations or an end
before its start, is told when the file is read. TOML has dates of its own: in the schema they are strings
with a format, as tools that check TOML by a JSON Schema expect.
"""

from __future__ import annotations

import json
from typing import Any

from scheduler.planfile.document import PlanDocument

IDENTIFIER = "urn:dosecal:plan:1"
"""Names the schema without promising that anything is served at an address."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def plan_schema() -> dict[str, Any]:
    """The schema of `PlanDocument`."""
    content: dict[str, Any] = _for_toml(PlanDocument.model_json_schema(by_alias=True))
    return {"$schema": _DIALECT, "$id": IDENTIFIER, "title": "dosecal plan file"} | content


def plan_schema_text() -> str:
    """What stands in ``data/schema/plan.schema.json``."""
    return json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n"


def _for_toml(node: Any) -> Any:
    """``node`` without what a TOML file cannot say (null) and what says nothing (titles made of keys)."""
    match node:
        case {"anyOf": [kind, {"type": "null"}], **rest}:
            return _for_toml({key: value for key, value in rest.items() if value is not None} | kind)
        case dict():
            return {key: _for_toml(value) for key, value in node.items() if not _is_title(key, value)}
        case list():
            return [_for_toml(value) for value in node]
        case _:
            return node


def _is_title(key: str, value: object) -> bool:
    """A property may be called ``title`` too; its value is then a schema and not a text."""
    return key == "title" and isinstance(value, str)
