"""What every channel promises: it tells the truth about what became of a message."""

from __future__ import annotations

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
    """Nothing was sent and the fault may pass. ``after`` is the provider's own wish, if it told one."""

    detail: str
    after: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """Bytes were sent and no answer came: the person may or may not have it."""

    detail: str


Outcome = Accepted | Refused | RetryLater | Unknown


class Channel(Protocol):
    """One way to reach people. Safe to call from several threads; raises nothing."""

    def send(self, message: Message, address: str, key: str) -> Outcome:
        """Hand ``message`` over for ``address``. ``key`` is the same for every attempt at one reminder.

        ``detail`` in an outcome never holds the address or the message.
        """
        ...
