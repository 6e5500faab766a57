"""Reminders by text message, push and chat through services that Apprise knows.

Apprise tells little of what became of a message, so it is asked for one thing at a time: a fresh object for
each send (a used one waits seconds between two), no retries of its own, no attachments, no redirects. Only
services whose server is always the same are taken: their addresses lead nowhere else.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Mapping
from datetime import timedelta

import apprise
from apprise import AppriseResult
from apprise.result import AppriseResultStatus

from scheduler.reminders.channels.apprise_address import SERVICES, address_problem, scheme_of
from scheduler.reminders.channels.channel import (
    CALL_TIMEOUT,
    Accepted,
    Outcome,
    Refused,
    RetryLater,
    Unknown,
)
from scheduler.reminders.message import Message

_CONNECTING_S = 4.0
_STATUS = re.compile(r"error=(\d{3})\b")
_MAY_PASS = {408, 425, 429, 500, 503}
_GATEWAY = {502, 504}

for _name in ("apprise", "requests", "urllib3"):
    # Their lines hold addresses, the keys in them and the message; what matters of them is in the outcome.
    _library = logging.getLogger(_name)
    _library.addHandler(logging.NullHandler())
    _library.propagate = False
    _library.setLevel(logging.WARNING)  # no higher: the result of a send is read from the warnings


class AppriseChannel:
    """``services`` are the schemes that are taken, with the server of each."""

    # No service drops a second copy: Apprise gives it no key to know one by.
    is_idempotent = False
    # Apprise sends by a few threads of its own, and what waits for one counts as being sent.
    most_at_once: int | None = 4

    def __init__(
        self,
        services: Mapping[str, tuple[str, int]] = SERVICES,
        deadline: timedelta = CALL_TIMEOUT,
    ) -> None:
        self._services = services
        self._deadline_s = deadline.total_seconds()

    def send(self, message: Message, address: str, key: str) -> Outcome:  # noqa: ARG002  # the channel's contract
        """Send ``message`` to the Apprise URL ``address``."""
        if address_problem(address, self._services) is not None:
            return Refused(detail="the address is not one of a service that is allowed")
        # Apprise does not tell a server that was never reached from one that did not answer.
        fault = _fault_of(self._services[scheme_of(address)])
        if fault is not None:
            return RetryLater(detail=f"connecting: {fault}", of_address=True)
        opened = self._opened(address)
        if opened is None:
            return Refused(detail="Apprise cannot read the address")
        return _outcome(opened.notify(body=message.text, title=message.subject))

    def _opened(self, address: str) -> apprise.Apprise | None:
        asset = apprise.AppriseAsset(
            async_mode=False,
            allow_templates=False,
            http_redirects=False,
            secure_logging=True,
            service_timeout=self._deadline_s - _CONNECTING_S,
            storage_mode="memory",
        )
        opened = apprise.Apprise(asset=asset)
        # Its own patience for a read ends after that for the whole, which alone is told as a time-out.
        patience = f"cto={_CONNECTING_S}&rto={self._deadline_s}"
        join = "&" if "?" in address else "?"
        return opened if opened.add(f"{address}{join}{patience}") else None


def _fault_of(server: tuple[str, int]) -> str | None:
    """Why nobody can be reached at ``server``; None where somebody can."""
    try:
        socket.create_connection(server, timeout=_CONNECTING_S).close()
    except OSError as error:
        return type(error).__name__
    return None


def _outcome(result: AppriseResult) -> Outcome:
    with result:
        if result.status == AppriseResultStatus.SUCCESS:
            return Accepted(provider_id=None)
        if result.status == AppriseResultStatus.NOMATCH:
            return Refused(detail="Apprise knows no such service")
        if result.status != AppriseResultStatus.FAILURE:
            return Unknown(detail=f"Apprise says {result.status.name.lower()}", of_address=True)
        return _failure([str(entry) for entry in result.logs()])


def _failure(lines: list[str]) -> Outcome:
    """By the status of the service's answer, which stands in a line for people."""
    found = [int(status) for line in lines for status in _STATUS.findall(line)]
    if not found or found[-1] in _GATEWAY:
        return Unknown(detail="the service did not answer", of_address=True)
    detail = f"the answer was {found[-1]}"
    return RetryLater(detail=detail, of_address=True) if found[-1] in _MAY_PASS else Refused(detail=detail)
