"""How long to wait before trying again."""

from __future__ import annotations

from datetime import timedelta

_FIRST = timedelta(seconds=2)
_LONGEST = timedelta(minutes=5)


_AFTER_LOSSES = timedelta(seconds=30)


def pause_after_loss(times: int) -> timedelta:
    """How long a reminder waits whose daemon died ``times`` times while sending it: none the first time.

    Later long enough for everything else to be sent, in case it is the reminder that ends the daemons.
    """
    return _AFTER_LOSSES if times > 1 else timedelta(0)


def backoff(attempt: int, chance: float, floor: timedelta | None = None) -> timedelta:
    """The wait after ``attempt`` (from 1) failed: doubling from 2 s to 5 min, at least ``floor``.

    Half of it is fixed and half is scaled by ``chance`` (0 to 1), so that many reminders refused at one
    moment do not come back at one moment.
    """
    doublings: int = 2 ** min(attempt - 1, 20)
    full = min(_LONGEST, _FIRST * doublings)
    return max(full / 2 + full / 2 * chance, floor or timedelta(0))
