"""A contact point as the holder of a link to unsubscribe it finds it. Reading it changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from scheduler.actions.answer_link import LinkError, LinkFault
from scheduler.dosing.timezone import wall_reading
from scheduler.reminders.unsubscribe_token import UnsubscribeSigner
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.unit_of_work import UnitOfWork

UNDO_FOR = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactInHand:
    """``recipient`` at the aware ``moment``. ``wall_zone``: what clocks show where its patient is, or team.

    ``others``: the channels of the same person's other contact points that are told, oldest first. Of
    whoever is told for somebody else, and of a team, there are none: it is not said who else is told.
    """

    recipient: RecipientRecord
    others: tuple[str, ...]
    moment: datetime
    wall_zone: tzinfo | None

    @property
    def undo_until(self) -> datetime | None:
        """Until when the link may subscribe it again; None where it is not unsubscribed."""
        ended_at = self.recipient.unsubscribed_at
        return None if ended_at is None else ended_at + UNDO_FOR

    @property
    def may_undo(self) -> bool:
        """Whether it may do so now."""
        return self.undo_until is not None and self.moment < self.undo_until

    def wall(self, at: datetime) -> datetime:
        """``at`` as clocks there show it, aware."""
        return at.astimezone(self.wall_zone)


def contact_in_hand(work: UnitOfWork, text: str, moment: datetime) -> ContactInHand:
    """What the link with the token ``text`` leads to. Raises LinkError; the signature is looked at first."""
    keys = [key.secret for key in work.link_keys.standing(moment)]
    token = UnsubscribeSigner(keys).read(text) if keys else None
    if token is None:
        raise LinkError(LinkFault.UNKNOWN)
    if token.is_over(moment):
        raise LinkError(LinkFault.EXPIRED)
    recipient = work.recipients.find(token.recipient_id)
    if recipient is None or not token.is_of(recipient):
        raise LinkError(LinkFault.ENDED)
    return ContactInHand(
        recipient=recipient,
        others=_others(work, recipient),
        moment=moment,
        wall_zone=_wall_zone(work, recipient, moment),
    )


def _others(work: UnitOfWork, recipient: RecipientRecord) -> tuple[str, ...]:
    if recipient.patient_id is None or recipient.role is not RecipientRole.PERSON:
        return ()
    contacts = work.recipients.told([recipient.patient_id]).get(recipient.patient_id, [])
    own = (c for c in contacts if c.role is RecipientRole.PERSON and c.id != recipient.id)
    return tuple(contact.channel for contact in own)


def _wall_zone(work: UnitOfWork, recipient: RecipientRecord, moment: datetime) -> tzinfo | None:
    if recipient.patient_id is None:
        return work.caseloads.get(recipient.subject_id).zone
    patient = work.patients.get(recipient.patient_id).patient
    return wall_reading(moment, patient.whereabouts).tzinfo
