"""One channel's share of the work: what waits for its instant or a seat, and how much more to claim."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import itemgetter

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
_PLACE = itemgetter(0)


class Lane:
    """Up to ``seats`` parcels are in hand: with ``channel``, which may bear fewer, or not recorded yet.

    Not safe to share between threads, except that ``send`` runs in the seats' threads.
    """

    def __init__(
        self, name: str, channel: Channel | None, seats: int, send: Callable[[Lane, Parcel], None]
    ) -> None:
        self.name = name
        self.channel = channel
        self.breaker = Breaker()
        self.out = 0
        """How many parcels are being sent."""
        bears = seats if channel is None or channel.most_at_once is None else channel.most_at_once
        # For each call that the channel bears, another is sent while the result of the first is recorded.
        self._count = min(seats, 2 * bears)
        self._seats = Seats(name, min(seats, bears), lambda parcel: send(self, parcel))
        self._pace_s = _FIRST_PACE_S
        self._stale_from_s = self._begun_stale_from_s = math.inf
        # In order, to be sorted anew when more come: of what is nearly in order that is quicker than a heap.
        self._early: list[tuple[datetime, Parcel]] = []
        self._ready: list[tuple[tuple[int, bool, datetime, int], Parcel]] = []

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
        soon = int(self._count * _AHEAD_S / max(self._pace_s, _LEAST_PACE_S))
        most = max(self._count, min(_MOST_IN_HAND, soon))
        left = most - self.waiting - self.out
        # Not for every seat that gets free: a claim costs the same for one as for a hundred.
        return left if left >= min(_WORTH_A_CLAIM, most // 4) or self.waiting == 0 else 0

    @property
    def worth_a_turn(self) -> int:
        """How many results to wait for, for a moment, before they are recorded."""
        # Where a message takes longer than a turn, half of them are sent while the others are recorded, so
        # that the provider never waits. Where it does not, every turn more is a transaction more.
        return self.out if self._pace_s < _LEAST_PACE_S else math.ceil(self.out / 2)

    def add(self, parcels: Iterable[Parcel]) -> None:
        """Let them wait for their instant and a seat."""
        added = [(parcel.due_at, parcel) for parcel in parcels]
        if added:
            self._stale_from_s = min(self._stale_from_s, *(parcel.start_by_s for _, parcel in added))
            self._early += added
            self._early.sort(key=_PLACE)

    def pick(self, moment: datetime, now_s: float, freed: int, suspects: int) -> list[Parcel]:
        """What is due at ``moment`` and has a seat, the first first.

        ``freed``: how many of those that are out are about to be recorded. No more than so many ``suspects``.
        """
        self._ripen(moment)
        allowed = self.breaker.allows(now_s)
        free = self._count - self.out + freed
        free = free if allowed is None else min(free, allowed)
        picked: list[Parcel] = []
        passed_over = []
        for place, parcel in self._ready:
            if len(picked) >= free:
                break
            if parcel.is_suspect:
                suspects -= 1
                if suspects < 0:
                    passed_over.append((place, parcel))
                    continue
            picked.append(parcel)
        self._ready[: len(picked) + len(passed_over)] = passed_over
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
        waiting = [parcel for _, parcel in (*self._early, *self._ready)]
        self._early, self._ready, self._stale_from_s = [], [], math.inf
        return waiting

    def begin(self, parcels: Sequence[Parcel]) -> None:
        """Hand ``parcels``, one at least, to the seats.

        Raises RuntimeError where there can be no thread: nothing is sent, and all of them are out.
        """
        self.out += len(parcels)
        self.breaker.began()
        self._put(parcels)

    def take_back_stale(self, now_s: float) -> list[Parcel]:
        """As `give_up_stale`, of what was begun and is not with the channel yet. It stays out."""
        if self.breaker.state is BreakerState.OPEN:
            return self.take_back()
        if now_s < self._begun_stale_from_s:
            return []
        begun = self.take_back()
        self._begun_stale_from_s = math.inf
        self._put([parcel for parcel in begun if parcel.start_by_s > now_s])
        stale = [parcel for parcel in begun if parcel.start_by_s <= now_s]
        if stale:
            self.breaker.came_to_nothing()
        return stale

    def take_back(self) -> list[Parcel]:
        """Everything that was begun and is not with the channel yet. It stays out."""
        return self._seats.take_back()

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
        """Wait for what was begun and not taken back."""
        self._seats.close()

    def _put(self, parcels: Sequence[Parcel]) -> None:
        if parcels:
            first_s = min(parcel.start_by_s for parcel in parcels)
            self._begun_stale_from_s = min(self._begun_stale_from_s, first_s)
            self._seats.put(parcels)

    def _ripen(self, moment: datetime) -> None:
        ripe = bisect_right(self._early, moment, key=_PLACE)
        if ripe:
            self._ready += [(parcel.order, parcel) for _, parcel in self._early[:ripe]]
            self._ready.sort(key=_PLACE)
            del self._early[:ripe]
