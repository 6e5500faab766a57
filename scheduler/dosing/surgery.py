"""An operation on the patient, as far as medicines keep a distance from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True, slots=True)
class Surgery:
    """On local date ``on``; ``dental``: in the mouth. What it is for is not kept."""

    on: date
    dental: bool = False
