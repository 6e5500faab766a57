"""What a check of the plan noticed. It tells; it never changes a dose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much it asks of the reader."""

    INFO = "info"
    WARNING = "warning"
    STOP = "stop"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """``regimen`` and ``dose`` are ids, None where the finding is about more than one."""

    code: str
    severity: Severity
    regimen: str | None
    dose: str | None
    text: str
    source: str | None
