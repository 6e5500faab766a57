"""One channel's share of the work: what waits for its instant or a seat, and how much more to claim."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import count

from scheduler.reminders.breaker import Breaker, BreakerState
from scheduler.reminders.channels.channel import Channel, Outcome, RetryLater, Unasked, Unknown
from scheduler.reminders.parcel import Parcel
from scheduler.reminders.seats import Seats

_AHEAD_S = 3.0
"""As much is claimed as the seats can start within this: a tenth of a lease, so that it never runs out."""

_MOST_IN_HAND = 10_000
"""What is in hand is in memory, and is claimed anew by others if this daemon ends."""

_WORTH_A_CLAIM = 500
_FIRST_PACE_S, _LEAST_PACE_S = 0.05, 0.001
_WEIGHT = 0.1


class Lane:
    """Not safe to share between threads, except that ``send`` runs in the seats' threads."""

    def __init__(
        self, name: str, channel: Channel | None, seats: int, send: Callable[[Lane, Parcel], None]
    ) -> None:
        self.name = name
        self.channel = channel
        self.breaker = Breaker()
        self.out = 0
        """How many parcels are being sent."""
        self._seats = Seats(name, seats, lambda parcel: send(self, parcel))
        self._pace_s = _FIRST_PACE_S
        self._stale_from_s = math.inf
        self._number = count()
        self._early: list[tuple[datetime, int, Parcel]] = []
        self._ready: list[tuple[tuple[int, bool, datetime, int], int, Parcel]] = []

    @property
    def waiting(self) -> int:
        """How many parcels wait here."""
        return len(self._early) + len(self._ready)

    @property
    def next_due(self) -> datetime | None:
        """When the next of those that wait for their instant is due."""
        return self._early[0][0] if self._early else None

    def room(self, now_s: float) -> int:
        """How many more reminders the seats can start soon."""
        allowed = self.breaker.allows(now_s)
        if allowed is not None:
            return max(0, allowed - self.waiting - self.out)
        soon = int(self._seats.count * _AHEAD_S / max(self._pace_s, _LEAST_PACE_S))
        most = max(self._seats.count, min(_MOST_IN_HAND, soon))
        left = most - self.waiting - self.out
        # Not for every seat that gets free: a claim costs the same for one as for a hundred.
        return left if left >= min(_WORTH_A_CLAIM, most // 4) or self.waiting == 0 else 0

    def add(self, parcels: Iterable[Parcel]) -> None:
        """Let them wait for their instant and a seat."""
        for parcel in parcels:
            self._stale_from_s = min(self._stale_from_s, parcel.start_by_s)
            heapq.heappush(self._early, (parcel.due_at, next(self._number), parcel))

    def pick(self, moment: datetime, now_s: float, freed: int, suspects: int) -> list[Parcel]:
        """What is due at ``moment`` and has a seat, the first first.

        ``freed``: how many of those that are out are about to be recorded. No more than so many ``suspects``.
        """
        self._ripen(moment)
        allowed = self.breaker.allows(now_s)
        free = self._seats.count - self.out + freed
        free = free if allowed is None else min(free, allowed)
        picked: list[Parcel] = []
        passed_over: list[Parcel] = []
        while self._ready and len(picked) < free:
            parcel = heapq.heappop(self._ready)[2]
            if parcel.is_suspect and suspects <= 0:
                passed_over.append(parcel)
                continue
            suspects -= parcel.is_suspect
            picked.append(parcel)
        self._push_ready(passed_over)
        return picked

    def give_up_stale(self, now_s: float) -> list[Parcel]:
        """What waited too long to be begun within its lease; everything, while the breaker is open."""
        if self.breaker.state is BreakerState.OPEN:
            return self.give_up()
        if now_s < self._stale_from_s:
            return []
        waiting = self.give_up()
        self.add(parcel for parcel in waiting if parcel.start_by_s > now_s)
        return [parcel for parcel in waiting if parcel.start_by_s <= now_s]

    def give_up(self) -> list[Parcel]:
        """Everything that waits."""
        waiting = [entry[2] for entry in (*self._early, *self._ready)]
        self._early, self._ready, self._stale_from_s = [], [], math.inf
        return waiting

    def begin(self, parcel: Parcel) -> None:
        """Hand ``parcel`` to a seat."""
        self.out += 1
        self.breaker.began()
        self._seats.put(parcel, self.out)

    def learn(self, outcome: Outcome | Unasked, took_s: float, blames: bool, now_s: float) -> None:
        """See from what came of a message how the channel fares."""
        if not blames:
            self.breaker.came_to_nothing()
            return
        self._pace_s += _WEIGHT * (took_s - self._pace_s)
        match outcome:
            case RetryLater(of_address=True) | Unknown(of_address=True):
                self.breaker.came_to_nothing()
            case RetryLater(after=after, for_everyone=True) if after is not None:
                self.breaker.failed(now_s, after.total_seconds())
            case RetryLater() | Unknown():
                self.breaker.failed(now_s)
            case _:
                self.breaker.succeeded()

    def close(self) -> None:
        """Wait for what is being sent."""
        self._seats.close()

    def _ripen(self, moment: datetime) -> None:
        while self._early and self._early[0][0] <= moment:
            self._push_ready([heapq.heappop(self._early)[2]])

    def _push_ready(self, parcels: Iterable[Parcel]) -> None:
        for parcel in parcels:
            heapq.heappush(self._ready, (parcel.order, next(self._number), parcel))
