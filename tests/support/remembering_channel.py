"""A channel that takes every message, and keeps it."""

from __future__ import annotations

from scheduler.reminders.channels.channel import Accepted, Outcome
from scheduler.reminders.message import Message


class RememberingChannel:
    """``messages`` are in the order in which they came."""

    is_idempotent = False
    most_at_once: int | None = None

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, message: Message, address: str, key: str) -> Outcome:
        self.messages.append(message)
        return Accepted(provider_id=None)
