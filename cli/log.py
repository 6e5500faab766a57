"""Logs of the long-running commands, on standard error."""

from __future__ import annotations

import logging
import threading

import click

from cli.log_format import JsonFormatter, TextFormatter
from cli.options import Command, option
from scheduler.fault_log import log_fault

_LEVEL, _FORMAT = "dosecal.log_level", "dosecal.log_format"

_level_option = option(
    "--log-level",
    envvar="DOSECAL_LOG_LEVEL",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="How much to log.",
    expose_value=False,
    callback=lambda ctx, _, value: ctx.meta.__setitem__(_LEVEL, value),
)
_format_option = option(
    "--log-format",
    envvar="DOSECAL_LOG_FORMAT",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text: a line for people; json: an object a line, for machines.",
    expose_value=False,
    callback=lambda ctx, _, value: ctx.meta.__setitem__(_FORMAT, value),
)
_TALKATIVE = (
    "alembic",
    "apscheduler",
    "uvicorn.access",
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "urllib3",
)
_log = logging.getLogger(__name__)


def log_level_option(command: Command) -> Command:
    """``--log-level`` and ``--log-format``, which `start_logging` finds by itself."""
    return _level_option(_format_option(command))


def start_logging() -> None:
    """One line an event, as the options of the command say. No health data, names, addresses or tokens."""
    meta = click.get_current_context().meta
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(meta.get(_FORMAT, "text")))
    logging.basicConfig(level=meta.get(_LEVEL, "info").upper(), handlers=[handler])
    quieten_libraries()
    threading.excepthook = _log_end_of_thread


def quieten_libraries() -> None:
    """They log each job and each request's path; the path of a feed, and of a provider's, is its secret."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def formatter(log_format: str) -> logging.Formatter:
    """The formatter of ``text`` or ``json``."""
    return JsonFormatter() if log_format == "json" else TextFormatter()


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    """The standard library would print what the exception says."""
    if ended.exc_value is not None:
        name = ended.thread.name if ended.thread else "?"
        log_fault(_log, f"the thread {name} ended", ended.exc_value)
