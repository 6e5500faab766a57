"""The tables that the migrations make are the tables that the program declares."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from scheduler.errors import SchemaError
from scheduler.formulary.formulary import load_formulary
from scheduler.store.engine import make_engine
from scheduler.store.tables import metadata
from scheduler.store.unit_of_work import Store
from tests.support.postgresql import PostgresqlServer


def test_migrated_tables_are_the_declared_ones(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_upgrading_twice_changes_nothing(store: Store) -> None:
    before = store.upgrade()
    assert before.current == before.wanted


@pytest.mark.fault(22)
def test_a_database_of_a_newer_program_is_refused_and_left_alone(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store = Store(database_url, load_formulary())
    with pytest.raises(SchemaError, match="newer dosecal"):
        store.upgrade()
    with pytest.raises(SchemaError, match="newer dosecal"):
        store.check_schema()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    store.close()
    engine.dispose()


def test_an_empty_postgresql_database_is_not_touched_without_being_asked(
    postgresql_server: PostgresqlServer,
) -> None:
    store = Store(postgresql_server.empty_database(f"empty_{uuid.uuid4().hex}"), load_formulary())
    with pytest.raises(SchemaError, match="dosecal database upgrade"):
        store.check_schema()
    store.close()


def test_an_sqlite_file_is_made_with_its_folder(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'deep' / 'er' / 'dosecal.db'}", load_formulary())
    store.upgrade()
    store.check_schema()
    store.close()
