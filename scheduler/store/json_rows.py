"""Rows handed to the database as one parameter, so that one statement changes hundreds of rows.

A statement for each row costs more than what it does; a list of parameters that grows with the rows has to
be compiled and parsed anew for each length. One JSON text does neither, on both databases.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, FromClause, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

ROWS = "given_rows"
"""The name of the parameter."""


def json_rows(dialect: str, columns: Mapping[str, type[TypeEngine[Any]]]) -> FromClause:
    """What `as_json` wrote, as a table of these columns; a column that a row lacks is NULL."""
    rows = bindparam(ROWS, type_=Text)
    if dialect == "postgresql":
        typed = [column(name, kind) for name, kind in columns.items()]
        given = func.jsonb_to_recordset(cast(rows, postgresql.JSONB))
        return given.table_valued(*typed, name="given").render_derived(with_types=True)
    each = func.json_each(rows).table_valued("value", name="each_row")
    values = [func.json_extract(each.c.value, f"$.{name}").label(name) for name in columns]
    return select(*values).subquery("given")


def id_rows(dialect: str) -> FromClause:
    """A table of nothing but ``id``."""
    return json_rows(dialect, {"id": BigInteger})


def as_json(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The parameter that holds ``rows``."""
    return {ROWS: json.dumps(rows)}


def ids_as_json(ids: Sequence[int]) -> dict[str, str]:
    """The parameter that holds rows of nothing but ``id``."""
    return as_json([{"id": number} for number in ids])
