"""The days of a cycle as people write them: ``["1-14"]``, ``["1", "8", "15"]``, ``["1,8,15"]``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from scheduler.planfile.field import fault

_PART = re.compile(r"(?P<first>[1-9]\d{0,2})(-(?P<last>[1-9]\d{0,2}))?", re.ASCII)


def days_of_cycle(written: Sequence[str]) -> tuple[int, ...]:
    """The days, from 1. Raises a fault where one cannot be read, stands twice or out of order."""
    days = [day for text in written for part in text.split(",") for day in _days(part.strip())]
    if days != sorted(set(days)):
        raise fault("must have the days of the cycle in ascending order, each once")
    return tuple(days)


def _days(part: str) -> range:
    match = _PART.fullmatch(part)
    if match is None:
        raise fault(f'has "{part}", which is neither a day such as "8" nor days such as "1-14"')
    first = int(match["first"])
    last = int(match["last"] or first)
    if last < first:
        raise fault(f'has "{part}", which ends before it begins')
    return range(first, last + 1)


def written_days(days: Sequence[int]) -> list[str]:
    """``days``, ascending, in the shortest form: runs as ``"1-14"``."""
    runs = groupby(enumerate(days), key=lambda pair: pair[1] - pair[0])
    members = ([day for _, day in run] for _, run in runs)
    return [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in members]
