"""A channel that takes every message after a while and remembers when it heard it."""

from __future__ import annotations

import time

from scheduler.reminders.channels.channel import Accepted, Outcome
from scheduler.reminders.message import Message


class Stub:
    """Takes ``pause_s`` for each. ``heard`` are addresses with the wall clock in seconds, as they came."""

    is_idempotent = False
    most_at_once: int | None = None

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self.heard: list[tuple[str, float]] = []

    def send(self, message: Message, address: str, key: str) -> Outcome:  # noqa: ARG002
        """Note the instant first: what the channel does with it is the channel's own time."""
        self.heard.append((address, time.time()))
        if self._pause_s:  # to sleep for no time takes a tenth of a millisecond
            time.sleep(self._pause_s)
        return Accepted(provider_id="stub")
