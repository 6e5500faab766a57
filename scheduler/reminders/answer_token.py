"""What a link in a message holds: signed, and short enough for a text message.

``PAYLOAD.SIGNATURE``: 15 bytes that name a reminder, and HMAC-SHA256 over them. The reminder is named by its
row, because the id of a dose names a medicine, and a row says which dose and which recipient. Rows may be
counted anew after a patient was removed, so the payload holds a mark of all three as well.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from itsdangerous import BadSignature, Signer

from scheduler.store.reminder_row import ReminderRecord

GOOD_FOR = timedelta(days=30)
"""How long a link is good from when its reminder was to be said: a depot's until the next depot."""

_SALT = b"dosecal answer"
_SHAPE = re.compile(r"[A-Za-z0-9_-]{20}\.[A-Za-z0-9_-]{43}", re.ASCII)
_ONE_HOUR_S = 3600
# What it is for, the row (six of eight bytes), whole hours since 1970, the mark.
_PAYLOAD = struct.Struct(">BHII4s")
_MARK_BYTES = 4
_ROW_LIMIT = 1 << 48


class LinkPurpose(IntEnum):
    """What a link allows: to answer for ONE dose, or for each that was told to its recipient (ALL)."""

    ONE = 1
    ALL = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerToken:
    """The right of the recipient of ``reminder_id`` to answer, up to and without ``expires_at``, UTC."""

    purpose: LinkPurpose
    reminder_id: int
    expires_at: datetime
    mark: bytes

    @classmethod
    def of(cls, record: ReminderRecord, purpose: LinkPurpose) -> AnswerToken:
        """The same for every copy of one message: nothing of when it is sent goes in."""
        said_at = record.policy.get("at")
        first = record.dose_due_at if said_at is None else datetime.fromisoformat(said_at)
        return cls(
            purpose=purpose,
            reminder_id=record.id,
            expires_at=_next_hour(max(first, record.dose_due_at) + GOOD_FOR),
            mark=_mark(record),
        )

    def is_of(self, record: ReminderRecord) -> bool:
        """Whether ``record`` is the reminder that the link was made for."""
        return self.mark == _mark(record)

    def is_over(self, moment: datetime) -> bool:
        """Whether it is too old at the aware ``moment``."""
        return moment >= self.expires_at


class LinkSigner:
    """Signs with the last of ``keys`` and takes what any of them signed. There is one at least."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._signer = Signer(list(keys), _SALT, key_derivation="hmac", digest_method=hashlib.sha256)

    def sign(self, token: AnswerToken) -> str:
        """What stands in an address."""
        upper, lower = divmod(token.reminder_id % _ROW_LIMIT, 1 << 32)
        hours = int(token.expires_at.timestamp()) // _ONE_HOUR_S
        packed = _PAYLOAD.pack(token.purpose, upper, lower, hours, token.mark)
        return self._signer.sign(base64.urlsafe_b64encode(packed)).decode()

    def read(self, text: str) -> AnswerToken | None:
        """What ``text`` allows; None where nobody here signed it, or with a key that stands no more."""
        if _SHAPE.fullmatch(text) is None:
            return None
        try:
            packed = base64.urlsafe_b64decode(self._signer.unsign(text))
        except BadSignature:
            return None
        purpose, upper, lower, hours, mark = _PAYLOAD.unpack(packed)
        return AnswerToken(
            purpose=LinkPurpose(purpose),
            reminder_id=(upper << 32) + lower,
            expires_at=datetime.fromtimestamp(hours * _ONE_HOUR_S, UTC),
            mark=mark,
        )


def _mark(record: ReminderRecord) -> bytes:
    whose = "\0".join((record.subject_id, record.dose_id, record.recipient_id))
    return hashlib.sha256(whose.encode()).digest()[:_MARK_BYTES]


def _next_hour(moment: datetime) -> datetime:
    whole = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(hours=1)
