"""Caseloads: the patients a nurse or a clinic answers for, and how often who belongs there has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.errors import NotFoundError
from scheduler.store import tables

_caseload, _member, _patient = tables.caseload, tables.caseload_member, tables.patient


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseloadRecord:
    """A caseload as stored. Its day begins at midnight in ``zone``.

    ``revision`` grows by one with every change of who belongs to it or of a place.
    """

    id: str
    name: str
    zone: ZoneInfo
    revision: int
    revised_at: datetime
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A patient of a caseload. ``place`` is where to find them, such as "room 12"; it may be empty."""

    patient_id: str
    place: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseloadMark:
    """Equal at two moments only where nothing of a caseload or of its patients' plans changed between them.

    While ``revision`` stays, nobody comes and no place changes: patients can only be deleted, which makes
    ``members`` less; and while both stay, the same people's revisions only grow, and ``patient_revisions``,
    their sum, with any of them. ``revised_at`` is the latest change of all.
    """

    revision: int
    members: int
    patient_revisions: int
    revised_at: datetime


class Caseloads:
    """Reads and writes the ``caseload`` and ``caseload_member`` tables.

    Who locks patients too locks them first, so that no two wait for each other.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, caseload_id: str, name: str, zone: ZoneInfo, moment: datetime) -> None:
        """Raises ConflictError, on commit or before, where the id is taken."""
        at = epoch_ms(moment)
        values = {"id": caseload_id, "name": name, "zone": zone.key, "revision": 1}
        self._connection.execute(insert(_caseload).values(**values, revised_at=at, created_at=at))

    def lock(self, caseload_id: str) -> CaseloadRecord:
        """The caseload, which no other transaction changes until this one ends. Raises NotFoundError."""
        return self._get(caseload_id, for_update=True)

    def lock_many(self, caseload_ids: Sequence[str]) -> list[CaseloadRecord]:
        """Those of these caseloads that are still there, locked as `lock` does, by id."""
        query = select(_caseload).where(_caseload.c.id.in_(caseload_ids))
        rows = self._connection.execute(query.order_by(_caseload.c.id).with_for_update())
        return [_record(row) for row in rows]

    def get(self, caseload_id: str) -> CaseloadRecord:
        """Raises NotFoundError."""
        return self._get(caseload_id, for_update=False)

    def exists(self, caseload_id: str) -> bool:
        """Whether there is such a caseload."""
        return self._connection.execute(select(_caseload.c.id).where(_is(caseload_id))).first() is not None

    def all(self) -> list[CaseloadRecord]:
        """Every caseload, by id."""
        return [_record(row) for row in self._connection.execute(select(_caseload).order_by(_caseload.c.id))]

    def sizes(self) -> dict[str, int]:
        """How many patients each caseload has; one without any is left out."""
        column = _member.c.caseload_id
        rows = self._connection.execute(select(column, func.count()).group_by(column))
        return {row[0]: row[1] for row in rows}

    def members(self, caseload_id: str) -> list[Member]:
        """Who belongs to it, in order of patient id; nobody where there is no such caseload."""
        query = select(_member).where(_member.c.caseload_id == caseload_id).order_by(_member.c.patient_id)
        rows = self._connection.execute(query)
        return [Member(patient_id=row.patient_id, place=row.place) for row in rows]

    def of_patient(self, patient_id: str) -> list[CaseloadRecord]:
        """The caseloads that a patient belongs to, by id."""
        return self._of_patient(patient_id, for_update=False)

    def mark(self, caseload_id: str) -> CaseloadMark:
        """What tells in one query whether anything changed. Raises NotFoundError."""
        patient_revisions = func.coalesce(func.sum(_patient.c.revision), 0)
        query = (
            select(
                _caseload.c.revision,
                func.count(_patient.c.id),
                patient_revisions,
                _caseload.c.revised_at,
                func.max(_patient.c.revised_at),
            )
            .select_from(_caseload.outerjoin(_member).outerjoin(_patient))
            .where(_is(caseload_id))
            .group_by(_caseload.c.id)
        )
        row = self._connection.execute(query).first()
        if row is None:
            raise _unknown(caseload_id)
        revised_at = from_epoch_ms(max(row[3], row[4] or 0))
        return CaseloadMark(
            revision=row[0], members=row[1], patient_revisions=int(row[2]), revised_at=revised_at
        )

    def add_member(self, caseload_id: str, patient_id: str, place: str, moment: datetime) -> None:
        """Take a patient in, or note another ``place`` for one who belongs to it already.

        Raises NotFoundError for an unknown caseload, ConflictError for a patient who is not there.
        """
        self.lock(caseload_id)
        known = self._place(caseload_id, patient_id)
        if known == place:
            return
        self._revise(caseload_id, moment)
        if known is None:
            values = {"caseload_id": caseload_id, "patient_id": patient_id, "added_at": epoch_ms(moment)}
            self._connection.execute(insert(_member).values(**values, place=place))
        else:
            self._connection.execute(
                update(_member).where(_is_member(caseload_id, patient_id)).values(place=place)
            )

    def remove_member(self, caseload_id: str, patient_id: str, moment: datetime) -> None:
        """The patient belongs to it no more. Raises NotFoundError, also where they never did."""
        self.lock(caseload_id)
        if self._place(caseload_id, patient_id) is None:
            raise NotFoundError(f"{patient_id!r} is not in the caseload {caseload_id!r}")
        self._revise(caseload_id, moment)
        self._connection.execute(delete(_member).where(_is_member(caseload_id, patient_id)))

    def count_removal(self, patient_id: str) -> None:
        """Count a change of each caseload of a patient who is about to be deleted. Lock the patient first."""
        for record in self._of_patient(patient_id, for_update=True):
            # A removal has no moment of its own; a second after the last change it is still a later one.
            self._revise(record.id, record.revised_at)

    def remove(self, caseload_id: str) -> None:
        """Delete the caseload, its feeds and its digests; the patients stay. Raises NotFoundError."""
        if self._connection.execute(delete(_caseload).where(_is(caseload_id))).rowcount == 0:
            raise _unknown(caseload_id)

    def _revise(self, caseload_id: str, moment: datetime) -> None:
        """Count a change, at ``moment`` or, if clocks went back, a second after the last one of the mark."""
        at = max(epoch_ms(moment), epoch_ms(self.mark(caseload_id).revised_at) + 1000)
        values = {"revision": _caseload.c.revision + 1, "revised_at": at}
        self._connection.execute(update(_caseload).where(_is(caseload_id)).values(**values))

    def _place(self, caseload_id: str, patient_id: str) -> str | None:
        """None where the patient does not belong to it."""
        query = select(_member.c.place).where(_is_member(caseload_id, patient_id))
        return self._connection.execute(query).scalar()

    def _of_patient(self, patient_id: str, *, for_update: bool) -> list[CaseloadRecord]:
        joined = select(_caseload).join(_member).where(_member.c.patient_id == patient_id)
        query = joined.order_by(_caseload.c.id)
        rows = self._connection.execute(query.with_for_update(of=_caseload) if for_update else query)
        return [_record(row) for row in rows]

    def _get(self, caseload_id: str, *, for_update: bool) -> CaseloadRecord:
        query = select(_caseload).where(_is(caseload_id))
        row = self._connection.execute(query.with_for_update() if for_update else query).first()
        if row is None:
            raise _unknown(caseload_id)
        return _record(row)


def _is(caseload_id: str) -> ColumnElement[bool]:
    return _caseload.c.id == caseload_id


def _is_member(caseload_id: str, patient_id: str) -> ColumnElement[bool]:
    return (_member.c.caseload_id == caseload_id) & (_member.c.patient_id == patient_id)


def _record(row: Row[Any]) -> CaseloadRecord:
    return CaseloadRecord(
        id=row.id,
        name=row.name,
        zone=ZoneInfo(row.zone),
        revision=row.revision,
        revised_at=from_epoch_ms(row.revised_at),
        created_at=from_epoch_ms(row.created_at),
    )


def _unknown(caseload_id: str) -> NotFoundError:
    return NotFoundError(f"there is no caseload {caseload_id!r}; see 'dosecal caseload list'")
