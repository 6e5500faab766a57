"""What every channel promises: it tells the truth about what became of a message."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from scheduler.reminders.message import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """The provider has taken it. That is not yet "delivered"."""

    provider_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """The provider will never take it: trying again is pointless."""

    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryLater:
    """Nothing was sent and the fault may pass. ``after`` is the provider's own wish, if it told one.

    ``for_everyone``: the wish is about every message, not about this one. ``of_address``: it says nothing
    about the channel, because the server is one person's own.
    """

    detail: str
    after: timedelta | None = None
    for_everyone: bool = False
    of_address: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """Bytes were sent and no answer came: the person may or may not have it. ``of_address`` as above."""

    detail: str
    of_address: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class NotSent:
    """No channel was asked: the daemon's own reason, and nobody's fault. No channel answers so."""

    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NotNeeded:
    """There was nothing to say, and silence was chosen for that. No channel answers so."""

    detail: str


CALL_TIMEOUT = timedelta(seconds=15)
"""How long one call may take as a whole. Half a lease: what is begun in the first half ends within it."""

Outcome = Accepted | Refused | RetryLater | Unknown
Unasked = NotSent | NotNeeded
"""What became of a message that no channel was asked to send."""


def stable_id(key: str) -> str:
    """What a provider may know of ``key``: the same for the same key, and nothing of what it is made from."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


class Channel(Protocol):
    """One way to reach people. Safe to call from several threads; raises nothing.

    ``is_idempotent``: the provider itself drops a second message with the same key, so that one whose fate
    is unknown may be sent again. ``most_at_once``: how many calls it takes at the same time; None: any
    number.
    """

    is_idempotent: bool
    most_at_once: int | None

    def send(self, message: Message, address: str, key: str) -> Outcome:
        """Hand ``message`` over for ``address`` within `CALL_TIMEOUT`.

        ``key`` is the same for every attempt at one reminder.
        ``detail`` in an outcome never holds the address or the message.
        """
        ...
