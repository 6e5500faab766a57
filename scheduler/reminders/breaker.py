"""A channel that fails is left alone for a while, and its reminders wait in the database.

Closed: it works. Open, after `_FAILURES` failures within `_WITHIN_S` without a success between them: nothing
is sent. Half open, `_REST_S` later: one is sent to see; it closes or opens the breaker again. A channel
of which every second message fails is not broken, so a success forgets the failures before it.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum

_FAILURES = 5
_WITHIN_S = 30.0
_REST_S = 15.0


class BreakerState(StrEnum):
    """Whether a channel is used."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


class Breaker:
    """Seconds are those of one monotonic clock. Not safe to share between threads."""

    def __init__(self) -> None:
        self._failed_at: deque[float] = deque(maxlen=_FAILURES)
        self._rests_until = 0.0
        self._probing = False
        self.state = BreakerState.CLOSED

    @property
    def failures(self) -> int:
        """How many since the last success, up to as many as open it."""
        return len(self._failed_at)

    def allows(self, now_s: float) -> int | None:
        """How many may be sent now; None: any number."""
        if self.state is BreakerState.CLOSED:
            return None
        if self.state is BreakerState.OPEN and now_s >= self._rests_until:
            self.state, self._probing = BreakerState.HALF_OPEN, False
        return 1 if self.state is BreakerState.HALF_OPEN and not self._probing else 0

    def began(self) -> None:
        """Something is being sent."""
        self._probing = self.state is BreakerState.HALF_OPEN

    def came_to_nothing(self) -> None:
        """What was begun was not sent after all, which says nothing about the channel."""
        self._probing = False

    def succeeded(self) -> None:
        """The channel did its work."""
        self._failed_at.clear()
        self.state, self._probing = BreakerState.CLOSED, False

    def failed(self, now_s: float, rest_s: float | None = None) -> None:
        """The channel did not. ``rest_s``: for how long its provider wants to hear from nobody."""
        self._failed_at.append(now_s)
        if rest_s is not None:
            self._open(now_s + rest_s)
        elif self.state is BreakerState.HALF_OPEN or self._has_failed_enough(now_s):
            self._open(now_s + _REST_S)

    def _has_failed_enough(self, now_s: float) -> bool:
        return len(self._failed_at) == _FAILURES and now_s - self._failed_at[0] <= _WITHIN_S

    def _open(self, until_s: float) -> None:
        self.state, self._probing = BreakerState.OPEN, False
        self._rests_until = max(self._rests_until, until_s)
