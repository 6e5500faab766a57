"""Contact points of a caseload: where its digest is sent."""

from __future__ import annotations

import secrets
from datetime import datetime

from scheduler.actions.recipient import check_address
from scheduler.errors import ConflictError, NotFoundError
from scheduler.ical.privacy import Privacy
from scheduler.reminders.digest_planner import plan_digests
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.unit_of_work import Store


def add_contact(
    store: Store,
    caseload_id: str,
    moment: datetime,
    *,
    channel: str,
    address: str,
    privacy: Privacy,
    stands_in: bool = False,
) -> RecipientRecord:
    """Send the caseload's digest to ``address`` by ``channel`` from now on, as `caseload_digest` says.

    ``stands_in``: only where it could not be sent to another. Raises NotFoundError, InputError where the
    address cannot be one, ConflictError where it is there.
    """
    check_address(channel, address)
    contact = RecipientRecord(
        id=f"r-{secrets.token_hex(4)}",
        patient_id=None,
        caseload_id=caseload_id,
        channel=channel,
        address=address,
        privacy=privacy.value,
        added_at=moment,
        verified_at=moment,
        verified_how="by whoever added it",
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


def remove_contact(store: Store, caseload_id: str, recipient_id: str, moment: datetime) -> None:
    """Send it nothing more; what waits for it is taken back. Raises NotFoundError."""
    with store.transaction() as work:
        work.caseloads.lock(caseload_id)
        if work.recipients.get(recipient_id).caseload_id != caseload_id:
            raise NotFoundError(
                f"{recipient_id} is no contact point of {caseload_id}; "
                f"see 'dosecal caseload contact list {caseload_id}'"
            )
        work.recipients.remove(recipient_id, moment)
        waiting = work.digests.open([caseload_id])
        work.reminder_plans.cancel([row.id for row in waiting if row.recipient_id == recipient_id], moment)
