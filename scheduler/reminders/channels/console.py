"""Reminders printed by the daemon: for a family's own machine, and for trying things out."""

from __future__ import annotations

import sys
from threading import Lock

from scheduler.reminders.channels.channel import Accepted, Outcome, Unknown
from scheduler.reminders.message import Message


class ConsoleChannel:
    """Prints a line to standard output."""

    is_idempotent = False
    most_at_once: int | None = None

    def __init__(self) -> None:
        self._lock = Lock()

    def send(self, message: Message, address: str, key: str) -> Outcome:  # noqa: ARG002  # the channel's contract
        """Print ``message`` for ``address``, which here is only a name."""
        try:
            with self._lock:
                sys.stdout.write(f"{address}: {message.text}\n")
                sys.stdout.flush()
        except (OSError, ValueError) as error:
            return Unknown(detail=type(error).__name__)
        return Accepted(provider_id=None)
