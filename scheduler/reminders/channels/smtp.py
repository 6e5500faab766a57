"""Reminders by mail.

The conversation is held step by step (RFC 5321 section 3.3), because what a broken connection means
depends on where it broke: before the final dot nothing was sent, after it nobody knows.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Any

from scheduler.clock import monotonic
from scheduler.reminders.channels.channel import (
    CALL_TIMEOUT,
    Accepted,
    Outcome,
    Refused,
    RetryLater,
    Unknown,
)
from scheduler.reminders.message import Message
from scheduler.settings import SmtpSecurity, SmtpSettings

_OPENING_S = 8.0
_GO_AHEAD = 354


class SmtpChannel:
    """Mail through one server, each conversation over after ``deadline``."""

    # Few mail systems drop a second mail with the Message-ID of the first.
    is_idempotent = False
    # Postfix takes 50 connections from one client before it refuses more; others take fewer.
    most_at_once: int | None = 40

    def __init__(self, settings: SmtpSettings, deadline: timedelta = CALL_TIMEOUT) -> None:
        self._settings = settings
        self._deadline_s = deadline.total_seconds()
        self._domain = parseaddr(settings.sender)[1].rpartition("@")[2]
        # One for the process: reading the system's certificates anew for every mail costs more than the mail.
        self._tls = ssl.create_default_context()

    def send(self, message: Message, address: str, key: str) -> Outcome:
        """Hand one mail over. The Message-ID comes from ``key``, so that copies can be told as copies."""
        message_id = f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{self._domain}>"
        try:
            mail = self._mail(message, _mailbox(address), message_id)
        except (ValueError, IndexError, MessageError):
            return Refused(detail="the address or the message cannot stand in a mail")
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return RetryLater(detail=_named("connecting", error))
        try:
            return self._converse(server, mail, address, message_id)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return RetryLater(detail=_named("before the mail was sent", error))
        finally:
            server.close()

    def _mail(self, message: Message, to: Address, message_id: str) -> bytes:
        mail = EmailMessage()
        mail["From"] = self._settings.sender
        mail["To"] = to
        mail["Subject"] = message.subject
        mail["Date"] = formatdate(usegmt=True)
        mail["Message-ID"] = message_id
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        mail.set_content(message.text)
        return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))

    def _connect(self) -> smtplib.SMTP:
        settings, deadline = self._settings, monotonic() + self._deadline_s
        opening_s = min(_OPENING_S, self._deadline_s)
        where = (settings.host, settings.port)
        if settings.security is SmtpSecurity.TLS:
            server: _Timed = _TimedTls(*where, deadline=deadline, timeout=opening_s, context=self._tls)
        else:
            server = _Timed(*where, deadline=deadline, timeout=opening_s)
        try:
            self._introduce(server)
        except BaseException:
            server.close()
            raise
        return server

    def _introduce(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self._settings.security is SmtpSecurity.STARTTLS:
            server.starttls(context=self._tls)
            server.ehlo()
        if self._settings.user is not None:
            server.login(self._settings.user, self._settings.password or "")

    def _converse(self, server: smtplib.SMTP, mail: bytes, address: str, message_id: str) -> Outcome:
        code, _ = server.mail(self._settings.sender)
        if not _is_success(code):
            # It is us whom the server will not have, and an operator can mend that: not the person's fault.
            return RetryLater(detail=f"the mail server answered {code} to the sender")
        code, _ = server.rcpt(address)
        if not _is_success(code):
            return _rejected(code)
        code, _ = server.docmd("DATA")
        if code != _GO_AHEAD:
            return _rejected(code)
        return _hand_over(server, mail, message_id)


class _Timed(smtplib.SMTP):
    """Waits for each answer no longer than until ``deadline``, on the monotonic clock."""

    def __init__(self, *arguments: Any, deadline: float, **options: Any) -> None:
        self._deadline = deadline
        super().__init__(*arguments, **options)

    def getreply(self) -> tuple[int, bytes]:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock is not None:
            # The greeting comes with the opening's own, shorter patience.
            self.sock.settimeout(left if self.file is not None else min(left, self.sock.gettimeout() or left))
        return super().getreply()


class _TimedTls(_Timed, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def _mailbox(address: str) -> Address:
    """``address`` as a header takes it: one mailbox, in ASCII because not every server speaks SMTPUTF8."""
    mailbox = Address(addr_spec=address)
    address.encode("ascii")
    return mailbox


def _hand_over(server: smtplib.SMTP, mail: bytes, message_id: str) -> Outcome:
    try:
        server.send(_dot_stuffed(mail))
        code, _ = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Unknown(detail=_named("after the mail was sent", error))
    if not _is_success(code):
        return _rejected(code) if code >= 400 else Unknown(detail="the mail server's answer made no sense")
    _say_goodbye(server)
    return Accepted(provider_id=message_id)


def _say_goodbye(server: smtplib.SMTP) -> None:
    # Its answer is not waited for: until the result is recorded, a crash would cost a copy.
    try:
        server.putcmd("QUIT")
    except (OSError, smtplib.SMTPException):
        return  # The mail is accepted; a server that hangs up early takes nothing back.


def _is_success(code: int) -> bool:
    """RFC 5321 section 4.2.1: 2yz. `smtplib` says -1 for an answer that is no answer."""
    return 200 <= code < 300


def _dot_stuffed(mail: bytes) -> bytes:
    """RFC 5321 section 4.5.2: a leading dot is doubled; a dot alone ends the mail."""
    body = mail.replace(b"\r\n.", b"\r\n..")
    return (body if body.endswith(b"\r\n") else body + b"\r\n") + b".\r\n"


def _rejected(code: int) -> Outcome:
    """RFC 5321 section 4.2.1: 4yz may pass, 5yz is final. The text of the answer may hold the address."""
    detail = f"the mail server answered {code}"
    return Refused(detail=detail) if 500 <= code < 600 else RetryLater(detail=detail)


def _named(when: str, error: Exception) -> str:
    code = getattr(error, "smtp_code", None)
    return f"{when}: {type(error).__name__}" + (f" {code}" if code else "")
