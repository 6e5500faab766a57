"""The digest of a caseload's day: choosing when it comes, and looking at what it would say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scheduler.reminders.digest_choice import DigestChoice, digest_times
from scheduler.reminders.digest_document import choice_in_force, read_digest
from scheduler.reminders.digest_message import digest_message
from scheduler.reminders.digest_planner import plan_digests
from scheduler.reminders.digest_writer import DigestRequest, read_digest_of
from scheduler.reminders.message import Message
from scheduler.store.caseloads import CaseloadRecord
from scheduler.store.digests import DigestRecord
from scheduler.store.recipients import RecipientRecord
from scheduler.store.unit_of_work import Store, UnitOfWork

_A_WEEK = timedelta(days=8)


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestView:
    """What is in force for a caseload. ``next_at``: when the next digest is due; None: there is none."""

    record: CaseloadRecord
    choice: DigestChoice
    contacts: tuple[RecipientRecord, ...]
    next_at: datetime | None


def show_digest(store: Store, caseload_id: str, moment: datetime) -> DigestView:
    """What is in force at the aware ``moment``. Raises NotFoundError."""
    with store.reading() as work:
        return _view(work, work.caseloads.get(caseload_id), moment)


def set_digest(
    store: Store, caseload_id: str, moment: datetime, *, chosen: Mapping[str, Any], rehearsed: bool = False
) -> DigestView:
    """Let ``chosen``, the keys of a digest document, stand beside what was chosen before, and plan by it.

    Raises NotFoundError, InputError with every fault of what is chosen.
    """
    with store.rehearsal() if rehearsed else store.transaction() as work:
        record = work.caseloads.lock(caseload_id)
        # What came due until now did so by what was chosen until now.
        plan_digests(work, [record], moment)
        document = read_digest({**_known(work, caseload_id), **chosen}).chosen()
        work.digests.put(DigestRecord(caseload_id=caseload_id, document=document, set_at=moment))
        plan_digests(work, [record], moment)
        return _view(work, record, moment)


def preview_digest(store: Store, caseload_id: str, moment: datetime, *, is_full: bool) -> Message:
    """What a digest would say at the aware ``moment`` to somebody who never got one. Raises NotFoundError."""
    view = show_digest(store, caseload_id, moment)
    zone = view.choice.zone or view.record.zone
    request = DigestRequest(
        caseload_id=caseload_id,
        recipient_id=None,
        wall_due=moment.astimezone(zone).replace(tzinfo=None),
        zone=zone,
        due_at=moment,
        is_full=is_full,
        when_empty=view.choice.when_empty,
        leads=view.choice.leads,
    )
    return digest_message(read_digest_of(store, request, moment))


def _view(work: UnitOfWork, record: CaseloadRecord, moment: datetime) -> DigestView:
    choice = choice_in_force(_known(work, record.id))
    contacts = work.recipients.of_caseloads([record.id]).get(record.id, [])
    times = digest_times(choice, choice.zone or record.zone, moment, moment + _A_WEEK)
    next_at = next((time.at for time in times), None)
    return DigestView(record=record, choice=choice, contacts=tuple(contacts), next_at=next_at)


def _known(work: UnitOfWork, caseload_id: str) -> dict[str, Any]:
    found = work.digests.of([caseload_id]).get(caseload_id)
    return {} if found is None else found.document
