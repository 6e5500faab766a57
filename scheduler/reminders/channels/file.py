"""Reminders appended to a file, a line of JSON each: for another program on this machine to pass on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Lock

from scheduler import clock
from scheduler.reminders.channels.channel import Accepted, Outcome, RetryLater, Unknown, stable_id
from scheduler.reminders.message import Message


class FileChannel:
    """Appends to ``file``, made for its owner's eyes alone. A line is on the disk before it counts."""

    # A reader can tell copies by their id, and nothing is known of the reader.
    is_idempotent = False
    most_at_once: int | None = 1

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()

    def send(self, message: Message, address: str, key: str) -> Outcome:
        """Append ``message`` for ``address``, which here is only a name."""
        message_id = stable_id(key)
        told = {"id": message_id, "at": clock.now().isoformat(timespec="milliseconds"), "to": address}
        line = json.dumps({**told, "subject": message.subject, "text": message.text}, ensure_ascii=False)
        with self._lock:
            try:
                handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                return RetryLater(detail=f"opening the file: {type(error).__name__}")
            try:
                _append(handle, f"{line}\n".encode())
            except OSError as error:
                return Unknown(detail=f"writing the file: {type(error).__name__}")
            finally:
                os.close(handle)
        return Accepted(provider_id=message_id)


def _append(handle: int, line: bytes) -> None:
    while line:
        line = line[os.write(handle, line) :]
    os.fsync(handle)
