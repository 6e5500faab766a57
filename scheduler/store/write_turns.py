"""The threads of one process take turns at writing to an SQLite file.

SQLite has one writer. Who finds it taken sleeps and looks again, at last every 100 ms, and another may have
come between: what is due would wait behind the planner for a third of a second. A lock wakes whoever waits at
once. Other processes are waited for as SQLite does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from scheduler.errors import UnreachableError

PATIENCE_S = 10.0
"""As long as SQLite waits for another process."""


class WriteTurns:
    """Where only one may write at a time, ``are_needed``; else nobody waits here."""

    def __init__(self, *, are_needed: bool, patience_s: float = PATIENCE_S) -> None:
        self._lock = Lock() if are_needed else None
        self._patience_s = patience_s

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Wait for the others' writing to end. Raises UnreachableError when it takes too long."""
        if self._lock is None:
            yield
            return
        if not self._lock.acquire(timeout=self._patience_s):
            raise UnreachableError("the database does not answer: it is being written to for too long")
        try:
            yield
        finally:
            self._lock.release()
