"""What is POSTed to end what goes to a contact point: by a mail program, or by a button of the page."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import Message
from email.parser import BytesParser
from enum import Enum
from urllib.parse import parse_qs

from scheduler.errors import InputError

MOST_BYTES = 4096
"""More than any form of ours or of RFC 8058 sends."""

_MOST_FIELDS = 10


class Pressed(Enum):
    """What was asked for."""

    UNSUBSCRIBE = "unsubscribe"
    UNDO = "undo"


def read_pressed(content_type: str, body: bytes) -> Pressed:
    """Raises InputError, with a sentence for a person, for what neither sends.

    A mail program sends ``List-Unsubscribe=One-Click`` in either encoding of a form, and multipart rather
    than the other (RFC 8058 section 3.2).
    """
    try:
        fields = _multipart(content_type, body) if _is_multipart(content_type) else _encoded(body)
        if fields.get("List-Unsubscribe") == "One-Click":
            return Pressed.UNSUBSCRIBE
        return Pressed(fields.get("answer", ""))
    except ValueError as error:
        raise InputError("That could not be read. Please press the button again.") from error


def _is_multipart(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


def _encoded(body: bytes) -> Mapping[str, str]:
    told = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    return {name: values[-1].strip() for name, values in told.items()}


def _multipart(content_type: str, body: bytes) -> Mapping[str, str]:
    """RFC 7578, read as the mail that it looks like."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    parts = BytesParser().parsebytes(head + body).get_payload()
    named = (part for part in parts if isinstance(part, Message)) if isinstance(parts, list) else ()
    return {_name(part): str(part.get_payload()).strip() for part in named}


def _name(part: Message) -> str:
    return str(part.get_param("name", "", header="content-disposition"))
