"""What people heard, and what must hold of it whatever failed on the way.

I1 every due dose is told or explained. I2 copies are bounded. I3 nothing comes before its time. I4 nothing
comes after the dose was recorded. I5 every send has a row in the log.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.clock import Clock, epoch_ms
from scheduler.reminders.channels.channel import Accepted, Channel, Outcome, Unknown
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.message import Message
from scheduler.store.reminder_row import ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import Answer, DispatchedWard, ObedientChannel, accept, finish
from tests.support.waiting_reminders import attempts, everything, sweep

_WAITS = {ReminderState.PENDING, ReminderState.LEASED}
_NOTHING_LEFT = {"not begun", "given back", "taken back"}
"""The outcomes of attempts that handed nothing to a channel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """A message that arrived, or may have, at ``at`` by the clock of the test."""

    at: datetime
    key: str
    address: str
    text: str


class Witness(ObedientChannel):
    """Answers as told, and remembers what it was asked and when, and what arrived.

    What it accepts arrives. So does what nobody knows the end of: the worse of the two.
    """

    def __init__(self, clock: Clock, answer: Answer = accept, *, is_idempotent: bool = False) -> None:
        super().__init__(answer, is_idempotent=is_idempotent)
        self._clock = clock
        self._counting = threading.Lock()
        self._at_once = 0
        self.most_seen_at_once = 0
        self.asked: list[tuple[datetime, str]] = []
        self.heard: list[Heard] = []

    def send(self, message: Message, address: str, key: str) -> Outcome:
        at = self._clock()
        with self._counting:
            self.asked.append((at, key))
            self._at_once += 1
            self.most_seen_at_once = max(self.most_seen_at_once, self._at_once)
        try:
            outcome = super().send(message, address, key)
        finally:
            with self._counting:
                self._at_once -= 1
        if isinstance(outcome, Accepted | Unknown):
            self.heard.append(Heard(at=at, key=key, address=address, text=message.text))
        return outcome


class WatchedWard(DispatchedWard):
    """One that stops its dispatchers at the end: the threads of one left running would outlive the tests."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._made: list[Dispatcher] = []

    def dispatcher(self, channels: Mapping[str, Channel], seats: int = 4) -> Dispatcher:
        made = super().dispatcher(channels, seats)
        self._made.append(made)
        return made

    def close(self) -> None:
        for made in self._made:
            made.close()


def go_through(
    ward: DispatchedWard, dispatcher: Dispatcher, length: timedelta, step: timedelta = timedelta(seconds=5)
) -> Iterator[datetime]:
    """Let ``length`` pass on the clock of ``ward``, sweeping and sending; the instant of each ``step``."""
    for _ in range(length // step):
        yield ward.clock.now
        if not dispatcher.has_results:  # as the daemon does
            sweep(ward.store, ward.clock.now)
        finish(dispatcher)
        ward.clock.pass_by(step)


def every_due_dose_is_told_or_explained(store: Store, moment: datetime, doses: Iterable[str] = ()) -> None:
    """I1. ``doses``, by id, are those that must have a row at all."""
    records = everything(store)
    assert set(doses) <= {record.dose_id for record in records}
    accepted = {a.reminder.id for a in attempts(store) if a.outcome == "accepted"}
    for record in records:
        if record.due_at <= moment:
            assert record.state not in _WAITS, record.dose_id
            told = record.id in accepted if record.state is ReminderState.SENT else record.last_error
            assert told, record.dose_id


def copies_are_at_most(most: int, *channels: Witness) -> None:
    """I2. A copy has the key of the first."""
    heard = Counter(heard.key for channel in channels for heard in channel.heard)
    assert sum(heard.values()) - len(heard) <= most, heard.most_common(5)


def nothing_is_early(*channels: Witness) -> None:
    """I3. A key ends with the instant at which the dose is due; several go together only when late."""
    for channel in channels:
        for at, key in channel.asked:
            if not key.startswith("several/"):
                assert epoch_ms(at) >= int(key.rpartition("/")[2]), key


def nothing_is_said_after_it_was_recorded(dose: str, recorded_at: datetime, *channels: Witness) -> None:
    """I4. But for one message that was on its way, which is one that was handed over before."""
    asked = [at for channel in channels for at, key in channel.asked if f"/{dose}/" in key]
    assert all(at <= recorded_at for at in asked), asked


def every_send_has_a_row(store: Store, *channels: Witness) -> None:
    """I5. By key, where a message tells of one reminder; several share one."""
    keys = {record.id: _key(record) for record in everything(store)}
    sends = [a for a in attempts(store) if a.outcome is not None and a.outcome not in _NOTHING_LEFT]
    logged = Counter(keys[attempt.reminder.id] for attempt in sends)
    asked = Counter(key for channel in channels for _, key in channel.asked)
    for key, times in asked.items():
        if not key.startswith("several/"):
            assert logged[key] >= times, key
    assert logged.total() >= asked.total()


def _key(record: ReminderRecord) -> str:
    named = f"{record.patient_id}/{record.dose_id}/{record.step}/{record.recipient_id}"
    return f"{named}/{epoch_ms(record.dose_due_at)}"


def what_always_holds(ward: WatchedWard, *channels: Witness, copies: int = 0) -> None:
    """I1 to I3 and I5, with so many ``copies`` at most."""
    every_due_dose_is_told_or_explained(ward.store, ward.clock.now)
    copies_are_at_most(copies, *channels)
    nothing_is_early(*channels)
    every_send_has_a_row(ward.store, *channels)
