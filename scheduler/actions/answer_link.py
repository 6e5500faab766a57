"""What a link in a message leads to, and why it may lead nowhere."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from scheduler.errors import RefusedError
from scheduler.reminders.answer_token import AnswerToken, LinkPurpose, LinkSigner
from scheduler.store.recipients import RecipientRole
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import UnitOfWork


class LinkFault(Enum):
    """UNKNOWN: forged, cut off, or of a key that ended. EXPIRED: too old.

    ENDED: whoever it was sent to is not reminded any more. GONE: the dose has left the plan.
    """

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    ENDED = "ended"
    GONE = "gone"


class LinkError(RefusedError):
    """A link that leads nowhere; ``fault`` says why. Its text has nothing of the link in it."""

    def __init__(self, fault: LinkFault) -> None:
        super().__init__(f"the link leads nowhere: {fault.value}")
        self.fault = fault


class OpenLink:
    """A link that is good: ``record`` is the reminder that it came with, ``signer`` makes others for it."""

    def __init__(self, work: UnitOfWork, text: str, moment: datetime) -> None:
        """Raises LinkError. The signature is looked at before anything else is."""
        keys = [key.secret for key in work.link_keys.standing(moment)]
        token = LinkSigner(keys).read(text) if keys else None
        if token is None:
            raise LinkError(LinkFault.UNKNOWN)
        self.signer = LinkSigner(keys)
        self.purpose = token.purpose
        self.record = _reminder(work, token, moment)

    def text_for(self, record: ReminderRecord) -> str:
        """The token of a link to one dose of the same recipient."""
        return self.signer.sign(AnswerToken.of(record, LinkPurpose.ONE))


def _reminder(work: UnitOfWork, token: AnswerToken, moment: datetime) -> ReminderRecord:
    record = work.reminder_log.find(token.reminder_id)
    if record is None or not token.is_of(record):
        raise LinkError(LinkFault.UNKNOWN)
    if token.is_over(moment):
        raise LinkError(LinkFault.EXPIRED)
    recipients = work.recipients.of([record.subject_id]).get(record.subject_id, [])
    persons = {r.id for r in recipients if r.role is RecipientRole.PERSON}
    if record.recipient_id not in persons:
        raise LinkError(LinkFault.ENDED)
    return record
