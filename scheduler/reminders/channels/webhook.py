"""Reminders to a program of somebody's own: a signed POST to an address that they gave.

Signed as Standard Webhooks says, so that its libraries can check it (`standard_webhook`). Each address has a
key of its own, made from the operator's secret, so that who gets one person's reminders cannot invent
another's.
"""

from __future__ import annotations

import hmac
import json
import socket
import ssl
from collections.abc import Sequence
from datetime import timedelta

from scheduler import clock
from scheduler.reminders.channels.channel import (
    CALL_TIMEOUT,
    Outcome,
    Refused,
    RetryLater,
    Unknown,
    stable_id,
)
from scheduler.reminders.channels.http_call import Endpoint, NoAnswerError, NotSentError, post
from scheduler.reminders.channels.http_outcome import outcome_of
from scheduler.reminders.channels.public_address import Place, PrivateAddressError, Resolver, places
from scheduler.reminders.channels.standard_webhook import signature_headers, written_key
from scheduler.reminders.message import Message


class WebhookChannel:
    """Posts to https addresses on the internet; where ``private_too``, to any, and by http as well.

    ``secret`` is the operator's. ``resolve`` looks names up.
    """

    # The receiver is asked to drop a second message with the same Idempotency-Key.
    is_idempotent = True
    most_at_once: int | None = None

    def __init__(
        self,
        secret: str,
        *,
        private_too: bool = False,
        deadline: timedelta = CALL_TIMEOUT,
        resolve: Resolver = socket.getaddrinfo,
    ) -> None:
        self._secret = secret
        self._private_too = private_too
        self._deadline_s = deadline.total_seconds()
        self._resolve = resolve
        self._tls = ssl.create_default_context()

    def send(self, message: Message, address: str, key: str) -> Outcome:
        """Post ``message`` to the URL ``address``."""
        try:
            endpoint = Endpoint.parse(address)
        except ValueError:
            return Refused(detail="the address is not a URL")
        if not (endpoint.is_encrypted or self._private_too):
            return Refused(detail="the address is not https")
        try:
            return self._posted(endpoint, message, address, stable_id(key))
        except PrivateAddressError:
            return Refused(detail="the address leads into a private network")
        except NotSentError as error:
            return RetryLater(detail=f"connecting: {error}", of_address=True)
        except NoAnswerError as error:
            return Unknown(detail=f"after it was sent: {error}", of_address=True)

    def _posted(self, endpoint: Endpoint, message: Message, address: str, message_id: str) -> Outcome:
        body = _body(message, message_id)
        headers = signed(signing_key(self._secret, address), message_id, body, int(clock.now().timestamp()))
        deadline = clock.monotonic() + self._deadline_s
        answer = post(endpoint, body, headers, deadline=deadline, look_up=self._places, tls=self._tls)
        return outcome_of(answer, message_id, is_one_address=True)

    def _places(self, host: str, port: int) -> Sequence[Place]:
        return places(host, port, private_too=self._private_too, resolve=self._resolve)


def signing_key(secret: str, address: str) -> str:
    """The key of one address, as its owner writes it into a library of Standard Webhooks."""
    made = hmac.digest(secret.encode(), b"webhook\n" + address.encode(), "sha256")
    return written_key(made)


def signed(key: str, message_id: str, body: bytes, timestamp_s: int) -> dict[str, str]:
    """The headers of a message: ``timestamp_s`` in seconds since 1970, so that old ones are told."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": message_id}
    return headers | signature_headers(key, message_id, body, timestamp_s)


def _body(message: Message, message_id: str) -> bytes:
    told = {"type": "reminder", "id": message_id, "subject": message.subject, "text": message.text}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
