"""Bringing the tables to the shape this program needs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine

from scheduler.errors import SchemaError


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaVersion:
    """``current``: the database's revision, None when it is empty; ``wanted``: this program's."""

    current: str | None
    wanted: str


def schema_version(connection: Connection) -> SchemaVersion:
    """Where the tables stand and where they should."""
    current = MigrationContext.configure(connection).get_current_revision()
    return SchemaVersion(current=current, wanted=_head())


def upgrade(engine: Engine) -> SchemaVersion:
    """Apply every migration that is missing, in one transaction, and say where the tables stood before.

    Raises SchemaError where the tables were made by a newer program; nothing is changed then.
    """
    with as_file(files("scheduler.store") / "migrations") as folder, engine.begin() as connection:
        before = schema_version(connection)
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise SchemaError(_newer(before)) from error
    return before


def check(connection: Connection) -> None:
    """Raise SchemaError unless the tables are exactly those of this program."""
    version = schema_version(connection)
    if version.current == version.wanted:
        return
    if version.current is None or _is_known(version.current):
        raise SchemaError("the database's tables are older than this program: run 'dosecal database upgrade'")
    raise SchemaError(_newer(version))


def check_known(revision: str) -> None:
    """Raise SchemaError where tables of ``revision`` are newer than this program."""
    if not _is_known(revision):
        raise SchemaError(_newer(SchemaVersion(current=revision, wanted=_head())))


def _newer(version: SchemaVersion) -> str:
    return (
        f"the database's tables (revision {version.current}) were made by a newer dosecal than this one, "
        f"which knows up to {version.wanted}: update this program"
    )


def _scripts() -> ScriptDirectory:
    with as_file(files("scheduler.store") / "migrations") as folder:
        return ScriptDirectory(str(folder))


def _head() -> str:
    head = _scripts().get_current_head()
    assert head is not None
    return head


def _is_known(revision: str) -> bool:
    return any(script.revision == revision for script in _scripts().walk_revisions())
