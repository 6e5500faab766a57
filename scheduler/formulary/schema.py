"""The JSON Schema of a formulary file, for editors that complete and check one while it is written.

It says what each table may hold. What only the whole can tell, such as a source that is named and not
described, is told when the file is read.
"""

from __future__ import annotations

from typing import Any

from scheduler.formulary.entry_file import EntryFile
from scheduler.formulary.toml_schema import schema_text, toml_schema

IDENTIFIER = "urn:dosecal:formulary:1"
"""Names the schema without promising that anything is served at an address."""


def formulary_schema() -> dict[str, Any]:
    """The schema of `EntryFile`."""
    return toml_schema(IDENTIFIER, "dosecal formulary file", EntryFile.model_json_schema())


def formulary_schema_text() -> str:
    """What stands in ``data/schema/formulary.schema.json``."""
    return schema_text(formulary_schema())
