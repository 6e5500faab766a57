"""Plans: regimen versions, and what is written down beside them, as values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from typing import Any, Generic

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Row,
    Table,
    Text,
    and_,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.dosing.administration import Administration
from scheduler.dosing.confirmation import Confirmation
from scheduler.dosing.hold import Hold
from scheduler.dosing.move import Move
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Market
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.site_rotation import SiteRest
from scheduler.dosing.supply import Supply
from scheduler.dosing.surgery import Surgery
from scheduler.formulary.formulary import Formulary
from scheduler.planfile.document import RegimenDocument
from scheduler.store import tables
from scheduler.store.json_rows import as_json, ids_as_json, ids_given, json_rows
from scheduler.store.patients import PatientRecord
from scheduler.store.plan_entries import (
    ADMINISTRATIONS,
    CONFIRMATIONS,
    HOLDS,
    MOVES,
    RESTS,
    SUPPLIES,
    SURGERIES,
    Entry,
    EntryKind,
    Value,
    kind_of,
)
from scheduler.store.prepared import prepared


class Origin(StrEnum):
    """How an entry came to be known, so that importing a file again replaces only what a file said."""

    FILE = "file"
    RECORDED = "recorded"


BEGINNING = date.min
"""The date from which the first version of a regimen is in force."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredEntry(Generic[Value]):
    """What was written down, with its row, and when."""

    row: int
    value: Value
    origin: Origin
    recorded_at: datetime


Entries = tuple[StoredEntry[Value], ...]


