"""Signed as Standard Webhooks (version 1) says: what goes out to webhooks, and what comes in from a provider.

HMAC-SHA256 over ``id.timestamp.body``, by a key that both sides write as ``whsec_`` and base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = timedelta(minutes=5)
"""How far a timestamp may be off on either side: what is caught on the way is of no use later."""

_PREFIX, _VERSION = "whsec_", "v1,"
_MOST_SIGNATURES = 10
_ID = re.compile(r"[!-~]{1,200}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


def written_key(secret: bytes) -> str:
    """The key of ``secret`` as its owner writes it into a library of Standard Webhooks."""
    return f"{_PREFIX}{base64.b64encode(secret).decode()}"


def signature_headers(key: str, message_id: str, body: bytes, timestamp_s: int) -> dict[str, str]:
    """What says whose ``body`` is: ``timestamp_s`` in seconds since 1970, so that old ones are told."""
    return {
        ID: message_id,
        TIMESTAMP: str(timestamp_s),
        SIGNATURE: _signature(key, message_id, str(timestamp_s), body),
    }


def is_signed(key: str, headers: Mapping[str, str], body: bytes, moment: datetime) -> bool:
    """Whether ``headers``, by lower-case name, say that who has ``key`` sent ``body`` at about ``moment``.

    One of several signatures is enough, so that a key can be changed on one side first.
    """
    message_id, at = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if _ID.fullmatch(message_id) is None or _SECONDS.fullmatch(at) is None:
        return False
    if abs(moment.timestamp() - int(at)) > TOLERANCE.total_seconds():
        return False
    right = _signature(key, message_id, at, body).encode()
    given = headers.get(SIGNATURE, "").split(" ")[:_MOST_SIGNATURES]
    return any(hmac.compare_digest(one.encode("latin-1", "replace"), right) for one in given)


def _signature(key: str, message_id: str, timestamp: str, body: bytes) -> str:
    made = hmac.digest(_secret(key), f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"{_VERSION}{base64.b64encode(made).decode()}"


def _secret(key: str) -> bytes:
    return base64.b64decode(key.removeprefix(_PREFIX))
