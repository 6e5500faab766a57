"""Kills daemons, and stops them for a while, at random moments."""

from __future__ import annotations

import heapq
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from scheduler.store.unit_of_work import Store
from tests.faults.campaign.fleet import Member

_LOOKS_EVERY_S = 0.25
_LOOKS_AGAIN_S = 0.05
_AT_ANY_MOMENT_S = 0.3
_PATIENCE_S = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """At least so many ``kills``, one after every ``every`` reminders that were told, on average.

    So on any machine the daemons get to their work, and are killed at it.

    Now and then, where others are left, one is killed and stays away, or is stopped and goes on: for between
    ``shortest_s`` and ``longest_s``, which is longer than a lease, so that others see it run out.
    """

    kills: int
    every: float
    stays_away: float = 0.08
    is_stopped: float = 0.05
    shortest_s: float = 35.0
    longest_s: float = 60.0


class Unrest:
    """Among ``members``, all of which are started. ``told``: how many reminders were told so far."""

    def __init__(
        self,
        members: Sequence[Member],
        store: Store,
        told: Callable[[], int],
        plan: Plan,
        chance: random.Random,
    ) -> None:
        self._members = members
        self._told = told
        self._store = store
        self._plan = plan
        self._chance = chance
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self._strikes_at = 0.0
        self._absent: set[str] = set()
        self.kills = 0
        self.stops = 0
        self.restarts = 0
        """How often one was started that had ended by itself."""

    def go_on(self, is_work_left: Callable[[], bool]) -> Iterator[int]:
        """Do it while there is work left, and until there were kills enough; the number of each."""
        while self.kills < self._plan.kills or is_work_left():
            self._wait_for(self._chance.expovariate(1 / self._plan.every))
            self.rest(self._chance.uniform(0, _AT_ANY_MOMENT_S))
            if self._strike():
                yield self.kills
        while self._later:
            self.rest(self._later[0][0] - time.monotonic())

    def _wait_for(self, more: float) -> None:
        """Until so many more are told than the last time, or nobody is for a while.

        Not than by now: what is told while a daemon is killed and started would be left out, and the
        reminders would be at their end before the kills are.
        """
        self._strikes_at += more
        patience = time.monotonic() + _PATIENCE_S
        while self._told() < self._strikes_at and time.monotonic() < patience:
            self.rest(_LOOKS_AGAIN_S)

    def rest(self, length_s: float) -> None:
        until = time.monotonic() + max(0.0, length_s)
        while self._later and self._later[0][0] <= until:
            at, _, act = heapq.heappop(self._later)
            self._supervise(at)
            act()
        self._supervise(until)

    def _supervise(self, until: float) -> None:
        """Start again what ended by itself: a name may not be free yet just after a kill."""
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOKS_EVERY_S))
            for member in self._members:
                if member.name not in self._absent and not member.is_up:
                    self.restarts += 1
                    member.start()

    def _strike(self) -> bool:
        """Whether it killed."""
        member = self._chance.choice([m for m in self._members if m.name not in self._absent])
        kind = self._chance.random()
        # One at a time, so that others are always left.
        if self._absent or len(self._members) == 1:
            kind = 1.0
        if kind < self._plan.is_stopped:
            self._stop(member)
            return False
        self._kill(member, stays_away=kind < self._plan.is_stopped + self._plan.stays_away)
        return True

    def _kill(self, member: Member, *, stays_away: bool) -> None:
        member.kill(self._store)
        self.kills += 1
        if stays_away:
            self._without(member, member.start)
        else:
            member.start()

    def _stop(self, member: Member) -> None:
        member.signal(signal.SIGSTOP)
        self.stops += 1
        self._without(member, lambda: member.signal(signal.SIGCONT))

    def _without(self, member: Member, back: Callable[[], None]) -> None:
        self._absent.add(member.name)

        def return_() -> None:
            self._absent.discard(member.name)
            back()

        at = time.monotonic() + self._chance.uniform(self._plan.shortest_s, self._plan.longest_s)
        heapq.heappush(self._later, (at, next(self._number), return_))
