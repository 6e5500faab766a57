"""The link at the end of a message, by which its dose can be answered."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from scheduler.reminders.answer_token import GOOD_FOR, AnswerToken, LinkPurpose, LinkSigner
from scheduler.reminders.message import Message
from scheduler.reminders.steps import BROKEN, ESCALATE, LEAD
from scheduler.reminders.unsubscribe_links import UnsubscribeLinks
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store

PATH = "/answer/"
_KEY_BYTES = 32
# A link may be sent some days after its reminder was to be said.
_OLD_KEY_FOR = GOOD_FOR + timedelta(days=7)


class AnswerLinks:
    """Links to the server that is reached at ``base``. Its keys may be renewed while others make links.

    ``to_unsubscribe`` makes those in the head of a mail, by the same keys.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._signer: LinkSigner | None = None
        self.to_unsubscribe = UnsubscribeLinks(base)

    def renew(self, store: Store, moment: datetime) -> None:
        """Sign with the newest key from now on; the first of all is made."""
        keys = standing_keys(store, moment) or [make_key(store, moment)]
        self._signer = LinkSigner(keys)
        self.to_unsubscribe.renew(keys)

    def under(self, message: Message, records: Sequence[ReminderRecord]) -> Message:
        """``message``, which tells of ``records``, with a link where it asks for a dose.

        One link, however many doses: to the dose itself, or to a page that has all that are open.
        """
        asking = [record for record in records if is_answerable(record)]
        if self._signer is None or not asking:
            return message
        doses = {record.dose_id for record in asking}
        purpose = LinkPurpose.ONE if len(doses) == 1 else LinkPurpose.ALL
        last = max(asking, key=lambda record: (record.dose_due_at, record.id))
        link = f"{self._base}{PATH}{self._signer.sign(AnswerToken.of(last, purpose))}"
        return Message(subject=message.subject, text=f"{message.text}\n{link}")


def is_answerable(record: ReminderRecord) -> bool:
    """Whether it tells of a dose itself, to somebody who may say what became of it."""
    return record.step not in {BROKEN, ESCALATE} and not record.step.startswith(LEAD)


def standing_keys(store: Store, moment: datetime) -> list[bytes]:
    """The keys by which a link may be signed at ``moment``, the newest last."""
    with store.reading() as work:
        return [key.secret for key in work.link_keys.standing(moment)]


def make_key(store: Store, moment: datetime, *, ends_others: bool = False) -> bytes:
    """A new key to sign with. Links of the ones before stay good, or not, where it ``ends_others``."""
    secret = secrets.token_bytes(_KEY_BYTES)
    with store.transaction() as work:
        work.link_keys.end(moment if ends_others else moment + _OLD_KEY_FOR)
        work.link_keys.add(secret, moment)
    return secret
