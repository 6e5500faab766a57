"""What is written down beside the regimens, each kind with its table and the way there and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Row, Table

from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.dosing.site_rotation import SiteRest
from scheduler.dosing.supply import Supply
from scheduler.dosing.surgery import Surgery
from scheduler.store import tables

Entry = Hold | Move | Administration | SiteRest | Surgery | Supply | Confirmation
"""Anything that is written down of a plan beside its regimens."""

Value = TypeVar("Value", Hold, Move, Administration, SiteRest, Surgery, Supply, Confirmation)


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryKind(Generic[Value]):
    """Where values of ``kind`` are kept. ``columns`` and ``read`` undo each other."""

    kind: type[Value]
    table: Table
    columns: Callable[[Value], dict[str, Any]]
    read: Callable[[Row[Any]], Value]


def _hold_columns(hold: Hold) -> dict[str, Any]:
    return {"regimen_id": hold.regimen, **_stretch(hold), "reason": hold.reason}


def _read_hold(row: Row[Any]) -> Hold:
    return Hold(regimen=row.regimen_id, first=_date(row.first_on), last=_last(row), reason=row.reason)


def _rest_columns(rest: SiteRest) -> dict[str, Any]:
    return {"site": rest.site, **_stretch(rest), "reason": rest.reason}


def _read_rest(row: Row[Any]) -> SiteRest:
    return SiteRest(site=row.site, first=_date(row.first_on), last=_last(row), reason=row.reason)


def _stretch(stretch: Hold | SiteRest) -> dict[str, Any]:
    last = stretch.last
    return {"first_on": stretch.first.isoformat(), "last_on": None if last is None else last.isoformat()}


def _last(row: Row[Any]) -> date | None:
    return None if row.last_on is None else _date(row.last_on)


def _move_columns(move: Move) -> dict[str, Any]:
    return {"dose_id": str(move.dose), "wall_to": move.to.isoformat(), "reason": move.reason}


def _read_move(row: Row[Any]) -> Move:
    return Move(
        dose=parse_occurrence_id(row.dose_id), to=datetime.fromisoformat(row.wall_to), reason=row.reason
    )


def _administration_columns(administration: Administration) -> dict[str, Any]:
    return {
        "dose_id": str(administration.dose),
        "status": administration.status.value,
        "wall_at": administration.at.isoformat(),
        "site": administration.site,
        "reason": administration.reason,
    }


def _read_administration(row: Row[Any]) -> Administration:
    return Administration(
        dose=parse_occurrence_id(row.dose_id),
        status=AdministrationStatus(row.status),
        at=datetime.fromisoformat(row.wall_at),
        site=row.site,
        reason=row.reason,
    )


def _surgery_columns(surgery: Surgery) -> dict[str, Any]:
    return {"planned_on": surgery.on.isoformat(), "dental": surgery.dental}


def _read_surgery(row: Row[Any]) -> Surgery:
    return Surgery(on=_date(row.planned_on), dental=bool(row.dental))


def _supply_columns(supply: Supply) -> dict[str, Any]:
    return {
        "regimen_id": supply.regimen,
        "label": supply.label,
        "wall_out": _written(supply.out_at),
        "wall_back": _written(supply.back_at),
        "wall_opened": _written(supply.opened_at),
    }


def _read_supply(row: Row[Any]) -> Supply:
    return Supply(
        regimen=row.regimen_id,
        label=row.label,
        out_at=_time(row.wall_out),
        back_at=_time(row.wall_back),
        opened_at=_time(row.wall_opened),
    )


def _confirmation_columns(confirmation: Confirmation) -> dict[str, Any]:
    return {
        "regimen_id": confirmation.regimen,
        "code": confirmation.code,
        "reason": confirmation.reason,
    }


def _read_confirmation(row: Row[Any]) -> Confirmation:
    return Confirmation(regimen=row.regimen_id, code=row.code, reason=row.reason)


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


HOLDS = EntryKind(kind=Hold, table=tables.hold, columns=_hold_columns, read=_read_hold)
MOVES = EntryKind(kind=Move, table=tables.move, columns=_move_columns, read=_read_move)
ADMINISTRATIONS = EntryKind(
    kind=Administration,
    table=tables.administration,
    columns=_administration_columns,
    read=_read_administration,
)
RESTS = EntryKind(kind=SiteRest, table=tables.rest, columns=_rest_columns, read=_read_rest)
SURGERIES = EntryKind(kind=Surgery, table=tables.surgery, columns=_surgery_columns, read=_read_surgery)
SUPPLIES = EntryKind(kind=Supply, table=tables.supply, columns=_supply_columns, read=_read_supply)
CONFIRMATIONS = EntryKind(
    kind=Confirmation, table=tables.confirmation, columns=_confirmation_columns, read=_read_confirmation
)

_KINDS: dict[type, EntryKind[Any]] = {
    kind.kind: kind for kind in (HOLDS, MOVES, ADMINISTRATIONS, RESTS, SURGERIES, SUPPLIES, CONFIRMATIONS)
}


def kind_of(value: Entry) -> EntryKind[Any]:
    """Where ``value`` is kept."""
    return _KINDS[type(value)]
