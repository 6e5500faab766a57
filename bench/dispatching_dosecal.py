"""Reminders due at one instant, by dosecal's dispatcher in this process."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from bench.lateness import Told
from bench.stub_channel import Stub
from scheduler import clock
from scheduler.formulary.formulary import load_formulary
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.trusted_clock import TrustedClock
from scheduler.settings import DEFAULT_SEATS
from scheduler.store.unit_of_work import Store
from tests.support.waiting_reminders import add_patient_with_recipient, planned, queue

_AHEAD = timedelta(seconds=6)
_FILLED_A_SECOND = 2000
_AT_ONCE = 2000
_PATIENCE_S, _LEAST_A_SECOND = 180.0, 100


def dosecal(url: str, count: int, pause_s: float) -> Told:
    """By one daemon on the empty database at ``url``."""
    store = Store(url, load_formulary())
    store.upgrade()
    due = _fill(store, count)
    stub = Stub(pause_s)
    dispatcher = Dispatcher(store, {"smtp": stub}, TrustedClock(clock.now), "bench@1", DEFAULT_SEATS)
    patience = time.monotonic() + _PATIENCE_S + count / _LEAST_A_SECOND
    while (len(stub.heard) < count or not dispatcher.is_idle) and time.monotonic() < patience:
        dispatcher.turn()
        dispatcher.wait()
    dispatcher.close()
    store.close()
    return Told(asked=count, late=[at - due.timestamp() for _, at in stub.heard])


def _fill(store: Store, count: int) -> datetime:
    """Queue them all for the instant that is returned."""
    add_patient_with_recipient(store)
    due = datetime.now(UTC) + _AHEAD + timedelta(seconds=count / _FILLED_A_SECOND)
    for start in range(0, count, _AT_ONCE):
        queue(store, *(planned(number, due) for number in range(start, min(start + _AT_ONCE, count))))
    assert datetime.now(UTC) < due, "the machine is too busy: the reminders were due before all were queued"
    return due
