"""What a backup says of itself, in a file beside it: without that file it is not a whole one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scheduler.errors import BackupError

_CHUNK = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """``backend`` is sqlite or postgresql; ``revision`` that of its tables; ``taken_at`` aware, UTC.

    ``counts`` has the rows of each table, ``sha256`` and ``size`` (bytes) are of the file.
    """

    version: str
    backend: str
    revision: str
    taken_at: datetime
    counts: Mapping[str, int]
    sha256: str
    size: int

    def write(self, backup: Path) -> None:
        """Put it beside ``backup``."""
        written = {
            "dosecal": self.version,
            "database": self.backend,
            "revision": self.revision,
            "taken_at": self.taken_at.isoformat(),
            "rows": dict(self.counts),
            "sha256": self.sha256,
            "bytes": self.size,
        }
        path = manifest_file(backup)
        path.touch(mode=0o600)
        path.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


def manifest_file(backup: Path) -> Path:
    """Where the manifest of ``backup`` stands."""
    return backup.with_name(f"{backup.name}.json")


def read_manifest(backup: Path) -> Manifest:
    """The manifest of ``backup``, whose bytes were compared with it. Raises BackupError."""
    manifest = _read(backup)
    if not backup.is_file():
        raise BackupError(f"there is no backup at {backup}")
    size, digest = measure(backup)
    if (size, digest) != (manifest.size, manifest.sha256):
        raise BackupError(f"the backup {backup} is not what was written: its checksum differs; use another")
    return manifest


def measure(file: Path) -> tuple[int, str]:
    """Bytes of ``file`` and their SHA-256 in hexadecimal."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _read(backup: Path) -> Manifest:
    path = manifest_file(backup)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(
            version=str(found["dosecal"]),
            backend=str(found["database"]),
            revision=str(found["revision"]),
            taken_at=datetime.fromisoformat(found["taken_at"]),
            counts={str(table): int(rows) for table, rows in found["rows"].items()},
            sha256=str(found["sha256"]),
            size=int(found["bytes"]),
        )
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise BackupError(
            f"the manifest {path} cannot be read: {reason}; it is part of the backup"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"the manifest {path} is not one of 'dosecal backup'") from error