@dataclass(frozen=True, kw_only=True)
class StoredPlan:
    """Everything known of one patient."""

    record: PatientRecord
    regimens: tuple[Regimen, ...]
    holds: Entries[Hold]
    moves: Entries[Move]
    administrations: Entries[Administration]
    rests: Entries[SiteRest]
    surgeries: Entries[Surgery] = ()
    supplies: Entries[Supply] = ()
    confirmations: Entries[Confirmation] = ()

    @property
    def entries(self) -> tuple[StoredEntry[Any], ...]:
        """All that is written down beside the regimens."""
        changed: tuple[StoredEntry[Any], ...] = (*self.holds, *self.moves, *self.administrations, *self.rests)
        return (*changed, *self.surgeries, *self.supplies, *self.confirmations)

    def having(self, entry: StoredEntry[Administration]) -> StoredPlan:
        """The same with ``entry``, which was just written down."""
        return replace(self, administrations=(*self.administrations, entry))

    def without(self, entry: StoredEntry[Administration] | StoredEntry[Move]) -> StoredPlan:
        """The same without ``entry``, which was just taken back."""
        return replace(
            self,
            administrations=tuple(other for other in self.administrations if other is not entry),
            moves=tuple(other for other in self.moves if other is not entry),
        )

    @cached_property
    def plan(self) -> Plan:
        """The plan it makes, looked through for contradictions once."""
        return Plan(
            patient=self.record.patient,
            regimens=self.regimens,
            holds=_values(self.holds),
            moves=_values(self.moves),
            administrations=_values(self.administrations),
            rests=_values(self.rests),
            clinic=self.record.clinic,
            surgeries=_values(self.surgeries),
            supplies=_values(self.supplies),
            confirmations=_values(self.confirmations),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionRecord:
    """A version of a regimen as it was written down. ``superseded_at`` None: it is part of the regimen."""

    number: int
    regimen: Regimen
    effective_on: date
    recorded_at: datetime
    superseded_at: datetime | None


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
        if not records:
            return []
        recorded = self._entries(ADMINISTRATIONS, [record.id for record in records])
        return [_recorded(stored, recorded) for stored in self._without_records(records)]

    def load_recent(
        self, records: Sequence[PatientRecord], first_of: Callable[[StoredPlan], date]
    ) -> list[StoredPlan]:
        """As `load_many`, without the records of doses that a grid planned for a date before ``first_of``.

        That is told each plan as it is without its records.
        """
        if not records:
            return []
        plans = self._without_records(records)
        recorded = self._recorded_from({stored.record.id: first_of(stored) for stored in plans})
        return [_recorded(stored, recorded) for stored in plans]

    def _without_records(self, records: Sequence[PatientRecord]) -> list[StoredPlan]:
        ids = [record.id for record in records]
        documents = self._current(tables.regimen_version, ids)
        holds, moves = self._entries(HOLDS, ids), self._entries(MOVES, ids)
        rests, surgeries = self._entries(RESTS, ids), self._entries(SURGERIES, ids)
        supplies, confirmations = self._entries(SUPPLIES, ids), self._entries(CONFIRMATIONS, ids)
        return [
            StoredPlan(
                record=record,
                regimens=self._regimens(documents[record.id], record.patient.market),
                holds=holds[record.id],
                moves=moves[record.id],
                administrations=(),
                rests=rests[record.id],
                surgeries=surgeries[record.id],
                supplies=supplies[record.id],
                confirmations=confirmations[record.id],
            )
            for record in records
        ]

    def put_regimen(self, patient_id: str, regimen: Regimen, place: int, moment: datetime, on: date) -> None:
        """Add a version of ``regimen``, in force from local date ``on``; the first one from the beginning.

        Versions that were to be in force from that date or a later one are superseded; all stay as history.
        """
        table = tables.regimen_version
        same = (table.c.patient_id == patient_id) & (table.c.regimen_id == regimen.id)
        latest = self._connection.execute(select(func.max(table.c.version)).where(same)).scalar_one()
        effective_on = (BEGINNING if latest is None else on).isoformat()
        shadowed = same & table.c.superseded_at.is_(None) & (table.c.effective_on >= effective_on)
        at = self._next_change(same, moment)
        self._connection.execute(update(table).where(shadowed).values(superseded_at=at))
        values = {
            "patient_id": patient_id,
            "regimen_id": regimen.id,
            "version": (latest or 0) + 1,
            "place": place,
            "effective_on": effective_on,
            "document": RegimenDocument.of(regimen).model_dump_json(),
            "recorded_at": at,
        }
        self._connection.execute(insert(table).values(**values))

    def take_back_version(self, patient_id: str, regimen_id: str, moment: datetime) -> bool:
        """Supersede the version written last and put back those that it had superseded.

        False where there is no version before it.
        """
        table = tables.regimen_version
        same = (table.c.patient_id == patient_id) & (table.c.regimen_id == regimen_id)
        standing = select(table).where(same, table.c.superseded_at.is_(None), table.c.version > 1)
        last = self._connection.execute(standing.order_by(table.c.version.desc()).limit(1)).first()
        if last is None:
            return False
        taken_back = update(table).where(same, table.c.version == last.version)
        self._connection.execute(taken_back.values(superseded_at=self._next_change(same, moment)))
        put_back = same & (table.c.superseded_at == last.recorded_at) & (table.c.version < last.version)
        self._connection.execute(update(table).where(put_back).values(superseded_at=None))
        return True

    def _next_change(self, same: ColumnElement[bool], moment: datetime) -> int:
        """``moment``, or just after the last change of these versions: each change has a time of its own.

        By that time `take_back_version` knows what a version had superseded.
        """
        table = tables.regimen_version
        query = select(func.max(table.c.recorded_at), func.max(table.c.superseded_at)).where(same)
        written, superseded = self._connection.execute(query).one()
        return max(epoch_ms(moment), (written or 0) + 1, (superseded or 0) + 1)

    def history(self, record: PatientRecord, regimen_id: str) -> list[VersionRecord]:
        """Every version of a regimen that was ever written down, in the order of writing."""
        table = tables.regimen_version
        query = select(table).where(table.c.patient_id == record.id, table.c.regimen_id == regimen_id)
        rows = self._connection.execute(query.order_by(table.c.version))
        return [self._version_record(row, record.patient.market) for row in rows]

    def taken_back_from_file(self, patient_id: str) -> frozenset[Hold | SiteRest]:
        """The holds and rests that a file had said and that no longer stand as it said them."""
        found: set[Hold | SiteRest] = set()
        for kind in (HOLDS, RESTS):
            table = kind.table
            of_file = (table.c.patient_id == patient_id) & (table.c.origin == Origin.FILE.value)
            rows = self._connection.execute(select(table).where(of_file, table.c.retracted_at.is_not(None)))
            found |= {kind.read(row) for row in rows}
        return frozenset(found)

    def add(self, patient_id: str, value: Entry, origin: Origin, moment: datetime) -> StoredEntry[Any]:
        """Write ``value`` down; how it stands now.

        Raises ConflictError for a move of a dose that is moved already, and for a record of one that has one.
        """
        kind = kind_of(value)
        whose = {"patient_id": patient_id, "origin": origin.value, "recorded_at": epoch_ms(moment)}
        added = self._connection.execute(insert(kind.table).values(**whose, **kind.columns(value)))
        (row,) = added.inserted_primary_key or (0,)
        recorded_at = from_epoch_ms(epoch_ms(moment))
        return StoredEntry(row=row, value=value, origin=origin, recorded_at=recorded_at)

    def retract(self, entry: StoredEntry[Value], moment: datetime) -> None:
        """Take ``entry`` back; it stays as history."""
        table = kind_of(entry.value).table
        self._connection.execute(
            update(table).where(table.c.id == entry.row).values(retracted_at=epoch_ms(moment))
        )

    def _entries(self, kind: EntryKind[Value], ids: Sequence[str]) -> dict[str, Entries[Value]]:
        """What stands of each patient, in the order of writing."""
        return _read(kind, self._current(kind.table, ids), ids)

    def _recorded_from(self, first: Mapping[str, date]) -> dict[str, Entries[Administration]]:
        given = as_json([(patient_id, day.isoformat()) for patient_id, day in first.items()])
        rows = _recorded_from(self._connection.dialect).records(self._connection, given)
        return _read(ADMINISTRATIONS, _by_patient(rows), first)

    def _current(self, table: Table, patient_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
        query = standing(self._connection.dialect, table)
        return _by_patient(query.records(self._connection, ids_as_json(patient_ids)))

    def _regimens(self, rows: Sequence[Row[Any]], market: Market) -> tuple[Regimen, ...]:
        """The regimens of one patient in their places, each with the versions it amends."""
        by_place: dict[int, Regimen] = {}
        for _, versions in groupby(rows, key=lambda row: row.regimen_id):
            regimen: Regimen | None = None
            for row in versions:
                version = self._regimen(row, market)
                regimen = version if regimen is None else _amending(version, regimen, row.effective_on)
                place = row.place
            if regimen is not None:
                by_place[place] = regimen
        return tuple(regimen for _, regimen in sorted(by_place.items()))

    def _regimen(self, row: Row[Any], market: Market) -> Regimen:
        document = RegimenDocument.model_validate_json(row.document)
        return document.value(document.find_product(self._formulary, market))

    def _version_record(self, row: Row[Any], market: Market) -> VersionRecord:
        return VersionRecord(
            number=row.version,
            regimen=self._regimen(row, market),
            effective_on=date.fromisoformat(row.effective_on),
            recorded_at=from_epoch_ms(row.recorded_at),
            superseded_at=None if row.superseded_at is None else from_epoch_ms(row.superseded_at),
        )


@prepared
def standing(dialect: str, table: Table) -> Executable:
    """What stands of many patients in ``table``: regimens by id and date, entries in the order of writing."""
    is_version = table is tables.regimen_version
    ended = table.c.superseded_at if is_version else table.c.retracted_at
    order = (table.c.regimen_id, table.c.effective_on) if is_version else (table.c.id,)
    theirs = table.c.patient_id.in_(ids_given(dialect))
    return select(table).where(theirs, ended.is_(None)).order_by(*order)


@prepared
def _recorded_from(dialect: str) -> Executable:
    """As `standing`, of what was recorded, without the doses whose ids have a date before the one given."""
    table = tables.administration
    given = json_rows(dialect, {"patient_id": Text, "first_on": Text})
    planned_on = _date_in(dialect, table.c.dose_id)
    theirs = and_(table.c.patient_id == given.c.patient_id, table.c.retracted_at.is_(None))
    counts = or_(planned_on == "", planned_on >= given.c.first_on)
    return select(table).where(theirs, counts).order_by(table.c.id)


def _date_in(dialect: str, dose_id: ColumnElement[str]) -> ColumnElement[str]:
    """The date in the id of a dose of a grid; empty in another's."""
    place = func.strpos(dose_id, "@") if dialect == "postgresql" else func.instr(dose_id, "@")
    return case((place > 0, func.substr(dose_id, place + 1, 10)), else_="")


def _by_patient(rows: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append(row)
    return found


def _read(
    kind: EntryKind[Value], rows: Mapping[str, Sequence[Row[Any]]], ids: Iterable[str]
) -> dict[str, Entries[Value]]:
    return {patient_id: tuple(_entry(row, kind.read(row)) for row in rows[patient_id]) for patient_id in ids}


def _recorded(stored: StoredPlan, recorded: Mapping[str, Entries[Administration]]) -> StoredPlan:
    return replace(stored, administrations=recorded[stored.record.id])


def _values(entries: Entries[Value]) -> tuple[Value, ...]:
    return tuple(entry.value for entry in entries)


def _amending(version: Regimen, amended: Regimen, effective_on: str) -> Regimen:
    return replace(version, amends=amended, effective_on=date.fromisoformat(effective_on))


def _entry(row: Row[Any], value: Value) -> StoredEntry[Value]:
    recorded_at = from_epoch_ms(row.recorded_at)
    return StoredEntry(row=row.id, value=value, origin=Origin(row.origin), recorded_at=recorded_at)
