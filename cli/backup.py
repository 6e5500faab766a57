"""``dosecal backup`` and ``dosecal restore``: a copy of everything, and going on from it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cli.options import Instant, format_option, option
from cli.output import print_json
from scheduler.actions.backup import Restored
from scheduler.bootstrap import back_up_database, restore_database
from scheduler.store.backup_manifest import Manifest, manifest_file

_LOST = """What was recorded after the backup is lost. Look after it by hand:
  doses that were given or skipped since, and plans that were changed;
  feeds that were revoked since, and recipients who were removed or withdrew: they are back;
  feeds that were issued since: their addresses lead nowhere."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@format_option
@click.pass_obj
def backup(database_url: str, file: Path, output_format: str) -> None:
    """Copy the whole database to FILE, a new one, while everything goes on.

    FILE.json beside it says what is in it and belongs to it. Both hold health data: only you can read them;
    encrypt them before they leave the machine. PostgreSQL needs pg_dump on the path.
    """
    manifest = back_up_database(database_url, file)
    if output_format == "json":
        print_json(_described(manifest, file))
    else:
        click.echo(f"Wrote {file} and {manifest_file(file)}: {sum(manifest.counts.values())} rows, checked.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@option(
    "--sent-until",
    type=Instant(),
    help="When the lost database last sent anything, at the latest; its log tells. [default: now]",
)
@click.pass_obj
def restore(database_url: str, file: Path, sent_until: datetime | None) -> None:
    """Fill a new database, named by --database-url, from the backup FILE.

    Nothing that was sent before the backup is sent again. Of what came due between it and --sent-until each
    person gets one message that lists it and says that they may have heard of it. What came due later is
    sent as after an outage. Start the daemon when this has ended. PostgreSQL needs pg_restore on the path.
    """
    restored = restore_database(database_url, file, sent_until)
    click.echo(_told(restored))
    click.echo(_LOST)


def _told(restored: Restored) -> str:
    manifest, reminders = restored.manifest, restored.reminders
    return (
        f"Restored what was there at {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC: "
        f"{sum(manifest.counts.values())} rows.\n"
        f"Reminders that may have been sent since: {reminders.told_together} go in one message for each "
        f"person, {reminders.useless} are of no more use."
    )


def _described(manifest: Manifest, file: Path) -> dict[str, Any]:
    return {
        "file": str(file),
        "taken_at": manifest.taken_at.isoformat(timespec="seconds"),
        "revision": manifest.revision,
        "rows": sum(manifest.counts.values()),
        "bytes": manifest.size,
        "sha256": manifest.sha256,
    }
