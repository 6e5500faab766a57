"""A disk that loses its power: what was synced stays, and of what was not, nobody knows which part."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_SOURCE = Path(__file__).with_name("power_cut.c")
_PAGE = 4096
_SHARED_MEMORY = "-shm"
"""How the name of a file ends that SQLite makes anew after a crash."""


def forgetful_library(folder: Path) -> Path:
    """`power_cut.c`, compiled; the test is skipped where that is not possible."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("a power cut needs Linux and a C compiler")
    library = folder / "power_cut.so"
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", library, _SOURCE], check=True)
    return library


class Disk:
    """The files in ``folder``, used by processes that run with `environment`."""

    def __init__(self, folder: Path, library: Path, chance: random.Random) -> None:
        self.folder = folder
        self._kept = folder.with_name(f"{folder.name}-kept")
        self._kept.mkdir()
        self._chance = chance
        paths = {"POWER_CUT_WATCHED": str(folder.resolve()), "POWER_CUT_KEPT": str(self._kept)}
        self.environment = {**os.environ, "LD_PRELOAD": str(library), **paths}

    def sync(self) -> None:
        """Keep everything as it is now: what other processes wrote before."""
        for file in self._kept.iterdir():
            file.unlink()
        for file in self.folder.iterdir():
            shutil.copy(file, self._kept)

    def cut(self, *, leaves_unsynced: bool) -> None:
        """Leave what a power cut would: the pages that were synced, and perhaps some that were not."""
        names = {file.name for file in (*self.folder.iterdir(), *self._kept.iterdir())}
        for name in sorted(name for name in names if not name.startswith(".")):
            self._cut(self.folder / name, self._kept / name, leaves_unsynced)
        self.sync()

    def _cut(self, file: Path, kept: Path, leaves_unsynced: bool) -> None:
        if file.name.endswith(_SHARED_MEMORY) or not kept.exists():
            file.unlink()  # made, and never synced
        elif not leaves_unsynced:
            shutil.copy(kept, file)
        elif file.exists():
            file.write_bytes(self._mixed(kept.read_bytes(), file.read_bytes()))
        elif self._chance.random() < 0.5:
            shutil.copy(kept, file)  # deleted, and that not synced

    def _mixed(self, synced: bytes, written: bytes) -> bytes:
        length = self._chance.choice([len(synced), len(written)])
        starts = range(0, length, _PAGE)
        pages = (self._chance.choice([synced, written])[start : start + _PAGE] for start in starts)
        return b"".join(
            page.ljust(min(_PAGE, length - start), b"\0") for start, page in zip(starts, pages, strict=True)
        )[:length]
