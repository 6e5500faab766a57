"""Reading and wording a digest at the moment it is sent, so that it tells how things stand then."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from scheduler.dosing.patient import initials
from scheduler.errors import StoreError
from scheduler.fault_log import log_fault
from scheduler.formulary.formulary import Formulary
from scheduler.formulary.lead import Lead, LeadChoice
from scheduler.reminders.digest_choice import WhenEmpty
from scheduler.reminders.digest_contents import NOTHING_TO_TELL, DigestDay, patient_day
from scheduler.reminders.digest_message import Digest, ToldPatient, digest_message
from scheduler.reminders.digest_planner import EMPTY, LEADS, PRIVACY
from scheduler.reminders.message import Message
from scheduler.reminders.wanted import FULL
from scheduler.store.caseloads import CaseloadRecord
from scheduler.store.plans import StoredPlan
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store, UnitOfWork

FIRST_LOOK_BACK = timedelta(days=1)
"""How far back the first digest of a contact point looks for what was missed."""

_LONGEST_LOOK_BACK = timedelta(days=8)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestRequest:
    """A digest of ``caseload_id`` for one contact point, for the wall time ``wall_due`` in ``zone``.

    ``recipient_id`` None: nobody in particular, to see what it would say.
    """

    caseload_id: str
    recipient_id: str | None
    wall_due: datetime
    zone: ZoneInfo
    due_at: datetime
    is_full: bool
    when_empty: WhenEmpty
    leads: LeadChoice

    @classmethod
    def of(cls, record: ReminderRecord) -> DigestRequest:
        """What the row of a digest asks for."""
        return cls(
            caseload_id=record.subject_id,
            recipient_id=record.recipient_id,
            wall_due=record.wall_due,
            zone=ZoneInfo(record.zone),
            due_at=record.dose_due_at,
            is_full=record.policy.get(PRIVACY) == FULL,
            when_empty=WhenEmpty(record.policy.get(EMPTY, WhenEmpty.TELL)),
            leads=LeadChoice.parse(record.policy.get(LEADS, "").split()),
        )


class DigestWriter:
    """Safe to share between threads. One digest is worked out at a time: it keeps a processor busy."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()

    def message(self, record: ReminderRecord, moment: datetime) -> Message | None:
        """The digest of ``record`` as things stand at ``moment``; None: there is nothing to tell.

        Raises StoreError, NotFoundError where the caseload is gone.
        """
        request = DigestRequest.of(record)
        with self._lock:
            digest = read_digest_of(self._store, request, moment)
        silent = request.when_empty is WhenEmpty.SILENT and digest.is_empty
        return None if silent else digest_message(digest)


def read_digest_of(store: Store, request: DigestRequest, moment: datetime) -> Digest:
    """Everything that the digest tells, from one view of the database. Raises StoreError, NotFoundError."""
    with store.reading() as work:
        caseload = work.caseloads.get(request.caseload_id)
        places = {member.patient_id: member.place for member in work.caseloads.members(caseload.id)}
        stored = list(_readable(work, list(places)))
        since = _since(work, request, moment)
        formulary = work.formulary
    # Doses are worked out with the transaction closed: for a whole clinic it takes its time.
    day = DigestDay.of(moment, since, request.zone)
    told = list(_told(stored, places, day, formulary, request.leads))
    return _digest(caseload, request, day, told, unread=len(places) - len(told))


def _digest(
    caseload: CaseloadRecord,
    request: DigestRequest,
    day: DigestDay,
    told: Sequence[ToldPatient],
    *,
    unread: int,
) -> Digest:
    return Digest(
        title=caseload.name if request.is_full else caseload.id,
        day=day,
        wall_due=request.wall_due,
        due_at=request.due_at,
        is_full=request.is_full,
        patients=tuple(told),
        unread=unread,
    )


def _since(work: UnitOfWork, request: DigestRequest, moment: datetime) -> datetime:
    last = None
    if request.recipient_id is not None:
        last = work.digests.last_told_at(request.caseload_id, request.recipient_id)
    return max(last or moment - FIRST_LOOK_BACK, moment - _LONGEST_LOOK_BACK)


def _readable(work: UnitOfWork, patient_ids: Sequence[str]) -> Iterator[StoredPlan]:
    """Their plans together; if that fails, one by one, so that one bad plan hides nobody else."""
    try:
        yield from work.plans.load_many(work.patients.many(patient_ids))
    except StoreError:
        raise
    except Exception as error:
        if len(patient_ids) == 1:
            log_fault(_log, f"patient={patient_ids[0]} cannot be told of in a digest", error)
            return
        for patient_id in patient_ids:
            yield from _readable(work, [patient_id])


def _told(
    plans: Sequence[StoredPlan],
    places: Mapping[str, str],
    day: DigestDay,
    formulary: Formulary,
    choice: LeadChoice,
) -> Iterator[ToldPatient]:
    for stored in plans:
        record, found = stored.record, NOTHING_TO_TELL
        try:
            if stored.regimens:
                found = patient_day(stored.plan, day, _leads(stored, formulary, choice))
        except Exception as error:
            log_fault(_log, f"patient={record.id} cannot be told of in a digest", error)
            continue
        called = initials(record.patient.name) or "?"
        yield ToldPatient(id=record.id, called=called, place=places[record.id], day=found)


def _leads(stored: StoredPlan, formulary: Formulary, choice: LeadChoice) -> dict[str, tuple[Lead, ...]]:
    market = stored.record.patient.market
    entries = ((r, formulary.of_product(r.product, market)) for r in stored.regimens)
    return {regimen.id: choice.leads(regimen.product, entry) for regimen, entry in entries}
