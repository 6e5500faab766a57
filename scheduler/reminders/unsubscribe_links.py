"""The address in the head of a mail by which its reader ends what goes to them there (RFC 2369, RFC 8058)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from scheduler.reminders.message import Message
from scheduler.reminders.unsubscribe_token import UnsubscribeSigner, UnsubscribeToken
from scheduler.store.recipients import RecipientRecord
from scheduler.store.reminder_row import ReminderRecord

PATH = "/unsubscribe/"
_BY_MAIL = "smtp"


class UnsubscribeLinks:
    """Links to the server that is reached at ``base``. Its keys may be renewed while others make links."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._signer: UnsubscribeSigner | None = None

    def renew(self, keys: Sequence[bytes]) -> None:
        """Sign with the last of ``keys`` from now on."""
        self._signer = UnsubscribeSigner(keys)

    def over(self, message: Message, records: Sequence[ReminderRecord]) -> Message:
        """``message``, which tells one recipient of ``records``, with a link where it goes out by mail."""
        if self._signer is None or records[0].channel != _BY_MAIL:
            return message
        last = max(records, key=lambda record: (record.dose_due_at, record.id))
        return self._with(self._signer, message, UnsubscribeToken.of(last))

    def over_another(self, message: Message, recipient: RecipientRecord, moment: datetime) -> Message:
        """As `over`, for what tells ``recipient`` of no dose and is sent at the aware ``moment``."""
        if self._signer is None or recipient.channel != _BY_MAIL:
            return message
        return self._with(self._signer, message, UnsubscribeToken.sent_at(recipient, moment))

    def _with(self, signer: UnsubscribeSigner, message: Message, token: UnsubscribeToken) -> Message:
        return replace(message, unsubscribe_url=f"{self._base}{PATH}{signer.sign(token)}")
