"""Statements compiled once for a database, and run without what SQLAlchemy does around each execution.

For a batch of a hundred rows that took longer than the database did.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec, cast

from sqlalchemy import Connection, Dialect, Executable, Select
from sqlalchemy.exc import DBAPIError

_P = ParamSpec("_P")
_MOST_KEPT = 32
"""A process uses one database; the tests make hundreds."""


class Prepared:
    """``statement`` for the databases of ``dialect``. Values are texts and integers, as drivers take them."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # each of them has it
        self._dialect = dialect
        self._sql = str(compiled)
        self._names: list[str] | None = compiled.positiontup
        wanted = {name for name, bound in compiled.binds.items() if bound.required}
        self._constants = {name: value for name, value in compiled.params.items() if name not in wanted}
        self._named = _namer(statement)

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run it in the transaction of ``connection``; all the rows that it returns. Raises DBAPIError."""
        rows: list[tuple[Any, ...]] = self.run(connection, values).fetchall()
        return rows

    def records(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """As `rows`, of a SELECT, each with the names of its columns and values as the driver gives them."""
        return list(map(self._named, self.rows(connection, values)))

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Run it in the transaction of ``connection``; the driver's cursor. Raises DBAPIError."""
        given = {**self._constants, **values}
        parameters = given if self._names is None else [given[name] for name in self._names]
        driver: Any = connection.connection.dbapi_connection
        errors: Any = self._dialect.loaded_dbapi.Error
        try:
            return driver.execute(self._sql, parameters)
        except errors as error:
            raise _translated(error, errors, self._dialect) from error


def prepared(
    build: Callable[Concatenate[str, _P], Executable],
) -> Callable[Concatenate[Dialect, _P], Prepared]:
    """Have what ``build`` makes, for the name of a database and other things, made once for each."""

    @lru_cache(maxsize=_MOST_KEPT)
    def made(dialect: Dialect, /, *args: _P.args, **kwargs: _P.kwargs) -> Prepared:
        return Prepared(build(dialect.name, *args, **kwargs), dialect)

    return cast("Callable[Concatenate[Dialect, _P], Prepared]", made)


def _namer(statement: Executable) -> Callable[[tuple[Any, ...]], Any]:
    if not isinstance(statement, Select):
        return tuple
    named: Any = namedtuple("Named", [*statement.selected_columns.keys()])  # type: ignore[misc]
    make: Callable[[tuple[Any, ...]], Any] = named._make
    return make


def _translated(error: Any, errors: Any, dialect: Dialect) -> Exception:
    """As SQLAlchemy would, but for the statement and its values: they are not for a log."""
    made: Any = DBAPIError.instance(None, None, error, errors, hide_parameters=True, dialect=dialect)
    assert isinstance(made, Exception)
    return made
