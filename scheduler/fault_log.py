"""Logging what should not have happened without what it happened to.

The message of an unexpected exception may hold a name, an address or a medicine: a database driver
quotes values, a parser quotes text. The kind of exception and the places it passed say what a
programmer needs.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

_PLACES = 6


def log_fault(log: logging.Logger, what: str, error: BaseException) -> None:
    """Log at level error that ``what`` failed, with the kind of ``error`` and its innermost places."""
    log.error("%s: %s", what, described(error))


def described(error: BaseException) -> str:
    """The kind of ``error`` and the innermost places it passed, without what it says."""
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(error).__name__} at {places or 'no place'}"
