"""How many pages work on the database at a time.

In a file one: SQLite has one writer, whoever waits for it sleeps and looks again, and some of eight that
wait do so for more than ten seconds. Here they queue, and the first to come is the first served. Over a
network as many as there are connections for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from scheduler.store.unit_of_work import Store

Result = TypeVar("Result")
_CONNECTIONS = 8


class Turns:
    """For one event loop."""

    def __init__(self, store: Store) -> None:
        self._limiter = CapacityLimiter(_CONNECTIONS if store.file is None else 1)

    async def take(self, work: Callable[[], Result]) -> Result:
        """What ``work`` returns, done in a thread when it is its turn."""
        return await to_thread.run_sync(work, limiter=self._limiter)
