"""Is an address that of the person who is to be reminded? A code goes there, and they say it.

A code that comes to a stranger tells them nothing of a patient, and an address with a slip of the pen is
found before a reminder is lost in it. Pure but for the code itself.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from scheduler.reminders.message import Message
from scheduler.reminders.templates import ENGLISH, Templates
from scheduler.store.recipients import SentCode

GOOD_FOR = timedelta(hours=24)
LEAST_BETWEEN = timedelta(seconds=60)
"""Between two codes to one address: nobody's mailbox is filled by somebody else."""

MOST_TRIES = 5
"""Wrong codes until another has to be sent: of a million, so that guessing is hopeless."""

_DIGITS = 6


def new_code() -> str:
    """Six digits: short enough to be read out."""
    return f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"


def sent_code(recipient_id: str, code: str, moment: datetime) -> SentCode:
    """``code`` as it is remembered."""
    return SentCode(hash=_hash(recipient_id, code), sent_at=moment, tries=0)


def code_problem(sent: SentCode | None, recipient_id: str, code: str, moment: datetime) -> str | None:
    """Why ``code`` does not verify the address; None where it does."""
    if sent is None:
        return "no code was sent there"
    if moment - sent.sent_at > GOOD_FOR:
        return "the code is older than 24 hours"
    if sent.tries >= MOST_TRIES:
        return "too many wrong codes were tried"
    # People write digits in groups.
    given = "".join(code.split()).replace("-", "")
    return None if hmac.compare_digest(sent.hash, _hash(recipient_id, given)) else "that is not the code"


def code_message(code: str, templates: Templates = ENGLISH) -> Message:
    """What goes to an address before anything else does. It tells nothing of anybody's treatment."""
    return Message(subject=templates.subject_of_a_code, text=templates.code.format(code=code))


def _hash(recipient_id: str, code: str) -> bytes:
    return hashlib.sha256(f"{recipient_id}:{code}".encode()).digest()
