"""Who is reminded, and where."""

from __future__ import annotations

import secrets
from datetime import datetime

from scheduler.actions.verification import checked_reason
from scheduler.errors import ConflictError, InputError
from scheduler.ical.privacy import Privacy
from scheduler.reminders.channels.address import OWN_CHANNELS, address_problem
from scheduler.reminders.planner import plan_reminders
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.unit_of_work import Store

_OWN_MACHINE = "on this machine"
_CONSENT_FIRST = (
    "whoever is told that nobody answered learns that a patient is treated and did not answer: ask them and "
    "the patient first, and say so with --consented"
)


def add_recipient(
    store: Store,
    patient_id: str,
    moment: datetime,
    *,
    channel: str,
    address: str,
    privacy: Privacy,
    role: RecipientRole = RecipientRole.PERSON,
    consented: bool = False,
    by_hand: str | None = None,
) -> RecipientRecord:
    """Remind ``address`` by ``channel`` of the patient's doses, as soon as it is verified.

    ``by_hand``: how somebody verified it already. On this machine's own channels there is nothing to verify.
    For the role ESCALATION they are told when nobody answers, and have to have agreed to it. Raises
    NotFoundError, InputError where the address cannot be one or nobody consented, ConflictError where the
    address is there.
    """
    check_address(channel, address)
    if role is RecipientRole.ESCALATION and not consented:
        raise InputError(_CONSENT_FIRST)
    how = how_verified(channel, by_hand)
    recipient = RecipientRecord(
        id=f"r-{secrets.token_hex(4)}",
        patient_id=patient_id,
        channel=channel,
        address=address,
        privacy=privacy.value,
        added_at=moment,
        role=role,
        consented_at=moment if consented else None,
        verified_at=moment if how else None,
        verified_how=how,
    )
    with store.transaction() as work:
        record = work.patients.lock(patient_id)
        known = work.recipients.of([patient_id]).get(patient_id, [])
        if any((r.channel, r.address) == (channel, address) for r in known):
            raise ConflictError("this patient's reminders go to that address already")
        work.recipients.add(recipient)
        plan_reminders(work, [record], moment)
    return recipient


def list_recipients(store: Store, patient_id: str | None) -> list[RecipientRecord]:
    """One patient's recipients, or everybody's. Raises NotFoundError."""
    with store.reading() as work:
        if patient_id is None:
            return work.recipients.of_all()
        work.patients.get(patient_id)
        return work.recipients.of([patient_id]).get(patient_id, [])


def remove_recipient(store: Store, recipient_id: str, moment: datetime) -> None:
    """Remind them no more; what waits for them is taken back.

    Raises NotFoundError, InputError where it is a contact point of a caseload.
    """
    with store.transaction() as work:
        patient_id = work.recipients.get(recipient_id).patient_id
        if patient_id is None:
            raise InputError(
                f"{recipient_id} is a contact point of a caseload: see 'dosecal caseload contact remove'"
            )
        work.patients.lock(patient_id)
        work.recipients.remove(recipient_id, moment)
        open_rows = work.reminder_plans.open([patient_id])
        work.reminder_plans.cancel([r.id for r in open_rows if r.recipient_id == recipient_id], moment)


def get_recipient(store: Store, recipient_id: str) -> RecipientRecord:
    """Raises NotFoundError."""
    with store.reading() as work:
        return work.recipients.get(recipient_id)


def how_verified(channel: str, by_hand: str | None) -> str | None:
    """Why an address of ``channel`` needs no code; None where it does. Raises as `checked_reason` does."""
    if channel in OWN_CHANNELS:
        return _OWN_MACHINE
    return checked_reason(by_hand) if by_hand else None


def check_address(channel: str, address: str) -> None:
    """Raise InputError unless ``address`` can be one of ``channel``."""
    problem = address_problem(channel, address)
    if problem is not None:
        raise InputError(problem)
