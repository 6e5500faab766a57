"""A database copied while it is in use, and a copy made a database again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    MetaData,
    NullPool,
    Table,
    create_engine,
    func,
    inspect,
    select,
)

from scheduler import __version__
from scheduler.errors import BackupError, RefusedError
from scheduler.store import migration
from scheduler.store.backup_manifest import Manifest, manifest_file, measure, read_manifest
from scheduler.store.postgresql_dump import dump_postgresql, load_postgresql
from scheduler.store.sqlite_copy import copy_sqlite, driver, sync


def write_backup(engine: Engine, file: Path, moment: datetime) -> Manifest:
    """Copy the database to ``file`` and its manifest beside it; ``moment`` is now.

    ``file`` appears when it is whole, checked and on the disk. Raises BackupError, RefusedError where
    it exists.
    """
    for path in (file, manifest_file(file)):
        if path.exists():
            raise RefusedError(f"{path} exists; a backup never takes the place of another: give a new name")
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        manifest = _copied(engine, part, moment)
        sync(part)
        manifest.write(file)
        sync(manifest_file(file))
        part.replace(file)
        sync(file)
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        manifest_file(file).unlink(missing_ok=True)
        raise BackupError(f"the backup {file} cannot be written: {reason}") from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def load_backup(engine: Engine, file: Path) -> Manifest:
    """Fill the empty database of ``engine`` from the backup ``file``. Raises BackupError, SchemaError.

    The tables stand as they did: `migration.upgrade` brings them up to date.
    """
    manifest = read_manifest(file)
    if manifest.backend != engine.dialect.name:
        raise BackupError(f"the backup is of a database of another kind: {manifest.backend}")
    migration.check_known(manifest.revision)
    if engine.dialect.name == "postgresql":
        load_postgresql(engine, file)
    else:
        _load_sqlite(engine, file)
    with engine.connect() as connection:
        found = _counts(connection)
    if found != manifest.counts:
        raise BackupError("the restored database has not as many rows as the backup's manifest says")
    return manifest


def is_empty(engine: Engine) -> bool:
    """Whether the database has no tables."""
    with engine.connect() as connection:
        return not inspect(connection).get_table_names()


def _copied(engine: Engine, file: Path, moment: datetime) -> Manifest:
    if engine.dialect.name == "postgresql":
        one_moment = engine.execution_options(isolation_level="REPEATABLE READ")
        with one_moment.connect() as connection:
            revision, counts = _revision(connection), _counts(connection)
            dump_postgresql(connection, engine, file)
    else:
        copy_sqlite(engine, file)
        with _opened(engine, file).connect() as connection:
            revision, counts = _revision(connection), _counts(connection)
    size, digest = measure(file)
    return Manifest(
        version=__version__,
        backend=engine.dialect.name,
        revision=revision,
        taken_at=moment.astimezone(UTC),
        counts=counts,
        sha256=digest,
        size=size,
    )


def _load_sqlite(engine: Engine, file: Path) -> None:
    target = Path(str(engine.url.database))
    engine.dispose()
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        shutil.copyfile(file, part)
        sync(part)
        part.replace(target)
        sync(target)
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise BackupError(f"the database {target} cannot be written: {reason}") from error


def _opened(engine: Engine, copy: Path) -> Engine:
    """An engine on ``copy``, by the same driver as ``engine``; it changes nothing of the file."""
    return create_engine(URL.create("sqlite", database=str(copy)), module=driver(engine), poolclass=NullPool)


def _revision(connection: Connection) -> str:
    current = migration.schema_version(connection).current
    if current is None:
        raise BackupError("the database is empty: there is nothing to copy")
    return current


def _counts(connection: Connection) -> Mapping[str, int]:
    """The rows of each table there is, whichever program made it."""
    return {
        name: connection.execute(select(func.count()).select_from(Table(name, MetaData()))).scalar_one()
        for name in sorted(inspect(connection).get_table_names())
    }
