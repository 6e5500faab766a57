"""Time that passes when told, for everything that asks what time it is.

``true`` is the time of the world. The wall clock of the daemon's machine is wrong by ``error``; the clock
that nobody can set, and the database's machine, are right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from math import inf
from typing import Any
from unittest import mock

from scheduler.reminders import daemon
from scheduler.reminders.trusted_clock import TrustedClock
from scheduler.store.nodes import Nodes

_BOOTED_S = 1_000.0
_NOTHING = timedelta(0)


class WorldClock:
    """Called, it is the wall clock."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self.true = start
        self.error = _NOTHING

    def __call__(self) -> datetime:
        return self.true + self.error

    def elapsed(self) -> float:
        """Seconds on the clock that nobody can set."""
        return _BOOTED_S + (self.true - self._start).total_seconds()

    def pass_by(self, length: timedelta) -> None:
        """Time goes by, on every clock."""
        self.true += max(length, _NOTHING)

    def pass_to(self, moment: datetime) -> None:
        """It is ``moment`` now, unless that is over."""
        self.pass_by(moment - self.true)


class Diary:
    """When which job of the housekeeping is due, and which of them was begun and did not come to its end."""

    def __init__(self) -> None:
        self.due_s: dict[str, float] = {}
        self.undone: set[str] = set()

    @property
    def again_s(self) -> float:
        """When the first of those is due again; infinite where there is none."""
        return min((self.due_s[name] for name in self.undone), default=inf)


class VirtualWaker:
    """Stands in for `Waker`: calls each job when told, if as many seconds as it waits have passed.

    One that fails, or in which the daemon dies, is due again as soon as it would be.
    """

    def __init__(
        self, elapsed: Callable[[], float], waits: Callable[[str, int], float], diary: Diary | None
    ) -> None:
        self._elapsed = elapsed
        self._waits = waits
        self._jobs: dict[str, tuple[int, Callable[[], Any]]] = {}
        self.diary = Diary() if diary is None else diary

    def add(self, name: str, seconds: int, job: Callable[[], Any]) -> None:
        self._jobs[name] = (seconds, job)
        self.diary.due_s.setdefault(name, self._elapsed())

    def rearm(self) -> None:
        """Have every job called now."""
        self.diary.due_s |= dict.fromkeys(self._jobs, self._elapsed())

    def call(self, name: str) -> None:
        """Do this job now."""
        seconds, job = self._jobs[name]
        self.diary.due_s[name] = self._elapsed() + seconds
        self.diary.undone.add(name)
        job()
        self.diary.due_s[name] = self._elapsed() + self._waits(name, seconds)
        self.diary.undone.discard(name)

    def call_due(self) -> None:
        """Do every job that is due, in the order in which they were added."""
        for name in self._jobs:
            if self._elapsed() >= self.diary.due_s[name]:
                self.call(name)


@contextmanager
def virtual_time(clock: WorldClock, waits: Callable[[str, int], float] | None = None) -> Iterator[None]:
    """Daemons made inside live by ``clock``.

    ``waits``: how many seconds a job of the housekeeping waits instead of its own, by name; a start of the
    daemon is then no occasion to do it at once, because a simulation has thousands.
    """

    def database_now(nodes: Nodes) -> datetime | None:
        return None if real_now(nodes) is None else clock.true

    real_now = Nodes.database_now
    waker = partial(VirtualWaker, clock.elapsed, waits or _its_own, None if waits is None else Diary())
    with (
        mock.patch.object(daemon, "TrustedClock", partial(TrustedClock, elapsed=clock.elapsed)),
        mock.patch.object(daemon, "Waker", waker),
        mock.patch.object(Nodes, "database_now", database_now),
    ):
        yield


def _its_own(_: str, seconds: int) -> float:
    return seconds
