"""Reminders by mail.

The conversation is held step by step (RFC 5321 section 3.3), because what a broken connection means
depends on where it broke: before the final dot nothing was sent, after it nobody knows.
"""

from __future__ import annotations

import smtplib
import ssl
from datetime import timedelta
from email.utils import parseaddr

from scheduler.clock import monotonic
from scheduler.reminders.channels.channel import (
    CALL_TIMEOUT,
    Accepted,
    Outcome,
    Refused,
    RetryLater,
    Unknown,
    stable_id,
)
from scheduler.reminders.channels.kept_connections import KeptConnections
from scheduler.reminders.channels.mail import Envelope, mail_bytes
from scheduler.reminders.channels.smtp_connection import SmtpConnection, connect
from scheduler.reminders.message import Message
from scheduler.settings import SmtpSettings

_GO_AHEAD = 354
_CLOSING = 421


class SmtpChannel:
    """Mail through one server, each conversation over after ``deadline``.

    Connections are kept for the next mail, until `close`.
    """

    # Few mail systems drop a second mail with the Message-ID of the first.
    is_idempotent = False

    def __init__(self, settings: SmtpSettings, deadline: timedelta = CALL_TIMEOUT) -> None:
        self.most_at_once: int | None = settings.connections
        self._settings = settings
        self._deadline_s = deadline.total_seconds()
        self._sender = parseaddr(settings.sender)[1] or settings.sender
        self._domain = self._sender.rpartition("@")[2]
        # One for the process: reading the system's certificates anew for every mail costs more than the mail.
        self._tls = ssl.create_default_context()
        self._kept = KeptConnections()

    def send(self, message: Message, address: str, key: str) -> Outcome:
        """Hand one mail over. The Message-ID comes from ``key``, so that copies can be told as copies."""
        message_id = f"{stable_id(key)}@{self._domain}"
        envelope = Envelope(
            sender=self._settings.sender,
            to=address,
            message_id=message_id,
            unsubscribe_url=message.unsubscribe_url,
        )
        try:
            mail = _dot_stuffed(mail_bytes(envelope, message))
        except ValueError:
            return Refused(detail="the address or the message cannot stand in a mail")
        deadline = monotonic() + self._deadline_s
        outcome = self._by_kept(mail, address, deadline) or self._by_new(mail, address, deadline)
        return Accepted(provider_id=f"<{message_id}>") if isinstance(outcome, Accepted) else outcome

    def close(self) -> None:
        """Hang up on the mail server."""
        self._kept.close()

    def _by_kept(self, mail: bytes, address: str, deadline: float) -> Outcome | None:
        """By a connection that is open; None where none is, or it turned out to be over before the mail."""
        server = self._kept.take()
        if server is None:
            return None
        server.deadline = deadline
        try:
            code = server.begin(self._sender, address)
        except (OSError, smtplib.SMTPException):
            code = _CLOSING
        if code == _CLOSING:
            server.close()
            return None
        return self._converse(server, mail, code)

    def _by_new(self, mail: bytes, address: str, deadline: float) -> Outcome:
        try:
            server = connect(self._settings, self._tls, deadline)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return RetryLater(detail=_named("connecting", error))
        try:
            code = server.begin(self._sender, address)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            server.close()
            return RetryLater(detail=_named("before the mail was sent", error))
        return self._converse(server, mail, code)

    def _converse(self, server: SmtpConnection, mail: bytes, code: int) -> Outcome:
        """Go on after the answer ``code`` to the sender, and keep the connection where all went well."""
        try:
            outcome = _told(server, mail, code)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            outcome = RetryLater(detail=_named("before the mail was sent", error))
        if isinstance(outcome, Accepted):
            self._kept.put(server)
        else:
            server.close()
        return outcome


def _told(server: SmtpConnection, mail: bytes, code: int) -> Outcome:
    if not _is_success(code):
        # It is us whom the server will not have, and an operator can mend that: not the person's fault.
        return RetryLater(detail=f"the mail server answered {code} to the sender")
    code = server.go_on()
    if not _is_success(code):
        return _rejected(code)
    code = server.go_on()
    if code != _GO_AHEAD:
        return _rejected(code)
    return _hand_over(server, mail)


def _hand_over(server: SmtpConnection, mail: bytes) -> Outcome:
    try:
        server.send(mail)
        code, _ = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Unknown(detail=_named("after the mail was sent", error))
    if _is_success(code):
        return Accepted(provider_id=None)
    return _rejected(code) if code >= 400 else Unknown(detail="the mail server's answer made no sense")


def _is_success(code: int) -> bool:
    """RFC 5321 section 4.2.1: 2yz. `smtplib` says -1 for an answer that is no answer."""
    return 200 <= code < 300


def _dot_stuffed(mail: bytes) -> bytes:
    """``mail``, which ends in CR LF, as RFC 5321 section 4.5.2 has it: a dot alone ends it, others double."""
    return mail.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _rejected(code: int) -> Outcome:
    """RFC 5321 section 4.2.1: 4yz may pass, 5yz is final. The text of the answer may hold the address."""
    detail = f"the mail server answered {code}"
    return Refused(detail=detail) if 500 <= code < 600 else RetryLater(detail=detail)


def _named(when: str, error: Exception) -> str:
    code = getattr(error, "smtp_code", None)
    return f"{when}: {type(error).__name__}" + (f" {code}" if code else "")
