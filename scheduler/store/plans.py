"""Plans: regimen versions, holds, moves and administrations, as values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, Table, func, insert, select, update

from scheduler.clock import epoch_ms
from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import Regimen
from scheduler.formulary.formulary import Formulary
from scheduler.planfile.document import RegimenDocument
from scheduler.store import tables
from scheduler.store.patients import PatientRecord


class Origin(StrEnum):
    """How an entry came to be known, so that importing a file again replaces only what a file said."""

    FILE = "file"
    RECORDED = "recorded"


Value = TypeVar("Value", Hold, Move, Administration)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredEntry(Generic[Value]):
    """A hold, move or administration with its row."""

    row: int
    value: Value
    origin: Origin


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPlan:
    """Everything known of one patient."""

    record: PatientRecord
    regimens: tuple[Regimen, ...]
    holds: tuple[StoredEntry[Hold], ...]
    moves: tuple[StoredEntry[Move], ...]
    administrations: tuple[StoredEntry[Administration], ...]

    @property
    def plan(self) -> Plan:
        """The plan it makes."""
        return Plan(
            patient=self.record.patient,
            regimens=self.regimens,
            holds=tuple(entry.value for entry in self.holds),
            moves=tuple(entry.value for entry in self.moves),
            administrations=tuple(entry.value for entry in self.administrations),
        )


class Plans:
    """Reads and writes what was ordered and what happened."""

    def __init__(self, connection: Connection, formulary: Formulary) -> None:
        self._connection = connection
        self._formulary = formulary

    def load(self, record: PatientRecord) -> StoredPlan:
        """The plan of one patient."""
        return self.load_many([record])[0]

    def load_many(self, records: Sequence[PatientRecord]) -> list[StoredPlan]:
        """The plans of many patients, in the order asked for, with one query a table."""
        ids = [record.id for record in records]
        documents = self._current(tables.regimen_version, ids)
        holds = self._current(tables.hold, ids)
        moves = self._current(tables.move, ids)
        administrations = self._current(tables.administration, ids)
        return [
            StoredPlan(
                record=record,
                regimens=tuple(self._regimen(row, record.patient.market) for row in documents[record.id]),
                holds=tuple(_entry(row, _hold(row)) for row in holds[record.id]),
                moves=tuple(_entry(row, _move(row)) for row in moves[record.id]),
                administrations=tuple(
                    _entry(row, _administration(row)) for row in administrations[record.id]
                ),
            )
            for record in records
        ]

    def put_regimen(self, patient_id: str, regimen: Regimen, place: int, moment: datetime, on: date) -> None:
        """Add a version of ``regimen``, effective from local date ``on``; the one before stays as history."""
        table = tables.regimen_version
        same = (table.c.patient_id == patient_id) & (table.c.regimen_id == regimen.id)
        latest = self._connection.execute(select(func.max(table.c.version)).where(same)).scalar_one()
        at = epoch_ms(moment)
        superseded = update(table).where(same & table.c.superseded_at.is_(None)).values(superseded_at=at)
        self._connection.execute(superseded)
        values = {
            "patient_id": patient_id,
            "regimen_id": regimen.id,
            "version": (latest or 0) + 1,
            "place": place,
            "effective_on": on.isoformat(),
            "document": RegimenDocument.of(regimen).model_dump_json(),
            "recorded_at": at,
        }
        self._connection.execute(insert(table).values(**values))

    def add_hold(self, patient_id: str, hold: Hold, origin: Origin, moment: datetime) -> None:
        """Withhold."""
        values = {
            "regimen_id": hold.regimen,
            "first_on": hold.first.isoformat(),
            "last_on": None if hold.last is None else hold.last.isoformat(),
            "reason": hold.reason,
        }
        self._add(tables.hold, patient_id, values, origin, moment)

    def add_move(self, patient_id: str, move: Move, origin: Origin, moment: datetime) -> None:
        """Plan a dose for another time. Raises ConflictError where it is moved already."""
        values = {"dose_id": str(move.dose), "wall_to": move.to.isoformat(), "reason": move.reason}
        self._add(tables.move, patient_id, values, origin, moment)

    def add_administration(
        self, patient_id: str, administration: Administration, origin: Origin, moment: datetime
    ) -> None:
        """Record what happened. Raises ConflictError where something is recorded for the dose already."""
        values = {
            "dose_id": str(administration.dose),
            "status": administration.status.value,
            "wall_at": administration.at.isoformat(),
            "site": administration.site,
            "reason": administration.reason,
        }
        self._add(tables.administration, patient_id, values, origin, moment)

    def retract(self, entry: StoredEntry[Value], moment: datetime) -> None:
        """Take ``entry`` back; it stays as history."""
        table = _TABLES[type(entry.value)]
        self._connection.execute(
            update(table).where(table.c.id == entry.row).values(retracted_at=epoch_ms(moment))
        )

    def _add(
        self, table: Table, patient_id: str, values: dict[str, Any], origin: Origin, moment: datetime
    ) -> None:
        whose = {"patient_id": patient_id, "origin": origin.value, "recorded_at": epoch_ms(moment)}
        self._connection.execute(insert(table).values(**whose, **values))

    def _current(self, table: Table, patient_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
        ended = table.c.superseded_at if table is tables.regimen_version else table.c.retracted_at
        order = table.c.place if table is tables.regimen_version else table.c.id
        query = select(table).where(table.c.patient_id.in_(patient_ids), ended.is_(None)).order_by(order)
        found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
        for row in self._connection.execute(query):
            found[row.patient_id].append(row)
        return found

    def _regimen(self, row: Row[Any], market: Market) -> Regimen:
        document = RegimenDocument.model_validate_json(row.document)
        return document.value(document.find_product(self._formulary, market))


_TABLES: dict[type, Table] = {Hold: tables.hold, Move: tables.move, Administration: tables.administration}


def _entry(row: Row[Any], value: Value) -> StoredEntry[Value]:
    return StoredEntry(row=row.id, value=value, origin=Origin(row.origin))


def _hold(row: Row[Any]) -> Hold:
    last = None if row.last_on is None else date.fromisoformat(row.last_on)
    return Hold(regimen=row.regimen_id, first=date.fromisoformat(row.first_on), last=last, reason=row.reason)


def _move(row: Row[Any]) -> Move:
    dose = parse_occurrence_id(row.dose_id)
    return Move(dose=dose, to=datetime.fromisoformat(row.wall_to), reason=row.reason)


def _administration(row: Row[Any]) -> Administration:
    return Administration(
        dose=parse_occurrence_id(row.dose_id),
        status=AdministrationStatus(row.status),
        at=datetime.fromisoformat(row.wall_at),
        site=row.site,
        reason=row.reason,
    )
