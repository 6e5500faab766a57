"""Did every contact point of a caseload get its digest? Asked by another way than planner and queue.

1. The times of the digests are worked out anew, of the last 25 hours and a minute ago or more, from what is
   chosen now; before it was chosen, nothing is asked.
2. Of each, every contact point that was there then has a row with an attempt, one that is put off to a time
   still to come, or one that ended with a reason: that nobody was due and silence was chosen is one.
3. Digests are planned for the next 12 hours.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.fault_log import log_fault
from scheduler.reminders.audit_finding import (
    GRACE,
    LEAST_HORIZON,
    LOOK_BACK,
    AuditFinding,
    Problem,
    problem_of,
)
from scheduler.reminders.digest_choice import digest_times
from scheduler.reminders.digest_document import choice_in_force
from scheduler.store.audit import AuditedCaseload, AuditedReminder
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.unit_of_work import Store, UnitOfWork

_PAGE = 200
_AS_DIGEST = {
    Problem.NOT_TRIED: Problem.DIGEST_NOT_TRIED,
    Problem.NOT_EXPLAINED: Problem.DIGEST_NOT_EXPLAINED,
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class _DueDigest:
    contact: RecipientRecord
    id: str
    at: datetime

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.contact.subject_id, self.id, self.contact.id)


def audit_digests(store: Store, moment: datetime) -> tuple[int, list[AuditFinding]]:
    """How many caseloads have a contact point, and what is wrong with their digests at ``moment``."""
    after, count = "", 0
    found: list[AuditFinding] = []
    # One view of the database for all that is asked of a page: nothing can change while it is read.
    while page := _page(store, after, moment):
        ids, findings = page
        found += findings
        after, count = ids[-1], count + len(ids)
    return count, found


def _page(store: Store, after: str, moment: datetime) -> tuple[list[str], list[AuditFinding]] | None:
    with store.reading() as work:
        ids = work.recipients.caseloads(after, _PAGE)
        return (ids, list(_check(work, ids, moment))) if ids else None


def _check(work: UnitOfWork, ids: Sequence[str], moment: datetime) -> Iterator[AuditFinding]:
    contacts = work.recipients.of_caseloads(ids)
    due: list[_DueDigest] = []
    for caseload in work.audit.caseloads(ids):
        people = [c for c in contacts[caseload.id] if c.role is RecipientRole.PERSON]
        if people and caseload.planned_until < moment + LEAST_HORIZON:
            yield AuditFinding(problem=Problem.DIGEST_SHORT_HORIZON, caseload_id=caseload.id)
        try:
            due += _due(caseload, people, moment)
        except Exception as error:  # one that cannot be read must not hide the others
            log_fault(_log, f"caseload={caseload.id} cannot be checked", error)
            yield AuditFinding(problem=Problem.DIGEST_NOT_READABLE, caseload_id=caseload.id)
    rows = work.audit.digests({digest.key[0] for digest in due}, {digest.id for digest in due})
    yield from _findings(due, {row.key: row for row in rows}, moment)


def _due(
    caseload: AuditedCaseload, people: Sequence[RecipientRecord], moment: datetime
) -> Iterator[_DueDigest]:
    choice = choice_in_force(caseload.document)
    since = max(moment - LOOK_BACK, caseload.chosen_at or moment - LOOK_BACK)
    for time in digest_times(choice, choice.zone or caseload.zone, since, moment):
        for person in people:
            if person.is_told_of(time.at) and time.at <= moment - GRACE:
                yield _DueDigest(contact=person, id=time.id, at=time.at)


def _findings(
    due: Sequence[_DueDigest], rows: Mapping[tuple[str, str, str], AuditedReminder], moment: datetime
) -> Iterator[AuditFinding]:
    for digest in due:
        row = rows.get(digest.key)
        problem = Problem.NO_DIGEST if row is None else problem_of(row, digest.at, moment)
        if problem is not None:
            yield AuditFinding(
                problem=_AS_DIGEST.get(problem, problem),
                caseload_id=digest.contact.caseload_id,
                recipient_id=digest.contact.id,
                reminder_id=None if row is None else row.id,
            )
