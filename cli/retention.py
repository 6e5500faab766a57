"""``dosecal retention``: what is kept for how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from cli.options import Command, format_option, option
from cli.output import print_listing
from scheduler import clock
from scheduler.actions.retention import DAEMONS_FOR, KeptFor, LetGo, let_go, may_go
from scheduler.bootstrap import open_store

_KEPT = {
    "reminders": "reminders that ended, with every attempt, unless their dose may still be open",
    "addresses": "addresses of recipients who were removed",
    "calendars": "the last bytes of feeds whose address was changed",
    "daemons": "daemons that are gone, and how their channels fared",
}


def _days(name: str, default: timedelta, says: str) -> Callable[[Command], Command]:
    return option(
        f"--{name}",
        envvar=f"DOSECAL_KEEP_{name.upper()}",
        default=default.days,
        show_default=True,
        metavar="DAYS",
        type=click.IntRange(1, 36_500),
        help=f"How many days to keep {says}.",
    )


def _kept_options(command: Command) -> Command:
    kept = KeptFor()
    for name in ("calendars", "addresses", "reminders"):
        command = _days(name, getattr(kept, name), _KEPT[name])(command)
    return command


@click.group()
def retention() -> None:
    """What is kept for how long. What was ordered and given goes only with its patient."""


@retention.command()
@_kept_options
@format_option
@click.pass_obj
def show(database_url: str, /, output_format: str, **days: int) -> None:
    """Show what is kept for how long, and how much of it may go now."""
    kept = _kept(days)
    with open_store(database_url) as store:
        found = may_go(store, clock.now(), kept)
    print_listing(output_format, ("what", "days", "may_go"), _rows(kept, found), "")


@retention.command()
@_kept_options
@option("--dry-run", is_flag=True, help="Only say what would go.")
@format_option
@click.pass_obj
def run(database_url: str, /, dry_run: bool, output_format: str, **days: int) -> None:
    """Delete what has been kept long enough. Run it every night; daemons may run meanwhile.

    Backups hold what was deleted after them: let the old ones go as well.
    """
    kept = _kept(days)
    with open_store(database_url) as store:
        gone = (may_go if dry_run else let_go)(store, clock.now(), kept)
    column = "would_go" if dry_run else "gone"
    rows = [{**row, column: row["may_go"]} for row in _rows(kept, gone)]
    print_listing(output_format, ("what", "days", column), rows, "")


def _kept(days: dict[str, int]) -> KeptFor:
    return KeptFor(**{name: timedelta(days=count) for name, count in days.items()})


def _rows(kept: KeptFor, found: LetGo) -> list[dict[str, Any]]:
    lengths = {**asdict(kept), "daemons": DAEMONS_FOR}
    counts = asdict(found)
    return [
        {"kind": name, "what": _KEPT[name], "days": lengths[name].days, "may_go": counts[name]}
        for name in _KEPT
    ]
