"""The present moment, and whether to believe it.

A wall clock can be set. Beside it runs one that nobody can set and that goes on while the machine sleeps;
where the two part by more than `STEP`, somebody set the wall clock.

Backward: what is due is due a little later, and everything goes on. Forward by more than `JUMP`: nothing is
sent until the clocks agree again, for `LONGEST_HOLD` at most, because a battery that died must not send
tomorrow's reminders tonight. The same where the wall clock is behind what was seen before the start.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from scheduler.clock import Clock

STEP = timedelta(seconds=2)
"""Less is how exactly two clocks are read, and how a time server corrects one."""

JUMP = timedelta(minutes=5)
"""More than a clock goes wrong by itself; and than two machines of one database are apart."""

LONGEST_HOLD = timedelta(minutes=3)
"""A reminder late by this does less harm than one that never comes because a clock was right after all."""

_NOTHING = timedelta(0)
_log = logging.getLogger(__name__)


def elapsed_s() -> float:
    """Seconds on a clock that no one can set and that counts sleep, where the system has one."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


@dataclass(frozen=True, slots=True)
class _Hold:
    until_s: float
    agrees: Callable[[timedelta], bool]


class TrustedClock:
    """``wall`` against ``elapsed``, in seconds. ``latest_seen`` is the latest moment of an earlier life."""

    def __init__(
        self, wall: Clock, elapsed: Callable[[], float] = elapsed_s, latest_seen: datetime | None = None
    ) -> None:
        self._wall = wall
        self.elapsed = elapsed
        self.steps = 0
        """How often somebody set the wall clock."""
        self.was_set_back = False
        self._ahead = _NOTHING
        self._lock = Lock()
        self._hold: _Hold | None = None
        self._seen_at, self._seen_s = wall(), elapsed()
        if latest_seen is not None and self._seen_at < latest_seen - JUMP:
            self._seen_at = latest_seen
            self._begin_hold(lambda step: step >= -STEP, "is behind what was seen before")

    def __call__(self) -> datetime:
        """Now, for what is due: never ahead of the database's machine by more than `STEP`."""
        return self._wall() - max(self._ahead, _NOTHING)

    def shared(self) -> datetime:
        """Now by the database's machine, for leases, which daemons on several machines have to agree on."""
        return self._wall() - self._ahead

    @property
    def holds(self) -> bool:
        """Whether nothing is to be sent, because the wall clock cannot be believed."""
        return self._hold is not None

    def compare(self, database_now: datetime | None) -> None:
        """Take note of the clock of the database's machine, just read; None where it is this one."""
        if database_now is None:
            return
        ahead = self._wall() - database_now
        apart = abs(ahead) > STEP
        if apart and self._ahead == _NOTHING:
            _log.warning("this machine's clock is %+.1f s from the database's", ahead.total_seconds())
        self._ahead = ahead if apart else _NOTHING

    def look(self) -> None:
        """Compare the two clocks. To be called every second, and before anything is sent."""
        with self._lock:
            wall, elapsed = self._wall(), self.elapsed()
            step = wall - self._seen_at - timedelta(seconds=elapsed - self._seen_s)
            if self._hold is not None:
                if not self._is_over(self._hold, step, elapsed):
                    return
            elif step > JUMP:
                self._begin_hold(lambda step: step <= STEP, "jumped forward")
                return
            self._note(step)
            self._seen_at, self._seen_s = wall, elapsed

    def _begin_hold(self, agrees: Callable[[timedelta], bool], why: str) -> None:
        self.steps += 1
        self._hold = _Hold(self.elapsed() + LONGEST_HOLD.total_seconds(), agrees)
        _log.error("the wall clock %s: nothing is sent for %d s", why, LONGEST_HOLD.total_seconds())

    def _is_over(self, hold: _Hold, step: timedelta, elapsed: float) -> bool:
        agrees = hold.agrees(step)
        if not agrees and elapsed < hold.until_s:
            return False
        self._hold = None
        why = "agree again" if agrees else "are believed as they are"
        _log.warning("sending goes on: the clocks %s", why)
        return True

    def _note(self, step: timedelta) -> None:
        if abs(step) > STEP:
            self.steps += 1
            self.was_set_back = self.was_set_back or step < _NOTHING
            _log.warning("the wall clock was set by %+.1f s", step.total_seconds())
