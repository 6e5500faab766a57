"""Ending a stretch of dates, a hold or a rest, before its time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from scheduler.dosing.hold import Hold
from scheduler.dosing.site_rotation import SiteRest
from scheduler.store.plans import StoredEntry

_ONE_DAY = timedelta(days=1)

Stretch = TypeVar("Stretch", Hold, SiteRest)


def to_end(entries: Iterable[StoredEntry[Stretch]], day: date) -> list[StoredEntry[Stretch]]:
    """Those in force on local date ``day``; where none is, the next to begin."""
    ahead = [entry for entry in entries if entry.value.last is None or day <= entry.value.last]
    in_force = [entry for entry in ahead if entry.value.first <= day]
    return in_force or sorted(ahead, key=lambda entry: entry.value.first)[:1]


def before(stretch: Stretch, day: date) -> Stretch | None:
    """What is left of ``stretch`` if it is over by local date ``day``; None where it had not begun."""
    return replace(stretch, last=day - _ONE_DAY) if stretch.first < day else None
