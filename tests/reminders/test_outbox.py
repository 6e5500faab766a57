"""When the thread that records wakes for a result, and when it does not."""

from __future__ import annotations

import time

from scheduler.reminders.lane import Lane
from scheduler.reminders.outbox import Ended, Outbox


def ended() -> Ended:
    lane = Lane("console", None, 1, lambda _lane, _parcel: None)
    return Ended(lane=lane, parts=())


def test_what_was_taken_wakes_nobody() -> None:
    outbox = Outbox()
    outbox.put(ended())
    outbox.take(5)
    began = time.monotonic()
    outbox.wait(0.05)
    assert time.monotonic() - began >= 0.05


def test_what_is_left_does() -> None:
    outbox = Outbox()
    outbox.put(ended(), ended())
    outbox.take(1)
    began = time.monotonic()
    outbox.wait(5)
    assert time.monotonic() - began < 1
