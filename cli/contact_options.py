"""How somebody is reached, and how much they are shown: of a patient's recipients and of a caseload's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from cli.options import Command, option
from scheduler.ical.privacy import Privacy
from scheduler.reminders.channels.address import CHANNELS


def contact_options(levels: Sequence[Privacy], privacy_help: str) -> Callable[[Command], Command]:
    """``--channel`` and ``--privacy``; ``privacy_help`` says what each of ``levels`` shows there."""

    def add(command: Command) -> Command:
        with_privacy = option(
            "--privacy",
            type=click.Choice([level.value for level in levels]),
            default=Privacy.DISCREET.value,
            show_default=True,
            help=privacy_help,
        )(command)
        return option(
            "--channel",
            type=click.Choice(CHANNELS),
            default="smtp",
            show_default=True,
            help="How to reach them.",
        )(with_privacy)

    return add
