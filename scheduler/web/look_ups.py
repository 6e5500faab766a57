"""Looking feeds up without keeping other requests waiting.

In a file that takes less time than handing it to another thread. Over a network it may wait, so there
whatever is asked meanwhile goes together in the next question: one connection and one thread serve any
number of clients, and the more there are, the less each of them costs.
"""

from __future__ import annotations

import asyncio

from starlette.concurrency import run_in_threadpool

from scheduler.store.feed_lookup import FeedLookup
from scheduler.store.unit_of_work import Store


class LookUps:
    """For one event loop."""

    def __init__(self, store: Store) -> None:
        self._lookups = store.feed_lookups()
        self._at_once = store.file is not None
        self._wanted: set[str] = set()
        self._next: asyncio.Task[dict[str, FeedLookup]] | None = None
        self._turn = asyncio.Lock()

    async def find(self, key_id: str) -> FeedLookup | None:
        """The feed of that key id, as it stands at some moment after the call. Raises UnreachableError."""
        if self._at_once:
            return self._lookups.find((key_id,)).get(key_id)
        self._wanted.add(key_id)
        if self._next is None:
            self._next = asyncio.create_task(self._ask())
        # One who hangs up must not take the answer away from the others.
        found = await asyncio.shield(self._next)
        return found.get(key_id)

    async def _ask(self) -> dict[str, FeedLookup]:
        async with self._turn:
            wanted, self._wanted, self._next = self._wanted, set(), None
            return await run_in_threadpool(self._lookups.find, wanted)
