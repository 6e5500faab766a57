"""The options by which somebody answers for a finding that would hold an order back."""

from __future__ import annotations

from typing import Any

import click

from cli.options import Command, option
from scheduler.actions.free_text import check_reason

_OPTIONS = (
    option(
        "--confirm",
        "codes",
        multiple=True,
        metavar="CODE",
        help="Confirm a finding that says stop, by its code; with --reason. Once for each.",
    ),
    option(
        "--reason", "confirmed_because", default="", help="Who confirmed it, or why it is meant so. Kept."
    ),
)


def confirm_options(command: Command) -> Command:
    """``--confirm`` and ``--reason``."""
    for add_option in reversed(_OPTIONS):
        command = add_option(command)
    return command


def confirmed_codes(options: dict[str, Any]) -> dict[str, str]:
    """The reason under each code that is confirmed. Raises click.UsageError where one lacks the other."""
    codes, reason = options.pop("codes"), options.pop("confirmed_because")
    if bool(codes) != bool(reason.strip()):
        raise click.UsageError("--confirm CODE goes with --reason WHY")
    check_reason(reason)
    return dict.fromkeys(codes, reason)
