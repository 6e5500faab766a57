"""The threads that send for one channel. A channel that hangs fills its own seats and nobody else's."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from threading import Lock, Thread

from scheduler.reminders.parcel import Parcel

_log = logging.getLogger(__name__)


class Seats:
    """Runs ``send`` for what is put, ``most_at_once``. A thread is made when it is first needed.

    One thread is called, and when it comes it calls the next where more waits. So a few do what takes no
    time, one message after the other, and as many as there are what waits for a provider: to wake a thread
    takes as long as to word a message.

    Work is taken from a deque, which promises that many threads may add to and take from its ends.
    """

    def __init__(self, name: str, most_at_once: int, send: Callable[[Parcel], None]) -> None:
        self._name = name
        self._send = send
        self._lock = Lock()
        self._waiting: deque[Parcel] = deque()
        self._threads: list[Thread] = []
        self._most = most_at_once
        self._resting = 0
        self._is_one_called = self._is_closed = False
        self._calls: SimpleQueue[bool] = SimpleQueue()

    def put(self, parcels: Iterable[Parcel]) -> None:
        """Have ``parcels`` sent, in their order.

        Raises RuntimeError where there can be no thread at all; nothing of them is sent then.
        """
        with self._lock:
            self._waiting.extend(parcels)
            self._call()

    def take_back(self) -> list[Parcel]:
        """What was put and is not being sent, which it then never is."""
        # One by one, as the threads do: each parcel is either taken back or sent, and never both.
        return [*iter(self._first, None)]

    def close(self) -> None:
        """Wait for what was put, unless it was taken back. Nothing may be put afterwards."""
        with self._lock:
            self._is_closed = True
            for _ in range(self._resting):
                self._calls.put(False)
            self._resting = 0
        for thread in self._threads:  # one that works may add another, which is then met here too
            thread.join()

    def _call(self) -> None:
        """Have one more come, if there is work and nobody is on the way. The lock is held."""
        if self._is_one_called or not self._waiting:
            return
        if self._resting:
            self._resting -= 1
            self._is_one_called = True
            self._calls.put(True)
        elif len(self._threads) < self._most:
            self._is_one_called = self._made()

    def _made(self) -> bool:
        """Whether there is one more thread."""
        # Not a daemon thread: a message half handed over is finished before the process ends.
        thread = Thread(target=self._work, name=f"send-{self._name}")
        try:
            thread.start()
        except RuntimeError:
            if not self._threads:
                self._waiting.clear()
                raise
            self._most = len(self._threads)
            _log.warning("channel=%s sends %d at a time: no more threads to be had", self._name, self._most)
            return False
        self._threads.append(thread)
        return True

    def _work(self) -> None:
        is_called = True
        while is_called:
            self._come()
            while (parcel := self._next()) is not None:
                self._send(parcel)
            is_called = not self._is_closed and self._calls.get()

    def _come(self) -> None:
        with self._lock:
            self._is_one_called = False

    def _next(self) -> Parcel | None:
        """The first that waits; None: this thread rests until it is called."""
        # Without the lock: of threads that do little else, each would wait for the others.
        parcel = self._first()
        if parcel is None:
            with self._lock:
                self._resting += not self._is_closed
        # Also if it rests: what was put before has called nobody, where nobody rested.
        if self._waiting and not self._is_one_called:
            with self._lock:
                self._call()
        return parcel

    def _first(self) -> Parcel | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None
