"""What came of the messages, on its way from the threads that send to the one that records."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Event

from scheduler.reminders.channels.channel import Outcome, Unasked
from scheduler.reminders.lane import Lane
from scheduler.reminders.parcel import is_suspect
from scheduler.store.reminder_queue import LeasedReminder

Part = tuple[tuple[LeasedReminder, ...], Outcome | Unasked]
"""Reminders that came to the same end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """What came of a parcel.

    ``told_at``: when its first part was handed to the channel, None: nothing was.
    ``blames``: whether it says something about the channel, good or bad. ``had_seat``: whether it was with
    the sender at all. ``is_learned``: whether the channel's lane has drawn its conclusions.
    """

    lane: Lane
    parts: tuple[Part, ...]
    told_at: datetime | None = None
    took_s: float = 0.0
    blames: bool = False
    had_seat: bool = True
    is_learned: bool = False

    @property
    def is_suspect(self) -> bool:
        """Whether it was; see `Parcel`."""
        return is_suspect(self.parts[0][0][0])


class Outbox:
    """Safe to share between threads that put and one that takes.

    Without a lock of its own: hundreds of threads come here, and each of them would wait for the others. A
    deque promises that many may add to and take from its ends.
    """

    def __init__(self) -> None:
        self._ended: deque[Ended] = deque()
        self._news = Event()
        self._wanted = 1
        self._enough = Event()

    def __bool__(self) -> bool:
        return bool(self._ended)

    def __len__(self) -> int:
        return len(self._ended)

    def put(self, *ended: Ended) -> None:
        """Add results and wake whoever waits."""
        self._ended.extend(ended)
        # To set what is set takes a lock.
        if not self._news.is_set():
            self._news.set()
        if len(self._ended) >= self._wanted and not self._enough.is_set():
            self._enough.set()

    def take(self, most: int) -> list[Ended]:
        """The first ``most``, which are then gone from here."""
        # What is taken is no news any more. Cleared before, so that what comes meanwhile is.
        self._news.clear()
        taken = [self._ended.popleft() for _ in range(min(most, len(self._ended)))]
        if self._ended:
            self._news.set()
        return taken

    def put_back(self, ended: Iterable[Ended]) -> None:
        """Results that could not be recorded, to be recorded first."""
        self._ended.extendleft(reversed([*ended]))

    def poke(self) -> None:
        """Wake whoever waits, without a result."""
        self._news.set()

    def wait_for(self, count: int, timeout_s: float) -> None:
        """Return when there are ``count`` results, or after ``timeout_s``."""
        self._wanted = count
        self._enough.clear()
        if len(self) < count:
            self._enough.wait(timeout_s)

    def wait(self, timeout_s: float) -> None:
        """Return when there is news, or after ``timeout_s`` on a monotonic clock."""
        self._news.wait(timeout_s)
        self._news.clear()
