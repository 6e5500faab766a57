"""A mail server on this machine that prints what it receives and delivers nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event
from typing import Any

from scheduler.errors import SettingsError


@dataclass
class MailSink:
    """``port`` on 127.0.0.1. ``arrived`` is set by the first mail."""

    port: int
    arrived: Event = field(default_factory=Event)


@contextmanager
def open_mail_sink(told: Callable[[str], None]) -> Iterator[MailSink]:
    """Receive mail until the end of the block and tell each. Raises SettingsError without aiosmtpd."""
    try:
        from aiosmtpd.controller import Controller  # noqa: PLC0415  # only the demonstration needs it
    except ImportError as error:
        raise SettingsError(
            "the demonstration needs its extra packages: pip install 'dosecal[demo]'"
        ) from error
    sink = MailSink(port=free_port())
    controller = Controller(_Handler(sink, told), hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Handler:
    def __init__(self, sink: MailSink, told: Callable[[str], None]) -> None:
        self._sink = sink
        self._told = told

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802  # aiosmtpd's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        body = mail.get_body(("plain",))
        self._told(_shown(mail, body.get_content() if body else ""))
        self._sink.arrived.set()
        return "250 Taken"


def _shown(mail: EmailMessage, text: str) -> str:
    headers = [f"{name}: {mail[name]}" for name in ("From", "To", "Subject", "Date", "Message-ID")]
    return "\n".join(f"  | {line}" for line in [*headers, "", *text.strip().splitlines()])
