"""A prepared statement does what SQLAlchemy would, and its faults are told as SQLAlchemy's."""

from __future__ import annotations

import pytest
from sqlalchemy import Executable, bindparam, select, table, text, update
from sqlalchemy.exc import DBAPIError

from scheduler.errors import DosecalError, UnreachableError
from scheduler.store import tables
from scheduler.store.prepared import Prepared, prepared
from scheduler.store.unit_of_work import Store

KEEPING = tables.keeping


def test_what_was_written_out_stays_and_the_rest_is_given(store: Store) -> None:
    with store.transaction() as work:
        work.keeping.put("a", "1")
        work.keeping.put("b", "1")
        connection = work._connection
        change = update(KEEPING).where(KEEPING.c.name == bindparam("which")).values(value="2")
        statement = Prepared(change.returning(KEEPING.c.name, KEEPING.c.value), connection.dialect)
        assert statement.rows(connection, {"which": "b"}) == [("b", "2")]
        assert statement.rows(connection, {"which": "c"}) == []
    with store.reading() as work:
        assert (work.keeping.get("a"), work.keeping.get("b")) == ("1", "2")


def test_the_rows_of_a_select_have_the_names_of_its_columns(store: Store) -> None:
    with store.transaction() as work:
        work.keeping.put("a", "1")
        query = select(KEEPING.c.value.label("found"), KEEPING.c.name)
        statement = Prepared(query, work._connection.dialect)
        (row,) = statement.records(work._connection, {})
    assert (row.found, row.name) == ("1", "a")


def test_a_value_that_is_missing_is_not_taken_for_null(store: Store) -> None:
    with store.reading() as work:
        query = select(KEEPING.c.name).where(KEEPING.c.value == bindparam("which"))
        statement = Prepared(query, work._connection.dialect)
        with pytest.raises((KeyError, DBAPIError), match="which"):
            statement.rows(work._connection, {})


def test_it_is_made_once_for_a_database(store: Store) -> None:
    made = []

    @prepared
    def names(dialect: str, value: str, /) -> Executable:
        made.append((dialect, value))
        return select(KEEPING.c.name).where(KEEPING.c.value == value)

    with store.reading() as work:
        connection = work._connection
        assert names(connection.dialect, "1") is names(connection.dialect, "1")
        assert names(connection.dialect, "2") is not names(connection.dialect, "1")
    assert made == [(connection.dialect.name, "1"), (connection.dialect.name, "2")]


def test_a_fault_names_neither_the_statement_nor_its_values(store: Store) -> None:
    missing = table("nowhere")
    query = select(text("1")).select_from(missing).where(text(":who <> ''"))
    with pytest.raises((DBAPIError, DosecalError)) as caught, store.reading() as work:
        Prepared(query, work._connection.dialect).rows(work._connection, {"who": "Zoe Marsh"})
    told = f"{caught.value} {caught.value.__cause__}"
    assert "nowhere" in told
    assert "Marsh" not in told


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_was_cut_is_a_database_away(store: Store) -> None:
    with pytest.raises(UnreachableError):
        ask_after_the_cut(store)
    with store.reading() as work:
        assert work.keeping.get("a") is None


def ask_after_the_cut(store: Store) -> None:
    with store.transaction() as work, store.transaction() as other:
        connection = work._connection
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        other._connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        Prepared(select(KEEPING.c.name), connection.dialect).rows(connection, {})
