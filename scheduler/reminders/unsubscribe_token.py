"""What the link holds by which a contact point is unsubscribed: signed, and never taken for an answer's.

``PAYLOAD.SIGNATURE``: when it ends, the contact point, and HMAC-SHA256 over both. It names the contact point
and not a reminder, so that it outlives what retention lets go and what a restored backup does not know of.
Another salt than that of answers makes another signature of the same key.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadSignature, Signer

from scheduler.store.recipients import RecipientRecord
from scheduler.store.reminder_row import ReminderRecord

GOOD_FOR = timedelta(days=35)
"""From when its message was to be said: 30 days after a mail was sent (15 U.S.C. 7704(a)(3)(A)), late or not.

The key of a link sent last outlives it: see `answer_links`.
"""

_SALT = b"dosecal unsubscribe"
_SHAPE = re.compile(r"[A-Za-z0-9_-]{12,48}\.[A-Za-z0-9_-]{43}", re.ASCII)
_ONE_HOUR_S = 3600
# Whole hours since 1970, the mark of whose contact point it is; its id comes after.
_HEAD = struct.Struct(">I4s")


@dataclass(frozen=True, kw_only=True, slots=True)
class UnsubscribeToken:
    """The right to end what goes to ``recipient_id``, up to and without ``expires_at``, UTC.

    ``mark`` says whose it is: an id may be given anew after a patient was removed.
    """

    recipient_id: str
    expires_at: datetime
    mark: bytes

    @classmethod
    def of(cls, record: ReminderRecord) -> UnsubscribeToken:
        """The same for every copy of one message: nothing of when it is sent goes in."""
        said_at = record.policy.get("at")
        first = record.dose_due_at if said_at is None else datetime.fromisoformat(said_at)
        return cls(
            recipient_id=record.recipient_id,
            expires_at=_hour_after(max(first, record.dose_due_at) + GOOD_FOR),
            mark=_mark(record.subject_id),
        )

    @classmethod
    def sent_at(cls, recipient: RecipientRecord, moment: datetime) -> UnsubscribeToken:
        """For what is sent to ``recipient`` at the aware ``moment`` and tells of no dose."""
        return cls(
            recipient_id=recipient.id,
            expires_at=_hour_after(moment + GOOD_FOR),
            mark=_mark(recipient.subject_id),
        )

    def is_of(self, recipient: RecipientRecord) -> bool:
        """Whether it was made for this contact point of this patient or caseload."""
        return (self.recipient_id, self.mark) == (recipient.id, _mark(recipient.subject_id))

    def is_over(self, moment: datetime) -> bool:
        """Whether it is too old at the aware ``moment``."""
        return moment >= self.expires_at


class UnsubscribeSigner:
    """Signs with the last of ``keys`` and takes what any of them signed. There is one at least."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._signer = Signer(list(keys), _SALT, key_derivation="hmac", digest_method=hashlib.sha256)

    def sign(self, token: UnsubscribeToken) -> str:
        """What stands in an address."""
        hours = int(token.expires_at.timestamp()) // _ONE_HOUR_S
        packed = _HEAD.pack(hours, token.mark) + token.recipient_id.encode()
        return self._signer.sign(base64.urlsafe_b64encode(packed).rstrip(b"=")).decode()

    def read(self, text: str) -> UnsubscribeToken | None:
        """What ``text`` allows; None where nobody here signed it, or with a key that stands no more."""
        if _SHAPE.fullmatch(text) is None:
            return None
        try:
            signed = self._signer.unsign(text)
        except BadSignature:
            return None
        packed = base64.urlsafe_b64decode(signed + b"=" * (-len(signed) % 4))
        hours, mark = _HEAD.unpack_from(packed)
        return UnsubscribeToken(
            recipient_id=packed[_HEAD.size :].decode(),
            expires_at=datetime.fromtimestamp(hours * _ONE_HOUR_S, UTC),
            mark=mark,
        )


def _mark(subject_id: str) -> bytes:
    return hashlib.sha256(subject_id.encode()).digest()[:4]


def _hour_after(moment: datetime) -> datetime:
    """The end of the hour that has begun."""
    whole = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(hours=1)
