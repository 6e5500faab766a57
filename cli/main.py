"""The ``dosecal`` command."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from cli.options import option
from cli.refusal import refusal_text
from scheduler import __version__
from scheduler.errors import DosecalError, InputError
from scheduler.settings import default_database_url


class _Refusal(click.ClickException):
    """A dosecal error on its way to standard error, each of its lines by itself."""

    def __init__(self, error: DosecalError) -> None:
        super().__init__(refusal_text(error))
        setattr(self, "exit_code", 2 if isinstance(error, InputError) else 1)  # noqa: B010  # click types it as a class variable

    def show(self, file: Any = None) -> None:
        for line in self.message.splitlines():
            click.echo(f"dosecal: {line}", file=file, err=file is None)


# Where each command is. Only the one that is run is imported: a daemon needs neither the typesetter nor the
# demonstration, and its memory is counted.
_COMMANDS = {
    "plan": "cli.plan:plan",
    "import": "cli.import_plan:import_plans",
    "patient": "cli.patient:patient",
    "caseload": "cli.caseload:caseload",
    "schedule": "cli.schedule:schedule",
    "regimen": "cli.regimen:regimen",
    "order": "cli.order:order",
    "protocol": "cli.protocol:protocol",
    "product": "cli.product:product",
    "dose": "cli.dose:dose",
    "hold": "cli.hold:hold",
    "site": "cli.site:site",
    "finding": "cli.finding:finding",
    "surgery": "cli.surgery:surgery",
    "supply": "cli.supply:supply",
    "travel": "cli.travel:travel",
    "feed": "cli.feed:feed",
    "recipient": "cli.recipient:recipient",
    "policy": "cli.policy:policy",
    "reminder": "cli.reminder:reminder",
    "link": "cli.link:link",
    "serve": "cli.serve:serve",
    "daemon": "cli.daemon:daemon",
    "database": "cli.database:database",
    "doctor": "cli.doctor:doctor",
    "retention": "cli.retention:retention",
    "backup": "cli.backup:backup",
    "restore": "cli.backup:restore",
    "demo": "cli.demo:demo",
}


class _Commands(click.Group):
    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        # Stand-ins: click lists names, and offers the likely one for one that was mistyped.
        self.commands.update({name: click.Command(name) for name in _COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DosecalError as error:
            raise _Refusal(error) from error


@click.group(cls=_Commands, context_settings={"auto_envvar_prefix": "DOSECAL", "max_content_width": 100})
@click.version_option(__version__, prog_name="dosecal")
@option(
    "--database-url",
    envvar="DOSECAL_DATABASE_URL",
    default=default_database_url,
    show_default="a file in your data directory",
    help="sqlite:///PATH or postgresql://USER@HOST/NAME.",
)
@click.pass_context
def cli(ctx: click.Context, database_url: str) -> None:
    """Injection and dosing schedules: planned doses, calendar feeds, reminders.

    dosecal schedules and reminds. It never chooses a dose: ask your team.
    """
    ctx.obj = database_url


def main() -> None:
    """Run the command line. A fault of dosecal's own ends with a sentence, not with a traceback."""
    try:
        cli()
    except Exception as error:
        if os.environ.get("DOSECAL_DEBUG"):
            raise
        click.echo(
            f"dosecal: this should not have happened ({type(error).__name__}); nothing was half-written. "
            "Run it again with DOSECAL_DEBUG=1 to see where, and report that.",
            err=True,
        )
        sys.exit(70)
