"""A connection to a mail server that waits for each answer no longer than it is told to."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from socket import socket
from typing import Any

from scheduler.clock import monotonic
from scheduler.settings import SmtpSecurity, SmtpSettings

_OPENING_S = 8.0
_READ_BYTES = 8192
_LONGEST_LINE = 8192
_LEAST_S = 0.001
_SLACK_S = 0.05
"""How much longer than its deadline an answer may take: each change of a time-out is a call of its own."""


class SmtpConnection(smtplib.SMTP):
    """``deadline``, on the monotonic clock, is set anew for each mail; ``mails`` counts them.

    The commands of a mail are said without smtplib, which takes both addresses apart for each mail and reads
    through two more layers: as long as the rest of the mail took.
    """

    def __init__(self, *arguments: Any, deadline: float, **options: Any) -> None:
        self.deadline = deadline
        self.mails = 0
        self._heard = b""
        self._heard_from: socket | None = None
        self._to_say: list[bytes] = []
        super().__init__(*arguments, **options)

    def be_patient(self) -> None:
        """Wait for an answer until the deadline, where the greeting had a shorter time. Raises OSError."""
        if self.sock is not None:
            self.sock.settimeout(max(_LEAST_S, self.deadline - monotonic()))

    def begin(self, sender: str, recipient: str) -> int:
        """Say who sends a mail; the code of the answer. `go_on` says the next commands.

        Both are mailboxes in ASCII. Where the server takes commands together (RFC 2920), all are said at
        once: the answers come in their order, and ``DATA`` is the last, so that no mail is on its way yet.
        """
        self.be_patient()
        first, *rest = f"mail FROM:<{sender}>\r\n", f"rcpt TO:<{recipient}>\r\n", "DATA\r\n"
        if self.has_extn("pipelining"):
            first, rest = "".join((first, *rest)), []
        self._to_say = [command.encode("ascii") for command in rest]
        self.send(first.encode("ascii"))
        return self.getreply()[0]

    def go_on(self) -> int:
        """The code of the answer to the next command: to ``RCPT``, then to ``DATA``."""
        if self._to_say:
            self.send(self._to_say.pop(0))
        return self.getreply()[0]

    def getreply(self) -> tuple[int, bytes]:
        """The code of the next answer, -1 where it has none, and its text.

        Raises TimeoutError where the deadline is over, SMTPServerDisconnected where none comes before it.
        """
        lines: list[bytes] = []
        while True:
            line = self._line()
            lines.append(line[4:].strip())
            code = int(line[:3]) if line[:3].isdigit() else -1
            if code == -1 or line[3:4] != b"-":
                return code, b"\n".join(lines)

    def hang_up(self) -> None:
        """Say goodbye and close, without waiting for an answer. Raises nothing."""
        with suppress(OSError, smtplib.SMTPException):
            self.putcmd("QUIT")
        self.close()

    def _line(self) -> bytes:
        if self._heard_from is not self.sock:
            # What came before encryption began, anybody could have said.
            self._heard, self._heard_from = b"", self.sock
        while b"\n" not in self._heard:
            if len(self._heard) > _LONGEST_LINE:
                self.close()
                raise smtplib.SMTPResponseException(500, "a line without an end")
            self._heard += self._read()
        line, _, self._heard = self._heard.partition(b"\n")
        return line

    def _read(self) -> bytes:
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        try:
            if (self.sock.gettimeout() or 0.0) > left + _SLACK_S:
                self.sock.settimeout(left)
            read: bytes = self.sock.recv(_READ_BYTES)
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(type(error).__name__) from error
        if not read:
            self.close()
            raise smtplib.SMTPServerDisconnected("the server hung up")
        return read


class _EncryptedConnection(SmtpConnection, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def connect(settings: SmtpSettings, tls: ssl.SSLContext, deadline: float) -> SmtpConnection:
    """A connection that is greeted, encrypted and logged in as ``settings`` say, before ``deadline``.

    Raises OSError, SMTPException, and ValueError for a name that cannot be one.
    """
    opening_s = max(0.001, min(_OPENING_S, deadline - monotonic()))
    where = (settings.host, settings.port)
    if settings.security is SmtpSecurity.TLS:
        server: SmtpConnection = _EncryptedConnection(
            *where, deadline=deadline, timeout=opening_s, context=tls
        )
    else:
        server = SmtpConnection(*where, deadline=deadline, timeout=opening_s)
    try:
        server.be_patient()
        _introduce(server, settings, tls)
    except BaseException:
        server.close()
        raise
    return server


def _introduce(server: SmtpConnection, settings: SmtpSettings, tls: ssl.SSLContext) -> None:
    server.ehlo_or_helo_if_needed()
    if settings.security is SmtpSecurity.STARTTLS:
        server.starttls(context=tls)
        server.ehlo()
    if settings.user is not None:
        server.login(settings.user, settings.password or "")
