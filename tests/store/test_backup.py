"""A copy of a database in use, and a database made from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scheduler.errors import BackupError, RefusedError, SchemaError
from scheduler.store.backup_manifest import manifest_file
from scheduler.store.unit_of_work import Store
from tests.support.backups import new_store, new_url
from tests.support.waiting_reminders import (
    NOON,
    add_patient_with_recipient,
    begin,
    claim,
    everything,
    planned,
    queue,
)

__all__ = ["new_store", "new_url"]


@pytest.fixture
def file(tmp_path: Path, new_url: str) -> Path:
    return tmp_path / "copy"


def test_what_is_restored_is_what_was_there(store: Store, new_store: Store, file: Path) -> None:
    add_patient_with_recipient(store)
    queue(store, *(planned(number) for number in range(40)))
    begin(store, *claim(store, 5))
    written = store.write_backup(file, NOON)
    assert new_store.load_backup(file) == written
    assert everything(new_store) == everything(store)
    assert (written.counts["reminder"], written.counts["attempt"]) == (40, 5)
    new_store.check_schema()


def test_only_its_owner_can_read_it(store: Store, file: Path) -> None:
    store.write_backup(file, NOON)
    assert {path.stat().st_mode & 0o777 for path in (file, manifest_file(file))} == {0o600}
    left = {path.name for path in file.parent.iterdir()}
    assert not [name for name in left if name.endswith(".part")]


def test_it_never_takes_the_place_of_another(store: Store, file: Path) -> None:
    store.write_backup(file, NOON)
    before = file.read_bytes()
    with pytest.raises(RefusedError, match="exists"):
        store.write_backup(file, NOON)
    assert file.read_bytes() == before


def test_one_whose_bytes_changed_is_refused(store: Store, new_store: Store, file: Path) -> None:
    store.write_backup(file, NOON)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupError, match="its checksum differs"):
        new_store.load_backup(file)
    assert new_store.is_empty


def test_one_without_its_manifest_is_refused(store: Store, new_store: Store, file: Path) -> None:
    store.write_backup(file, NOON)
    manifest_file(file).unlink()
    with pytest.raises(BackupError, match="it is part of the backup"):
        new_store.load_backup(file)


@pytest.mark.parametrize("text", ["", "[]", '{"dosecal": 1}', '{"rows": 3}'])
def test_a_manifest_that_is_none_is_refused(store: Store, new_store: Store, file: Path, text: str) -> None:
    store.write_backup(file, NOON)
    manifest_file(file).write_text(text)
    with pytest.raises(BackupError, match="is not one of 'dosecal backup'"):
        new_store.load_backup(file)


def test_one_of_a_newer_program_is_refused(store: Store, new_store: Store, file: Path) -> None:
    store.write_backup(file, NOON)
    _rewrite(file, revision="9999")
    with pytest.raises(SchemaError, match="made by a newer dosecal"):
        new_store.load_backup(file)
    assert new_store.is_empty


def test_one_of_another_kind_of_database_is_refused(store: Store, new_store: Store, file: Path) -> None:
    store.write_backup(file, NOON)
    _rewrite(file, database="oracle")
    with pytest.raises(BackupError, match="a database of another kind: oracle"):
        new_store.load_backup(file)


def test_a_number_of_rows_that_differs_is_noticed(store: Store, new_store: Store, file: Path) -> None:
    add_patient_with_recipient(store)
    counts = store.write_backup(file, NOON).counts
    _rewrite(file, rows={**counts, "patient": 2})
    with pytest.raises(BackupError, match="not as many rows"):
        new_store.load_backup(file)


def test_an_empty_database_is_nothing_to_copy(new_store: Store, file: Path) -> None:
    with pytest.raises(BackupError, match="there is nothing to copy"):
        new_store.write_backup(file, NOON)
    assert not [path for path in file.parent.iterdir() if "copy" in path.name]


def test_a_folder_that_cannot_be_written_is_told(store: Store, tmp_path: Path, new_url: str) -> None:
    with pytest.raises(BackupError, match="no such file or directory"):
        store.write_backup(tmp_path / "none" / "copy", NOON)


on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@on_postgresql
def test_a_machine_without_pg_dump_is_told_what_it_lacks(
    store: Store, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_dump is not on the path: install"):
        store.write_backup(file, NOON)
    assert list(tmp_path.iterdir()) == []


@on_postgresql
def test_what_pg_restore_says_of_a_row_is_not_repeated(
    store: Store, new_store: Store, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write_backup(file, NOON)
    program = tmp_path / "bin" / "pg_restore"
    program.parent.mkdir()
    said = 'pg_restore: error: COPY failed for table "patient": ERROR:  bad value "Zoe Marsh"'
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\necho 'CONTEXT: line 1: Zoe' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    with pytest.raises(BackupError) as refused:
        new_store.load_backup(file)
    assert 'pg_restore failed: COPY failed for table "patient":' in str(refused.value)
    assert "Zoe" not in str(refused.value)


@on_postgresql
def test_programs_older_than_the_server_are_told_with_both_versions(
    store: Store, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    said = [
        "pg_dump: error: aborting because of server version mismatch",
        "pg_dump: detail: server version: 16.14 (Debian 16.14-1); pg_dump version: 15.18",
    ]
    program.write_text("#!/bin/sh\n" + "".join(f"echo '{line}' >&2\n" for line in said) + "exit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    with pytest.raises(BackupError) as refused:
        store.write_backup(file, NOON)
    told = "pg_dump failed: aborting because of server version mismatch; server version: 16.14 "
    assert str(refused.value) == f"{told}(Debian 16.14-1); pg_dump version: 15.18"


def _rewrite(file: Path, **changes: object) -> None:
    path = manifest_file(file)
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
