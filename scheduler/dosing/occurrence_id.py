"""The permanent name of a planned dose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from scheduler.dosing.frozen import maker_of
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.regimen import check_regimen_id

_GRID = re.compile(r"(?P<regimen>[^@#]+)@(?P<on>\d{4}-\d\d-\d\d)/(?P<slot>[1-9]\d?)", re.ASCII)
_CHAIN = re.compile(r"(?P<regimen>[^@#]+)#(?P<number>[1-9]\d{0,5})", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class GridId:
    """A dose of a fixed grid: the local date and slot as first planned. Written ``octreotide@2026-12-03/2``.

    Holds no clock time and no UTC, so a move, a journey or a change of tz data cannot change it.
    """

    regimen: str
    on: date
    slot: int

    def __str__(self) -> str:
        return f"{self.regimen}@{self.on.isoformat()}/{self.slot}"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ChainId:
    """The ``number``-th dose, from 1, of a regimen counted from what was given. Written ``lar#3``."""

    regimen: str
    number: int

    def __str__(self) -> str:
        return f"{self.regimen}#{self.number}"


OccurrenceId = GridId | ChainId

make_grid_id = maker_of(GridId)


def parse_occurrence_id(text: str) -> OccurrenceId:
    """Read what ``str()`` of an id wrote. Raises DosingError for anything else."""
    if match := _GRID.fullmatch(text):  # first, because there are more of them, a thousand in a year
        check_regimen_id(match["regimen"])
        return make_grid_id(regimen=match["regimen"], on=_date(match["on"]), slot=int(match["slot"]))
    if match := _CHAIN.fullmatch(text):
        check_regimen_id(match["regimen"])
        return ChainId(regimen=match["regimen"], number=int(match["number"]))
    raise DosingError(f'{text!r} is not the id of a dose, such as "octreotide@2026-12-03/2" or "lar#3"')


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DosingError(f"{text!r} is not a date") from None
