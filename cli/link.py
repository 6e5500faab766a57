"""``dosecal link``: the links in messages, by which doses are answered."""

from __future__ import annotations

import click

from cli.options import format_option, option
from cli.output import print_listing
from scheduler import clock
from scheduler.actions.link_key import list_link_keys, rotate_link_key
from scheduler.bootstrap import open_store


@click.group()
def link() -> None:
    """Look after the keys that sign the links in messages."""


@link.command("list")
@format_option
@click.pass_obj
def list_(database_url: str, output_format: str) -> None:
    """List the keys whose links work, oldest first. The last one signs."""
    with open_store(database_url) as store:
        keys = list_link_keys(store, clock.now())
    rows = [
        {
            "key": key.id,
            "made": key.made_at.isoformat(timespec="seconds"),
            "ends": None if key.ends_at is None else key.ends_at.isoformat(timespec="seconds"),
        }
        for key in keys
    ]
    print_listing(output_format, ["key", "made", "ends"], rows, "No link was ever sent.")


@link.command()
@option("--now", "ends_others", is_flag=True, help="End every link that was sent so far, at once.")
@click.pass_obj
def rotate(database_url: str, ends_others: bool) -> None:
    """Sign links with a new key from now on.

    Links sent before go on working until they are too old, unless --now ends them: for when somebody may
    have read the database. Daemons take the new key up within half a minute; what they send until then has
    links of the old one.
    """
    with open_store(database_url) as store:
        rotate_link_key(store, clock.now(), ends_others=ends_others)
    click.echo("A new key signs. Links sent before have ended." if ends_others else "A new key signs.")
