"""Keeping a copy of everything, and going on from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scheduler.errors import RefusedError
from scheduler.reminders.restoration import Restoration, begin_restoration, finish_restoration
from scheduler.store.backup_manifest import Manifest
from scheduler.store.unit_of_work import Store

LAST_BACKUP = "last_backup_at"
"""Its name in `Keeping`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """Which backup it was, and what becomes of the reminders that may have been sent since."""

    manifest: Manifest
    reminders: Restoration


def back_up(store: Store, file: Path, moment: datetime) -> Manifest:
    """Copy everything to the new ``file``, while others go on. Raises BackupError, RefusedError."""
    manifest = store.write_backup(file, moment)
    with store.transaction() as work:
        work.keeping.put(LAST_BACKUP, moment.isoformat())
    return manifest


def restore(store: Store, file: Path, moment: datetime, sent_until: datetime | None = None) -> Restored:
    """Fill the empty database of ``store`` with what ``file`` holds, and see that nothing is sent again.

    ``sent_until``: until when the old database was in use at most; None: until ``moment``, which is now.
    Raises RefusedError where the database is not empty, BackupError, SchemaError.
    """
    if not store.is_empty:
        raise RefusedError(
            "this database has tables already: restore into a new one (--database-url), then use that"
        )
    manifest = store.load_backup(file)
    begin_restoration(store)
    store.upgrade()
    reminders = finish_restoration(store, manifest.taken_at, sent_until or moment, moment)
    return Restored(manifest=manifest, reminders=reminders)
