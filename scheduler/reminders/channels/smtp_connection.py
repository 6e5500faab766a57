"""A connection to a mail server that waits for each answer no longer than it is told to."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from typing import Any

from scheduler.clock import monotonic
from scheduler.settings import SmtpSecurity, SmtpSettings

_OPENING_S = 8.0


class SmtpConnection(smtplib.SMTP):
    """``deadline``, on the monotonic clock, is set anew for each mail; ``mails`` counts them."""

    def __init__(self, *arguments: Any, deadline: float, **options: Any) -> None:
        self.deadline = deadline
        self.mails = 0
        super().__init__(*arguments, **options)

    def getreply(self) -> tuple[int, bytes]:
        """Raises TimeoutError where no answer comes before the deadline."""
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock is not None:
            # The greeting comes with the opening's own, shorter patience.
            self.sock.settimeout(left if self.file is not None else min(left, self.sock.gettimeout() or left))
        return super().getreply()

    def hang_up(self) -> None:
        """Say goodbye and close, without waiting for an answer. Raises nothing."""
        with suppress(OSError, smtplib.SMTPException):
            self.putcmd("QUIT")
        self.close()


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
