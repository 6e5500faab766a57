"""An order that was read: the table it stands for, and what it leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenQuestion:
    """What an order does not say and a plan needs. ``key`` is "times" or "start"; ``text`` is for people.

    ``phases`` are those it is asked for, from 0. For "times", ``count`` clock times are needed. For "start",
    ``needs_time``: with the time of the first dose; ``on`` and ``at`` are the part of it that was said.
    """

    key: str
    text: str
    phases: tuple[int, ...]
    count: int = 0
    needs_time: bool = False
    on: date | None = None
    at: time | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """``table`` is that of a plan file's ``[[regimen]]`` once every question of ``open`` is answered."""

    table: dict[str, Any]
    open: tuple[OpenQuestion, ...]
