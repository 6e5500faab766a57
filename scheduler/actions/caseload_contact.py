"""Contact points of a caseload: where its digest is sent."""

from __future__ import annotations

import secrets
from datetime import datetime

from scheduler.actions.recipient import check_address, how_verified
from scheduler.errors import ConflictError, NotFoundError
from scheduler.ical.privacy import Privacy
from scheduler.reminders.digest_planner import plan_digests
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.unit_of_work import Store, UnitOfWork


def add_contact(
    store: Store,
    caseload_id: str,
    moment: datetime,
    *,
    channel: str,
    address: str,
    privacy: Privacy,
    stands_in: bool = False,
    by_hand: str | None = None,
) -> RecipientRecord:
    """Send the caseload's digest to ``address`` by ``channel``, as soon as it is verified.

    ``stands_in``: only where it could not be sent to another. ``by_hand``: how somebody verified it already.
    Raises NotFoundError, InputError where the address cannot be one, ConflictError where it is there.
    """
    check_address(channel, address)
    how = how_verified(channel, by_hand)
    contact = RecipientRecord(
        id=f"r-{secrets.token_hex(4)}",
        patient_id=None,
        caseload_id=caseload_id,
        channel=channel,
        address=address,
        privacy=privacy.value,
        added_at=moment,
        verified_at=moment if how else None,
        verified_how=how,
        role=RecipientRole.STAND_IN if stands_in else RecipientRole.PERSON,
    )
    with store.transaction() as work:
        record = work.caseloads.lock(caseload_id)
        known = work.recipients.of_caseloads([caseload_id]).get(caseload_id, [])
        if any((c.channel, c.address) == (channel, address) for c in known):
            raise ConflictError("this caseload's digest goes to that address already")
        work.recipients.add(contact)
        plan_digests(work, [record], moment)
    return contact


def list_contacts(store: Store, caseload_id: str) -> list[RecipientRecord]:
    """Its contact points, oldest first. Raises NotFoundError."""
    with store.reading() as work:
        work.caseloads.get(caseload_id)
        return work.recipients.of_caseloads([caseload_id]).get(caseload_id, [])


def get_contact(store: Store, caseload_id: str, recipient_id: str) -> RecipientRecord:
    """Raises NotFoundError, also where it is a contact point of another."""
    with store.reading() as work:
        work.caseloads.get(caseload_id)
        return _contact(work, caseload_id, recipient_id)


def remove_contact(store: Store, caseload_id: str, recipient_id: str, moment: datetime) -> None:
    """Send it nothing more; what waits for it is taken back. Raises NotFoundError."""
    with store.transaction() as work:
        work.caseloads.lock(caseload_id)
        _contact(work, caseload_id, recipient_id)
        work.recipients.remove(recipient_id, moment)
        waiting = work.digests.open([caseload_id])
        work.reminder_plans.cancel([row.id for row in waiting if row.recipient_id == recipient_id], moment)


def _contact(work: UnitOfWork, caseload_id: str, recipient_id: str) -> RecipientRecord:
    contact = work.recipients.find(recipient_id)
    if contact is None or contact.caseload_id != caseload_id:
        raise NotFoundError(
            f"{recipient_id} is no contact point of {caseload_id}; "
            f"see 'dosecal caseload contact list {caseload_id}'"
        )
    return contact
