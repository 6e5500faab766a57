"""Rows handed to the database as one parameter, so that one statement changes hundreds of rows.

A statement for each row costs more than what it does; a list of parameters that grows with the rows has to
be compiled and parsed anew for each length. One JSON text does neither, on both databases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    FromClause,
    Select,
    Text,
    bindparam,
    cast,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

ROWS = "given_rows"
"""The name of the parameter."""


def json_rows(dialect: str, columns: Mapping[str, type[TypeEngine[Any]]]) -> FromClause:
    """What `as_json` wrote, as a table of these columns, in the order in which they stand in each row."""
    rows, of = bindparam(ROWS, type_=Text), _of_postgresql if dialect == "postgresql" else _of_sqlite
    return of(rows, columns).subquery("given")


def id_rows(dialect: str) -> FromClause:
    """A table of nothing but ``id``."""
    return json_rows(dialect, {"id": BigInteger})


def ids_given(dialect: str) -> Select[Any]:
    """The texts that `ids_as_json` wrote, for an IN."""
    return select(json_rows(dialect, {"id": Text}).c.id)


def as_json(rows: Sequence[Sequence[int | str | None]]) -> dict[str, str]:
    """The parameter that holds ``rows``."""
    return {ROWS: json.dumps(rows)}


def ids_as_json(ids: Iterable[int | str]) -> dict[str, str]:
    """The parameter that holds rows of nothing but ``id``."""
    return as_json([(number,) for number in ids])


def _of_sqlite(rows: BindParameter[str], columns: Mapping[str, type[TypeEngine[Any]]]) -> Select[Any]:
    row = func.json_each(rows).table_valued("value", name="each_row").c.value
    return select(
        *(func.json_extract(row, text(f"'$[{at}]'")).label(name) for at, name in enumerate(columns))
    )


def _of_postgresql(rows: BindParameter[str], columns: Mapping[str, type[TypeEngine[Any]]]) -> Select[Any]:
    each = func.jsonb_array_elements(cast(rows, postgresql.JSONB)).table_valued("value", name="each_row")
    values = (each.c.value.op("->>")(text(str(at))) for at in range(len(columns)))
    return select(
        *(cast(v, kind).label(name) for v, (name, kind) in zip(values, columns.items(), strict=True))
    )
