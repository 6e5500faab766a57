"""``dosecal doctor``: is all well with this installation?"""

from __future__ import annotations

from collections.abc import Sequence

import click

from cli.channel_options import channel_options
from cli.options import format_option, option
from cli.output import print_json, table
from scheduler import clock
from scheduler.actions.check import Check, Verdict
from scheduler.actions.doctor import examine_machine
from scheduler.bootstrap import examine_database
from scheduler.settings import ChannelSettings

_WORDS = {Verdict.WELL: "well", Verdict.LOOK: "look", Verdict.WRONG: "WRONG"}


@click.command()
@channel_options
@option("--strict", is_flag=True, help="End with exit code 1 also where something only wants looking at.")
@format_option
@click.pass_context
def doctor(ctx: click.Context, channels: ChannelSettings, strict: bool, output_format: str) -> None:
    """Look at versions, database, clocks, time zones, daemons, channels, what waits, backups and disk.

    It changes nothing. Ends with exit code 1 where anything is wrong; each finding says what to do.
    """
    checks = examine_machine(clock.now(), channels.smtp)
    checks += examine_database(ctx.obj)
    if output_format == "json":
        print_json([_as_json(check) for check in checks])
    else:
        _print(checks)
    if max(check.verdict for check in checks) >= (Verdict.LOOK if strict else Verdict.WRONG):
        ctx.exit(1)


def _print(checks: Sequence[Check]) -> None:
    click.echo(table(["", "check", "found"], [[_WORDS[c.verdict], c.name, c.found] for c in checks]))
    advice = [f"{check.name}: {check.advice}." for check in checks if check.advice]
    click.echo("\n" + "\n".join(advice or ["There is nothing to do."]))


def _as_json(check: Check) -> dict[str, str]:
    return {
        "check": check.name,
        "verdict": check.verdict.name.lower(),
        "found": check.found,
        "advice": check.advice,
    }
