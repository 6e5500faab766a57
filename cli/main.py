"""The ``dosecal`` command."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from cli.backup import backup, restore
from cli.caseload import caseload
from cli.daemon import daemon
from cli.database import database
from cli.demo import demo
from cli.doctor import doctor
from cli.dose import dose
from cli.feed import feed
from cli.finding import finding
from cli.hold import hold
from cli.import_plan import import_plans
from cli.link import link
from cli.options import option
from cli.order import order
from cli.patient import patient
from cli.plan import plan
from cli.policy import policy
from cli.product import product
from cli.protocol import protocol
from cli.recipient import recipient
from cli.refusal import refusal_text
from cli.regimen import regimen
from cli.reminder import reminder
from cli.retention import retention
from cli.schedule import schedule
from cli.serve import serve
from cli.site import site
from cli.supply import supply
from cli.surgery import surgery
from cli.travel import travel
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


class _Commands(click.Group):
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


for command in (
    plan,
    import_plans,
    patient,
    caseload,
    schedule,
    regimen,
    order,
    protocol,
    product,
    dose,
    hold,
    site,
    finding,
    surgery,
    supply,
    travel,
    feed,
    recipient,
    policy,
    reminder,
    link,
    serve,
    daemon,
    database,
    doctor,
    retention,
    backup,
    restore,
    demo,
):
    cli.add_command(command)


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
