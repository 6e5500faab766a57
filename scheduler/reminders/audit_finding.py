"""What an audit finds wrong with the reminders of a dose, or with a digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.store.audit import AuditedReminder

GRACE = timedelta(seconds=60)
"""How long after a dose is due a person may not have been told yet."""

LOOK_BACK = timedelta(hours=25)
LEAST_HORIZON = timedelta(hours=12)


class Problem(StrEnum):
    """What is wrong, in words for an operator."""

    NOT_PLANNED = "a dose was due, and there is no reminder of it"
    NOT_TRIED = "a dose was due, and its reminder was never tried"
    NOT_EXPLAINED = "a dose was due, and its reminder ended without an attempt or a reason"
    SHORT_HORIZON = "reminders are planned for less than the next 12 hours"
    NOT_READABLE = "the plan cannot be checked"
    NO_DIGEST = "a digest was due, and there is no row for it"
    DIGEST_NOT_TRIED = "a digest was due, and was never tried"
    DIGEST_NOT_EXPLAINED = "a digest was due, and ended without an attempt or a reason"
    DIGEST_SHORT_HORIZON = "digests are planned for less than the next 12 hours"
    DIGEST_NOT_READABLE = "what was chosen for the digest cannot be checked"


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditFinding:
    """One thing wrong with a patient's reminders, or a caseload's digest.

    ``reminder_id`` is the row in the log; a dose's id could name a medicine.
    """

    problem: Problem
    patient_id: str | None = None
    recipient_id: str | None = None
    reminder_id: int | None = None
    caseload_id: str | None = None


def problem_of(row: AuditedReminder, due_at: datetime, moment: datetime) -> Problem | None:
    """What is wrong with the reminder of a dose that was due at ``due_at``; None: nothing."""
    # An attempt of long before was for a time from which the dose has been moved.
    if row.tried_at is not None and row.tried_at >= due_at - GRACE:
        return None
    if row.ended_at is not None:
        return None if row.last_error else Problem.NOT_EXPLAINED
    waits_since = max(due_at, row.planned_at, row.told_at or due_at)
    return None if waits_since > moment - GRACE else Problem.NOT_TRIED
