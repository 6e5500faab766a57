"""What goes wrong, when, and for how long: chosen from the beginning by the seed."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from random import Random

from scheduler.reminders.channels.channel import Outcome, RetryLater, Unknown
from tests.simulation.judge import Provider
from tests.simulation.people import NEVER
from tests.support.fragile_store import Fate, Point
from tests.support.virtual_daemon import VirtualDaemon
from tests.support.virtual_time import WorldClock

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_AFTERMATH = 15 * _MINUTE
"""How long after a trouble it is still felt: rests of channels and waits between tries are 5 min at most."""


class Troubles:
    """``times`` are those in which something was wrong, with what comes of it; ``seen`` counts them."""

    def __init__(
        self, clock: WorldClock, daemon: VirtualDaemon, provider: Provider, fate: Fate, random: Random
    ) -> None:
        self._clock = clock
        self._daemon = daemon
        self._provider = provider
        self._fate = fate
        self._random = random
        self._number = count()
        self._is_starting = False
        self._acts: list[tuple[datetime, int, Callable[[], None]]] = []
        self.times: list[tuple[datetime, datetime]] = []
        self.died: list[tuple[datetime, datetime]] = []
        """When the daemon was dead, or the times in the log are wrong."""
        self.seen: Counter[str] = Counter()

    @property
    def next_at(self) -> datetime:
        """When the next one begins or ends."""
        return self._acts[0][0] if self._acts else NEVER

    def choose(self, until: datetime) -> None:
        """About four crashes in a day, an outage in three, and a clock that somebody sets in ten."""
        for act, days in (
            (self._crash, 0.25),
            (self._outage, 3.0),
            (self._set_clock, 10.0),
            (self._cut_off, 0.4),
        ):
            for at in self._instants(self._clock.true + _HOUR, until - _DAY, days):
                self._at(at, act)

    def act(self) -> None:
        """Begin and end what begins and ends now."""
        while self._acts and self._acts[0][0] <= self._clock.true:
            heapq.heappop(self._acts)[2]()

    def explain(self, since: datetime, until: datetime) -> bool:
        """Whether something was wrong at any time from ``since`` to ``until``."""
        return _meet(self.times, since, until)

    def explain_loss(self, since: datetime, until: datetime) -> bool:
        """Whether what was begun at ``since`` and is said to be lost at ``until`` can be."""
        return _meet(self.died, since, until)

    def look_after_daemon(self) -> None:
        """Where it died, at its work or while it started, its supervisor starts it again, mostly at once."""
        if self._daemon.is_alive or self._is_starting:
            return
        self._is_starting = True
        down = self._random.choice((1, 1, 1, 5, 40, 300, 7200)) * timedelta(seconds=1)
        self.seen["crashes"] += 1
        self._lasts(down)
        self.died.append((self._clock.true - _MINUTE, self._clock.true + down + _MINUTE))
        self._at(self._clock.true + down, self._start)

    def end(self) -> None:
        """There will be none any more."""
        self._acts.clear()
        self._recover()

    def _instants(self, since: datetime, until: datetime, days: float) -> Iterator[datetime]:
        at = since
        while (at := at + self._random.expovariate(1 / days) * _DAY) < until:
            yield at

    def _at(self, at: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self._acts, (at, next(self._number), act))

    def _lasts(self, length: timedelta) -> None:
        self.times.append((self._clock.true - _MINUTE, self._clock.true + length + _AFTERMATH))

    def _start(self) -> None:
        self._is_starting = False
        self._daemon.start()

    def _crash(self) -> None:
        self._fate.decide(self._random.choice(list(Point)), self._random.choice((0, 0, 1, 5, 20)), dies=True)

    def _cut_off(self) -> None:
        """Once, and whoever asked does not know what became of it."""
        point = self._random.choice((Point.BEFORE_COMMIT, Point.AFTER_COMMIT))
        self._fate.decide(point, self._random.choice((0, 1, 2, 3, 4)), dies=False)
        self.seen["connections cut"] += 1
        # It waits for its commit, and a lease that nobody knows of runs out half a minute later.
        self._lasts(30 * _MINUTE)

    def _outage(self) -> None:
        length = self._random.choice((5, 20, 60, 180)) * _MINUTE
        self._provider.trouble = self._random.choice((_server_error, _busy, self._half_silent))
        self.seen["outages"] += 1
        self._lasts(length)
        self._at(self._clock.true + length, self._recover)

    def _recover(self) -> None:
        self._provider.trouble = None

    def _half_silent(self) -> Outcome:
        return Unknown(detail="silence") if self._random.random() < 0.5 else RetryLater(detail="500")

    def _set_clock(self) -> None:
        """Forward by a day for less than it takes to be believed, while a daemon lives that sees it jump."""
        error, length = self._random.choice(((_DAY, 2 * _MINUTE), (-_HOUR, 6 * _HOUR), (-_DAY, 30 * _MINUTE)))
        if error > timedelta(0) and not self._daemon.is_alive:
            return
        if error > timedelta(0):
            self._daemon.work()
            self._fate.spare()
        self._clock.error = error
        self.seen["clocks set"] += 1
        self._lasts(length + abs(error))
        self.died.append((self._clock.true - abs(error), self._clock.true + length + abs(error)))
        self._at(self._clock.true + length, self._put_right)

    def _put_right(self) -> None:
        self._clock.error = timedelta(0)


def _meet(times: Sequence[tuple[datetime, datetime]], since: datetime, until: datetime) -> bool:
    return any(begins <= until and since <= ends for begins, ends in times)


def _server_error() -> Outcome:
    return RetryLater(detail="500")


def _busy() -> Outcome:
    return RetryLater(detail="429", after=2 * _MINUTE, for_everyone=True)
