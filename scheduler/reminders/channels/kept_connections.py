"""Connections that stay open between two mails: greeting, encryption and login cost more than a mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock

from scheduler.clock import monotonic
from scheduler.reminders.channels.smtp_connection import SmtpConnection

LONGEST_IDLE_S = 8.0
"""Postfix hangs up after 300 s, and after 10 s when it is under stress (smtpd_timeout)."""

MOST_MAILS = 100
"""Over one connection. Providers that count them ask for another after about as many."""


class KeptConnections:
    """Open connections that nobody uses now. Safe to share between threads.

    `close` it at the end.
    """

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        self._elapsed = elapsed
        self._lock = Lock()
        self._kept: list[tuple[float, SmtpConnection]] = []  # the last used last

    def take(self) -> SmtpConnection | None:
        """The one that was last used, or None. It is the caller's until it is put back."""
        with self._lock:
            stale = self._without_stale()
            kept = self._kept.pop()[1] if self._kept else None
        _close_all(stale)
        return kept

    def put(self, connection: SmtpConnection) -> None:
        """Keep one that has just sent a mail and is ready for another, unless it has served enough."""
        connection.mails += 1
        if connection.mails >= MOST_MAILS:
            connection.hang_up()
            return
        with self._lock:
            self._kept.append((self._elapsed(), connection))
            stale = self._without_stale()
        _close_all(stale)

    def close(self) -> None:
        """Hang up on all of them."""
        with self._lock:
            kept = list(self._kept)
            self._kept.clear()
        _close_all(kept)

    def _without_stale(self) -> list[tuple[float, SmtpConnection]]:
        """Those that were idle for too long, which are then gone from here."""
        until = self._elapsed() - LONGEST_IDLE_S
        stale = [entry for entry in self._kept if entry[0] < until]
        del self._kept[: len(stale)]
        return stale


def _close_all(kept: Iterable[tuple[float, SmtpConnection]]) -> None:
    for _, connection in kept:
        connection.hang_up()
