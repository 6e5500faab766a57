"""Everything wrong with a plan file, told at once."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from scheduler.dosing.refusal import Path
from scheduler.errors import InputError

_LONGEST_VALUE = 60
_MOST_BITS = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One fault: where (`path` as in the file), the value there, and what is allowed instead.

    ``value`` is `NOTHING` where a key is missing.
    """

    path: Path
    value: object
    text: str

    def __str__(self) -> str:
        place = written(self.path)
        value = "" if self.value is NOTHING else f"{_shown(self.value)} "
        return f"{place}: {value}{self.text}" if place else f"{value}{self.text}"


NOTHING = object()
"""Stands for the value of a key that is not there."""


class PlanFileError(InputError):
    """A plan file with faults; ``str()`` gives a line for each."""

    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        self.file = file
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{file}: {fault}" for fault in self.faults))


def written(path: Path) -> str:
    """``("regimen", 1, "phase", 0, "every")`` as ``regimen[1].phase[0].every``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{_key(part)}" if text else _key(part)
    return text


def _key(key: str) -> str:
    """``key`` as TOML writes it: bare, or quoted so that it stays on one line."""
    bare = re.fullmatch("[A-Za-z0-9_-]+", key, re.ASCII)
    return _shortened(key if bare else json.dumps(key))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def _shown(value: object) -> str:
    match value:
        case str():
            text = json.dumps(value, ensure_ascii=False)
        case bool():
            text = str(value).lower()
        case date() | time():
            text = value.isoformat()
        case dict():
            text = "a table"
        case list():
            text = "a list"
        case int() if value.bit_length() > _MOST_BITS:
            text = "a number"  # Python refuses to write out thousands of digits
        case _:
            text = str(value)
    return _shortened(text)
