"""A dispatcher run by hand, with a clock that stands still and channels that do as they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock

from scheduler.reminders.channels.channel import Accepted, Channel, Outcome
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.message import Message
from scheduler.reminders.trusted_clock import TrustedClock
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.waiting_reminders import NOON, everything

Answer = Callable[[str], Outcome]


def accept(_: str) -> Outcome:
    return Accepted(provider_id="<1@x>")


class ObedientChannel:
    """Answers each key as told, and remembers keys, addresses and words."""

    most_at_once: int | None = None

    def __init__(self, answer: Answer = accept, *, is_idempotent: bool = False) -> None:
        self.is_idempotent = is_idempotent
        self._answer = answer
        self._lock = Lock()
        self.keys: list[str] = []
        self.addresses: list[str] = []
        self.texts: list[str] = []

    def send(self, message: Message, address: str, key: str) -> Outcome:
        with self._lock:
            self.keys.append(key)
            self.addresses.append(address)
            self.texts.append(message.text)
        return self._answer(key)


class StandingClock:
    """The wall clock, which a test may set, and the one that nobody can set."""

    def __init__(self) -> None:
        self.now = NOON
        self.elapsed_s = 1_000.0

    def __call__(self) -> datetime:
        return self.now

    def elapsed(self) -> float:
        return self.elapsed_s

    def pass_by(self, length: timedelta) -> None:
        """Time goes by."""
        self.now += length
        self.elapsed_s += length.total_seconds()

    def trusted(self) -> TrustedClock:
        return TrustedClock(self, self.elapsed)


class DispatchedWard:
    """A store whose reminders are sent when told."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = StandingClock()

    def dispatcher(self, channels: Mapping[str, Channel], seats: int = 4) -> Dispatcher:
        return Dispatcher(self.store, channels, self.clock.trusted(), "ward@1", seats)

    def dispatch(self, channels: Mapping[str, Channel], seats: int = 4) -> None:
        """Send everything that is due now and wait for the results."""
        dispatcher = self.dispatcher(channels, seats)
        finish(dispatcher)
        dispatcher.close()

    def answer(self, *outcomes: Outcome) -> list[ReminderState]:
        """Dispatch once for each of ``outcomes``, as late as it takes to be due; the states after each."""
        states = []
        for outcome in outcomes:
            self.dispatch({"smtp": ObedientChannel(lambda _, outcome=outcome: outcome)})  # type: ignore[misc]
            states.append(everything(self.store)[0].state)
            self.clock.pass_by(timedelta(minutes=6))
        return states


def finish(dispatcher: Dispatcher) -> None:
    """Turn until nothing is left to do now."""
    dispatcher.poke()
    while dispatcher.turn() or dispatcher.is_sending:
        dispatcher.wait()
