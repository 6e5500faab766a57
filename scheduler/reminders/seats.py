"""The threads that send for one channel. A channel that hangs fills its own seats and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from scheduler.reminders.parcel import Parcel


class Seats:
    """Runs ``send`` for what is put, up to ``count`` at once. A thread is made when it is first needed."""

    def __init__(self, name: str, count: int, send: Callable[[Parcel], None]) -> None:
        self._name = name
        self._send = send
        self._queue: SimpleQueue[Parcel | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self.count = count

    def put(self, parcel: Parcel, taken: int) -> None:
        """Have ``parcel`` sent, where ``taken`` seats are in use with it."""
        self._queue.put(parcel)
        if len(self._threads) < min(taken, self.count):
            # Not a daemon thread: a message half handed over is finished before the process ends.
            thread = Thread(target=self._work, name=f"send-{self._name}")
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """Wait for what is being sent."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (parcel := self._queue.get()) is not None:
            self._send(parcel)
