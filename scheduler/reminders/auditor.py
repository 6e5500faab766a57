"""Did everybody hear of what was due? Asked every minute, by another way than planner and queue.

1. The plans are expanded anew, for doses that came due in the last 25 hours and a minute ago or more.
2. Of each that is open, every person who was a recipient then has a reminder with an attempt, one that is
   put off to a time still to come, or one that ended with a reason.
3. Nobody's reminders are planned for less than the next 12 hours.
4. The same is asked of the digests of caseloads (`digest_audit`).

What a pass finds is looked at a second time, because plans change while it reads.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.clock import Clock
from scheduler.dosing.expansion import expand
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.status import OPEN, status_at
from scheduler.dosing.timezone import local_date
from scheduler.errors import StoreError
from scheduler.fault_log import log_fault
from scheduler.reminders.audit_finding import (
    GRACE,
    LEAST_HORIZON,
    LOOK_BACK,
    AuditFinding,
    Problem,
    problem_of,
)
from scheduler.reminders.dead_mans_switch import DeadMansSwitch
from scheduler.reminders.digest_audit import audit_digests
from scheduler.store.audit import AuditedPatient, AuditedReminder
from scheduler.store.plans import StoredPlan
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.unit_of_work import Store

__all__ = ["AuditFinding", "AuditReport", "Problem", "audit", "audit_job", "open_doses_due"]

PAGE = 200
MOST_SHOWN = 100
_ONE_DAY = timedelta(days=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditReport:
    """How many patients were looked at, how much is wrong, and the first of it: `MOST_SHOWN` at most.

    ``caseloads``: how many have a digest, and were looked at too.
    """

    patients: int
    count: int
    shown: tuple[AuditFinding, ...]
    caseloads: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _DueDose:
    recipient: RecipientRecord
    occurrence: DoseOccurrence

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.recipient.subject_id, str(self.occurrence.id), self.recipient.id)


def audit_job(store: Store, clock: Clock, switch: DeadMansSwitch | None) -> AuditReport:
    """Audit everybody once, tell the log what is wrong, and tell ``switch`` whether anything is."""
    report = audit(store, clock())
    _tell(report)
    if switch is not None:
        switch.tell(passed=report.count == 0)
    return report


def audit(store: Store, moment: datetime) -> AuditReport:
    """What is wrong at ``moment``, a page of patients at a time."""
    after, patients, count = "", 0, 0
    shown: list[AuditFinding] = []
    while page := _page(store, after):
        found = list(_short_horizons(page, moment))
        found += _untold(store, [patient.id for patient in page], moment)
        shown += found[: MOST_SHOWN - len(shown)]
        after, patients, count = page[-1].id, patients + len(page), count + len(found)
    caseloads, of_digests = audit_digests(store, moment)
    shown += of_digests[: MOST_SHOWN - len(shown)]
    count += len(of_digests)
    return AuditReport(patients=patients, count=count, shown=tuple(shown), caseloads=caseloads)


def _page(store: Store, after: str) -> list[AuditedPatient]:
    with store.reading() as work:
        return work.audit.patients(after, PAGE)


def _short_horizons(page: Sequence[AuditedPatient], moment: datetime) -> Iterator[AuditFinding]:
    for patient in page:
        is_new = patient.created_at > moment - GRACE
        if patient.planned_until < moment + LEAST_HORIZON and not is_new:
            yield AuditFinding(problem=Problem.SHORT_HORIZON, patient_id=patient.id)


def _untold(store: Store, ids: Sequence[str], moment: datetime) -> list[AuditFinding]:
    found = _one_by_one(store, ids, moment)
    return _one_by_one(store, sorted({f.patient_id for f in found if f.patient_id}), moment) if found else []


def _one_by_one(store: Store, ids: Sequence[str], moment: datetime) -> list[AuditFinding]:
    """These patients together; if that fails, one by one, so that one bad plan hides nobody else."""
    try:
        return _check(store, ids, moment)
    except StoreError:
        raise
    except Exception as error:
        if len(ids) > 1:
            return [finding for one in ids for finding in _one_by_one(store, [one], moment)]
        log_fault(_log, f"patient={ids[0]} cannot be checked", error)
        return [AuditFinding(problem=Problem.NOT_READABLE, patient_id=ids[0])]


def _check(store: Store, ids: Sequence[str], moment: datetime) -> list[AuditFinding]:
    # Expanding takes its time, and no transaction stays open for it: on SQLite it would hold up the sending.
    with store.reading() as work:
        recipients = work.recipients.told(ids)
        plans = work.plans.load_many(work.patients.many(list(recipients)))
    due = [dose for stored in plans for dose in _due_doses(stored, recipients[stored.record.id], moment)]
    if not due:
        return []
    with store.reading() as work:
        rows = work.audit.told_due({dose.key[0] for dose in due}, {dose.key[1] for dose in due})
    return list(_findings(due, {row.key: row for row in rows}, moment))


def _due_doses(
    stored: StoredPlan, recipients: Sequence[RecipientRecord], moment: datetime
) -> Iterator[_DueDose]:
    people = [r for r in recipients if r.role is RecipientRole.PERSON]
    if not people:
        return
    for occurrence in open_doses_due(stored.plan, moment):
        yield from (
            _DueDose(recipient=person, occurrence=occurrence)
            for person in people
            if person.is_told_of(occurrence.due_at)
        )


def open_doses_due(plan: Plan, moment: datetime) -> Iterator[DoseOccurrence]:
    """The open doses of ``plan`` that came due in the last `LOOK_BACK`, and `GRACE` ago or more.

    Of a regimen whose doses are of use until the next one, only the latest.
    """
    since, until = moment - LOOK_BACK, moment - GRACE
    zone = plan.patient.zone
    # A day more on either side: the patient may be where the date is another.
    period = Period(start=local_date(since, zone) - _ONE_DAY, end=local_date(moment, zone) + 2 * _ONE_DAY)
    doses = [dose for dose in expand(plan, period) if since <= dose.due_at <= moment]
    latest = {dose.regimen.id: dose for dose in doses}
    for dose in doses:
        is_useful = dose.useful_until is not None or latest[dose.regimen.id] is dose
        if dose.due_at <= until and is_useful and status_at(dose, moment) in OPEN:
            yield dose


def _findings(
    due: Sequence[_DueDose], rows: Mapping[tuple[str, str, str], AuditedReminder], moment: datetime
) -> Iterator[AuditFinding]:
    for dose in due:
        row = rows.get(dose.key)
        problem = Problem.NOT_PLANNED if row is None else problem_of(row, dose.occurrence.due_at, moment)
        if problem is not None:
            yield AuditFinding(
                problem=problem,
                patient_id=dose.recipient.patient_id,
                recipient_id=dose.recipient.id,
                reminder_id=None if row is None else row.id,
            )


def _tell(report: AuditReport) -> None:
    if report.count == 0:
        _log.debug("audit: faults=0 patients=%d", report.patients)
        return
    _log.error("audit: faults=%d patients=%d", report.count, report.patients)
    for finding in report.shown:
        of_patient = finding.patient_id is not None
        where = f"patient={finding.patient_id}" if of_patient else f"caseload={finding.caseload_id}"
        where += f" recipient={finding.recipient_id}" if finding.recipient_id else ""
        where += f" reminder={finding.reminder_id}" if finding.reminder_id else ""
        _log.error("audit: %s: %s", where, finding.problem.value)
