"""JSON Schemas for files that are written in TOML."""

from __future__ import annotations

import json
from typing import Any

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def toml_schema(identifier: str, title: str, content: dict[str, Any]) -> dict[str, Any]:
    """``content``, as pydantic gives it, for a file in TOML that is called ``title``."""
    described: dict[str, Any] = _for_toml(content)
    return {"$schema": _DIALECT, "$id": identifier, "title": title} | described


def schema_text(schema: dict[str, Any]) -> str:
    """``schema`` as it stands in ``data/schema``."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


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
