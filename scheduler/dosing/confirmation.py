"""A finding that somebody looked at and answered for."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.dosing.refusal import DosingError


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """``code`` of a finding about ``regimen`` is answered for by ``reason``: who ordered it, or why."""

    regimen: str
    code: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise DosingError(f"the confirmation of {self.code} needs a reason")
