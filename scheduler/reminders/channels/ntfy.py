"""Reminders as push messages through the operator's ntfy server, or ntfy.sh."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus

from scheduler.clock import monotonic
from scheduler.reminders.channels.channel import (
    CALL_TIMEOUT,
    Outcome,
    Refused,
    RetryLater,
    Unknown,
    stable_id,
)
from scheduler.reminders.channels.http_call import Answer, Endpoint, NoAnswerError, NotSentError, post
from scheduler.reminders.channels.http_outcome import outcome_of
from scheduler.reminders.channels.public_address import Place, places
from scheduler.reminders.message import Message
from scheduler.settings import NtfySettings

_TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
_HIGH = 4
_OURS_TO_MEND = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}


def is_topic(address: str) -> bool:
    """Whether ntfy takes ``address`` for the name of a topic."""
    return _TOPIC.fullmatch(address) is not None


class NtfyChannel:
    """Publishes to topics of one server, which is the operator's choice and may be in a private network."""

    # Servers since 2.16 replace a message that has the sequence of an earlier one; others show both, and none
    # says which it did.
    is_idempotent = False
    # ntfy.sh takes 60 requests at once from one visitor.
    most_at_once: int | None = 50

    def __init__(self, settings: NtfySettings, deadline: timedelta = CALL_TIMEOUT) -> None:
        self._endpoint = Endpoint.parse(settings.url)
        self._headers = {"Content-Type": "application/json"}
        if settings.token is not None:
            self._headers["Authorization"] = f"Bearer {settings.token}"
        self._deadline_s = deadline.total_seconds()
        self._tls = ssl.create_default_context()

    def send(self, message: Message, address: str, key: str) -> Outcome:
        """Publish ``message`` to the topic ``address``."""
        if not is_topic(address):
            return Refused(detail="the address is not a topic")
        sequence = stable_id(key)
        try:
            answer = self._posted(_body(message, address, sequence))
        except NotSentError as error:
            return RetryLater(detail=f"connecting: {error}")
        except NoAnswerError as error:
            return Unknown(detail=f"after it was sent: {error}")
        if answer.status in _OURS_TO_MEND:
            # The server will not have this daemon, and an operator can mend that: not the person's fault.
            return RetryLater(detail=f"the answer was {answer.status}")
        return outcome_of(answer, sequence, is_one_address=False)

    def _posted(self, body: bytes) -> Answer:
        deadline = monotonic() + self._deadline_s
        return post(self._endpoint, body, self._headers, deadline=deadline, look_up=_anywhere, tls=self._tls)


def _anywhere(host: str, port: int) -> Sequence[Place]:
    return places(host, port, private_too=True, resolve=socket.getaddrinfo)


def _body(message: Message, topic: str, sequence: str) -> bytes:
    told = {"topic": topic, "title": message.subject, "message": message.text, "priority": _HIGH}
    return json.dumps({**told, "sequence_id": sequence}, ensure_ascii=False).encode()
