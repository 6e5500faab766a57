"""Logs of the long-running commands, on standard error."""

from __future__ import annotations

import logging
import time

import click

from cli.options import option

log_level_option = option(
    "--log-level",
    envvar="DOSECAL_LOG_LEVEL",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="How much to log.",
)


def start_logging(level: str) -> None:
    """One line an event: time in UTC, level, where, what. No health data, names, addresses or tokens."""
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler])
    # They log each job and each request's path; the path of a feed is its secret.
    for name in ("apscheduler", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
