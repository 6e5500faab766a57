"""Ends a process whose loops hang, so that its supervisor starts it anew.

A loop that waits for ever on a lock or a socket raises nothing and logs nothing. So each says every few
seconds that it is alive, and where one does not, the process exits: its leases run out, another daemon takes
over, and a restart under the same name takes over at once.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from threading import Event, Thread

from scheduler.reminders.trusted_clock import TrustedClock

EXIT_STATUS = 70
"""EX_SOFTWARE of sysexits.h."""

SILENT_S = 15.0
"""Longer than a database may keep a loop waiting (10 s), and less than a lease."""

_EVERY_S = 1.0
_SLEPT_S = 5.0
_log = logging.getLogger(__name__)


class Pulse:
    """When a loop last said that it is alive."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._beat_s = elapsed()

    def beat(self) -> None:
        """I am alive."""
        self._beat_s = self._elapsed()

    @property
    def silent_s(self) -> float:
        """Seconds since."""
        return self._elapsed() - self._beat_s


def end_process() -> None:
    """Exit at once, without waiting for threads that hang."""
    logging.shutdown()
    os._exit(EXIT_STATUS)


class Watchdog:
    """Looks at ``pulses`` by name and at ``clock`` every second, in a thread of its own.

    ``on_step`` is called when somebody has set the wall clock, ``end`` when a loop is silent.
    """

    def __init__(
        self,
        clock: TrustedClock,
        pulses: Mapping[str, Pulse],
        on_step: Callable[[], None],
        end: Callable[[], None] = end_process,
    ) -> None:
        self._clock = clock
        self._pulses = pulses
        self._on_step = on_step
        self._end = end
        self._steps = clock.steps
        self._own = Pulse(clock.elapsed)
        self._stopping = Event()
        self._thread = Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._thread.join()

    def look(self) -> None:
        """One look."""
        if self._own.silent_s > _SLEPT_S:
            # The whole process slept, or the machine did: nobody could say anything.
            for pulse in self._pulses.values():
                pulse.beat()
        self._own.beat()
        self._clock.look()
        if self._clock.steps != self._steps:
            self._steps = self._clock.steps
            self._on_step()
        for name, pulse in self._pulses.items():
            if pulse.silent_s > SILENT_S:
                _log.critical("the loop %r is silent for %.0f s: the process ends", name, pulse.silent_s)
                return self._end()
        return None

    def _watch(self) -> None:
        while not self._stopping.wait(_EVERY_S):
            self.look()
