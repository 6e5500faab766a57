"""Why did I, or did I not, get it: what became of telling each recipient of one dose, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.actions.contact_problem import contact_problem
from scheduler.actions.record_dose import planned_dose
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.status import DoseStatus, status_at
from scheduler.errors import NotFoundError
from scheduler.reminders.planner import HORIZON
from scheduler.reminders.policy import Policy
from scheduler.reminders.policy_in_force import DEFAULT, PoliciesInForce
from scheduler.reminders.reminder_words import ReminderCase, sentence
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.reminder_row import AttemptRecord, ReminderRecord
from scheduler.store.unit_of_work import Store

_STANDS = {
    DoseStatus.GIVEN: "it was recorded as given",
    DoseStatus.NOT_GIVEN: "it was recorded as not given",
    DoseStatus.HELD: "it is withheld",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Why:
    """What became of telling one recipient of one dose."""

    recipient_id: str
    channel: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    dose: DoseOccurrence
    status: DoseStatus
    policies: PoliciesInForce
    rows: Sequence[ReminderRecord]
    attempts: Sequence[AttemptRecord]
    moment: datetime

    @property
    def zone(self) -> ZoneInfo:
        return self.dose.zone


def why(
    store: Store, patient_id: str, dose_id: str, moment: datetime, recipient_id: str | None = None
) -> list[Why]:
    """For each recipient of the patient, or one. Raises NotFoundError."""
    with store.reading() as work:
        stored = work.plans.load(work.patients.get(patient_id))
        dose = planned_dose(stored, dose_id)
        recipients = work.recipients.of([patient_id]).get(patient_id, [])
        rows = work.reminder_log.of_dose(patient_id, str(dose.id))
        attempts = work.reminder_log.attempts([row.id for row in rows])
        policies = PoliciesInForce(work.policies.of([patient_id]).get(patient_id, []))
    asked = [r for r in recipients if recipient_id in {None, r.id}]
    if recipient_id is not None and not asked:
        raise NotFoundError(f"{recipient_id} is not a recipient of {patient_id}")
    status = status_at(dose, moment)
    case = _Case(dose=dose, status=status, policies=policies, rows=rows, attempts=attempts, moment=moment)
    return [Why(recipient_id=r.id, channel=r.channel, sentences=tuple(_sentences(case, r))) for r in asked]


def _sentences(case: _Case, recipient: RecipientRecord) -> Iterator[str]:
    problem = contact_problem(recipient)
    if problem is not None:
        yield f"The address {problem}."
    rows = [row for row in case.rows if row.recipient_id == recipient.id]
    for row in rows:
        attempts = [attempt for attempt in case.attempts if attempt.reminder.id == row.id]
        stands = _STANDS.get(case.status)
        yield sentence(ReminderCase(row=row, attempts=attempts, zone=case.zone, stands=stands))
    if not rows and recipient.is_told:
        yield _why_nothing(case, recipient)
    if recipient.role is RecipientRole.PERSON:
        yield from _switched_off(case, recipient)


def _why_nothing(case: _Case, recipient: RecipientRecord) -> str:
    """Why a recipient who is told has no reminder of the dose at all."""
    due_at = case.dose.due_at
    if recipient.role is RecipientRole.ESCALATION:
        return _why_no_escalation(case, recipient)
    if not recipient.is_told_of(due_at):
        return "The dose was due before this address was added and verified."
    if case.status in _STANDS:
        return f"No reminder was planned: {_STANDS[case.status]}."
    if due_at > case.moment + HORIZON:
        return "No reminder is planned yet: that happens 36 hours before the dose."
    return "There is no reminder of it. That should not be: see 'dosecal reminder audit'."


def _why_no_escalation(case: _Case, recipient: RecipientRecord) -> str:
    if recipient.consented_at is None:
        return "They did not agree to be told that nobody answers."
    after = _policy(case, recipient).escalates_after(is_depot=case.dose.regimen.product.is_depot)
    if after is None:
        return "Nobody is told that nobody answers: the policy says so."
    if case.status in _STANDS:
        return f"They are told only where nobody answers: {_STANDS[case.status]}."
    at = (case.dose.due_at + after).astimezone(case.zone)
    return f"They are told only where nobody records the dose, not before {at:%Y-%m-%d %H:%M}."


def _switched_off(case: _Case, recipient: RecipientRecord) -> Iterator[str]:
    """Steps that somebody chose to leave out, and for whom."""
    policy = _policy(case, recipient)
    values = case.policies.values(case.dose.regimen.id, recipient.id)
    sources = {value.name: value.source for value in values}
    is_depot = case.dose.regimen.product.is_depot
    if not policy.follows_up_after(is_depot=is_depot):
        source = sources["depot_follow_ups" if is_depot else "follow_ups"]
        yield f"No follow-ups are sent: {_chosen(source)}."
    if not policy.missed:
        yield f"That it was missed is not told: {_chosen(sources['missed'])}."


def _chosen(source: str) -> str:
    return "the default" if source == DEFAULT else f"chosen for the {source}"


def _policy(case: _Case, recipient: RecipientRecord) -> Policy:
    return case.policies.of(case.dose.regimen.id, recipient.id)
