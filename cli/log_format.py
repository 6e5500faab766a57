"""How a log line looks: text for people, JSON for machines. Neither repeats what an exception says.

The message of an exception may hold a name, an address or a medicine, also one that a library logs.
"""

from __future__ import annotations

import json
import logging
import re
import time
from typing import Any

from scheduler.fault_log import described

_TIME = "%Y-%m-%dT%H:%M:%S"
_FACT = re.compile(r"(?<!\S)(outcome)=([a-z]+(?: [a-z]+)*)|(?<!\S)([a-z_]+)=([^\s:,;()]+)")
_NUMBER = re.compile(r"-?\d{1,15}")


class TextFormatter(logging.Formatter):
    """Time in UTC, level, where, what."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", _TIME)
        self.converter = time.gmtime

    def formatException(self, ei: Any) -> str:  # noqa: N802  # the name that the standard library calls
        """The kind of exception and the places it passed."""
        return described(ei[1]) if ei[1] is not None else ""


class JsonFormatter(TextFormatter):
    """An object a line, always with these keys: time, level, logger, message, facts, fault.

    ``facts`` are what the message tells as key=value: ids and counts. ``fault`` is null, or the kind of an
    exception and the places it passed.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        message = record.getMessage()
        return json.dumps(
            {
                "time": f"{self.formatTime(record, _TIME)}.{int(record.msecs):03d}Z",
                "level": record.levelname.lower(),
                "logger": record.name,
                "message": message,
                "facts": _facts(message),
                "fault": self.formatException(record.exc_info) if record.exc_info else None,
            },
            ensure_ascii=False,
        )


def _facts(message: str) -> dict[str, str | int]:
    found = ((a or c, b or d) for a, b, c, d in _FACT.findall(message))
    return {key: int(value) if _NUMBER.fullmatch(value) else value for key, value in found}
