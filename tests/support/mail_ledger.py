"""A mail server that writes down what it received, and syncs it, before it says so.

The oracle of the fault tests: what stands in the ledger was accepted, whatever died afterwards.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(frozen=True, kw_only=True)
class Received:
    """A mail as accepted."""

    message_id: str
    recipient: str
    at: datetime
    text: str


class MailLedger:
    """What the server at ``port`` accepted, kept in ``file``."""

    def __init__(self, file: Path, port: int) -> None:
        self.file = file
        self.port = port
        self.file.touch()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def write(self, content: bytes, recipient: str) -> None:
        mail = message_from_bytes(content, policy=default)
        entry = {
            "message_id": str(mail["Message-ID"]),
            "recipient": recipient,
            "at": datetime.now(UTC).isoformat(),
            "text": _text(mail),
        }
        with self.file.open("a") as ledger:
            ledger.write(json.dumps(entry) + "\n")
            ledger.flush()
            os.fsync(ledger.fileno())

    def read(self) -> list[Received]:
        entries = [json.loads(line) for line in self.file.read_text().splitlines()]
        return [Received(**{**entry, "at": datetime.fromisoformat(entry["at"])}) for entry in entries]


@contextmanager
def open_mail_ledger(file: Path, dawdle: Callable[[], None] = lambda: None) -> Iterator[MailLedger]:
    """Receive mail until the end of the block; ``dawdle`` is called on either side of the writing."""
    ledger = MailLedger(file, free_port())
    controller = Controller(_Handler(ledger, dawdle), hostname="127.0.0.1", port=ledger.port)
    controller.start()
    try:
        yield ledger
    finally:
        controller.stop()


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _text(mail: Any) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


class _Handler:
    def __init__(self, ledger: MailLedger, dawdle: Callable[[], None]) -> None:
        self._ledger = ledger
        self._dawdle = dawdle

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self._dawdle()
        self._ledger.write(envelope.content, envelope.rcpt_tos[0])
        self._dawdle()
        return "250 Taken"
