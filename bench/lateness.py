"""How late things were, in seconds, and how to say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How many seconds after its instant each message was handed over, of ``asked``; below 0: early."""

    asked: int
    late: Sequence[float]

    @property
    def row(self) -> tuple[str, ...]:
        """How many were told and how many never, and what 50, 95 and 99 % stay within."""
        never = max(0, self.asked - len(self.late))
        return (f"{len(self.late):,}", f"{never:,}", *(said(self.late, share) for share in (0.5, 0.95, 0.99)))


HEADERS = ("told", "never", "half within", "95 % within", "99 % within")
"""Of `Told.row`."""


def within(late: Sequence[float], share: float) -> float:
    """The lateness that ``share`` of these stay within; they are not empty."""
    return sorted(late)[min(len(late) - 1, int(len(late) * share))]


def said(late: Sequence[float], share: float) -> str:
    """The same in words: ``0.47 s``, ``12 ms``; a dash where there is none."""
    if not late:
        return "-"
    seconds = within(late, share)
    return f"{seconds:.2f} s" if seconds >= 0.2 else f"{seconds * 1000:.0f} ms"
