"""The real daemon without its threads: it works when told, and can die in the middle.

Its planner, sweep, audit and dispatcher are the program's own. What a thread would do is done at once, in the
order of the calls, so that one seed or one example is the same every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event
from typing import cast
from unittest import mock

from sqlalchemy import text

from scheduler.clock import from_epoch_ms
from scheduler.errors import StoreError
from scheduler.reminders import lane
from scheduler.reminders.channels.channel import Channel
from scheduler.reminders.daemon import Daemon
from scheduler.reminders.parcel import Parcel
from scheduler.store.engine import make_engine
from scheduler.store.unit_of_work import Store
from tests.support.fragile_store import Died
from tests.support.virtual_time import VirtualWaker, WorldClock

_AHEAD = timedelta(seconds=1)
_AGAIN_AFTER = timedelta(seconds=20)
_LONGEST, _SHORTEST = timedelta(days=1), timedelta(seconds=1)
_MOST_TURNS = 10_000
_OPEN = "state IN ('pending', 'leased')"
_INDEX = f"CREATE INDEX IF NOT EXISTS ix_virtual_instants ON reminder (due_at) WHERE {_OPEN}"
_FIRST = f"SELECT min(due_at) FROM reminder WHERE {_OPEN}"  # nobody's input
"""The daemon never asks what is due next of all, and no statement of its own has this condition."""


class Seating:
    """Stands in for the threads of every lane: sends at once, and knows what is in hand."""

    def __init__(self) -> None:
        self.in_hand: list[Parcel] = []

    def __call__(self, name: str, most_at_once: int, send: Callable[[Parcel], None]) -> _Seats:
        return _Seats(self, send)


class _Seats:
    def __init__(self, seating: Seating, send: Callable[[Parcel], None]) -> None:
        self._seating = seating
        self._send = send

    def put(self, parcels: Iterable[Parcel]) -> None:
        for parcel in parcels:
            self._seating.in_hand.append(parcel)
            try:
                self._send(parcel)
            finally:
                self._seating.in_hand.pop()

    def take_back(self) -> list[Parcel]:
        """Nothing: what was put is sent."""
        return []

    def close(self) -> None:
        """There is nothing to wait for."""


@contextmanager
def seated() -> Iterator[Seating]:
    """Dispatchers made inside have no threads."""
    seating = Seating()
    with mock.patch.object(lane, "Seats", seating):
        yield seating


class VirtualDaemon:
    """A daemon named ``node``, one life after another. Make it, and let it work, in `virtual_time`, `seated`.

    ``deaths`` counts how often it died.
    """

    def __init__(
        self, store: Store, channels: Mapping[str, Channel], clock: WorldClock, node: str, seats: int
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._node = node
        self._seats = seats
        self._life: Daemon | None = None
        self.deaths = 0
        self.is_in_a_turn = False

    @property
    def is_alive(self) -> bool:
        return self._life is not None

    @property
    def again_in(self) -> timedelta:
        """How long until a job of the housekeeping that did not come to its end is to be done again."""
        if self._life is None:
            return _LONGEST
        again_s = cast("VirtualWaker", self._life._waker).diary.again_s - self._clock.elapsed()
        return max(_SHORTEST, timedelta(seconds=min(again_s, _LONGEST.total_seconds())))

    def start(self) -> None:
        """Begin a life, unless it has one."""
        with self._mortal():
            if self._life is None:
                self._life = Daemon(self._store, self._channels, self._clock, self._node, self._seats)
                self._life._watchdog._end = _hangs
                self._life._stopping = _NeverAsked()

    def die(self) -> None:
        """End it as ``kill -9`` would."""
        self.deaths += self._life is not None
        self._life = None

    def turn(self) -> int:
        """One turn of the loop that sends; how many messages it handed over."""
        begun = 0
        with self._mortal():
            if self._life is not None:
                self.is_in_a_turn = True
                begun = self._life._dispatcher.turn()
        self.is_in_a_turn = False
        return begun

    def keep_house(self, job: str | None = None) -> None:
        """Do one job of the housekeeping, else all that are due."""
        with self._mortal():
            if self._life is not None:
                self._life._watchdog.look()
                waker = cast("VirtualWaker", self._life._waker)
                waker.call_due() if job is None else waker.call(job)

    def work(self) -> None:
        """Do all there is to do at this instant."""
        self.keep_house()
        for _ in range(_MOST_TURNS):
            if not self.turn() and not self._has_results:
                return
        raise AssertionError("the dispatcher does not come to rest")

    @property
    def _has_results(self) -> bool:
        return self._life is not None and self._life._dispatcher.has_results

    @contextmanager
    def _mortal(self) -> Iterator[None]:
        try:
            yield
        except Died:
            self.die()
        except StoreError:
            """The loop and the housekeeping log it and come again."""


def _hangs() -> None:
    raise AssertionError("a loop was silent for so long that the watchdog would have ended the process")


class _NeverAsked(Event):
    """That nobody asks for an end. Who waits for it, to leave others their turn, waits no time at all."""

    def wait(self, timeout: float | None = None) -> bool:
        return False


class Instants:
    """When something is due in the database at ``url``."""

    def __init__(self, url: str) -> None:
        engine = make_engine(url)
        with engine.begin() as connection:
            connection.execute(text(_INDEX))
        self._engine = engine.execution_options(reading=True)

    def next_after(self, moment: datetime) -> datetime:
        """When to work next: just before something is due, when it is, and again where it was not done."""
        with self._engine.connect() as connection:
            first = connection.execute(text(_FIRST)).scalar()
        due = moment + _LONGEST if first is None else from_epoch_ms(first)
        if due <= moment:
            return moment + _AGAIN_AFTER
        return due - _AHEAD if due - _AHEAD > moment else due

    def close(self) -> None:
        self._engine.dispose()
