"""A mail that came back: what a delivery report (RFC 3464) says of the mail that it is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message as Mail

_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,198}>")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounce:
    """The mail ``message_id`` (in its brackets) did not reach ``address``. ``status`` is of RFC 3463.

    ``is_lasting``: the next mail will not either. ``came_back_at``: when, aware; None: it is not told.
    """

    message_id: str
    address: str
    status: str
    is_lasting: bool = True
    came_back_at: datetime | None = None


def bounces(content: bytes) -> list[Bounce]:
    """What ``content`` reports as failed for good: nothing, if it is no report, or one of a delay."""
    mail = message_from_bytes(content)
    if mail.get_content_type() != "multipart/report":
        return []
    message_id = next(_message_ids(mail), None)
    if message_id is None:
        return []
    return [
        Bounce(message_id=message_id, address=address, status=status) for address, status in _failed(mail)
    ]


def _failed(mail: Mail) -> Iterator[tuple[str, str]]:
    for part in _parts(mail, "message/delivery-status"):
        for fields in part.get_payload():
            if not isinstance(fields, Mail) or _text(fields, "Action").lower() != "failed":
                continue
            kind, _, address = _text(fields, "Final-Recipient").partition(";")
            original = _text(fields, "Original-Recipient").partition(";")[2]
            found = _STATUS.search(_text(fields, "Status"))
            if kind.strip().lower() == "rfc822":
                yield (original or address).strip(), found.group() if found else "5.0.0"


def _message_ids(mail: Mail) -> Iterator[str]:
    """Of the mail that the report is about, whole or its head alone."""
    for part in _parts(mail, "message/rfc822"):
        for original in part.get_payload():
            if isinstance(original, Mail):
                yield from _MESSAGE_ID.findall(_text(original, "Message-ID"))
    for part in _parts(mail, "text/rfc822-headers"):
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield from _MESSAGE_ID.findall(_text(message_from_bytes(payload), "Message-ID"))


def _parts(mail: Mail, kind: str) -> Iterator[Mail]:
    payload = mail.get_payload()
    for part in payload if isinstance(payload, list) else []:
        if isinstance(part, Mail) and part.get_content_type() == kind:
            yield part


def _text(mail: Mail, name: str) -> str:
    return str(mail.get(name, "")).strip()
