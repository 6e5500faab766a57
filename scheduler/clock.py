"""The only place that reads a clock. Everything below takes the moment as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """The present moment, UTC, aware."""
    return datetime.now(UTC)


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00Z of an aware ``moment``, rounded down."""
    return int(moment.timestamp() * 1000 // 1)


def from_epoch_ms(milliseconds: int) -> datetime:
    """The aware UTC moment of ``milliseconds`` since 1970-01-01T00:00Z."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def monotonic() -> float:
    """Seconds on a clock that no one can set; only differences mean anything."""
    return time.monotonic()
