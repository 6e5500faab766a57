"""``dosecal caseload contact``: where the digest of a caseload's day is sent."""

from __future__ import annotations

import click

from cli.contact_options import contact_options
from cli.options import format_option, option
from cli.output import print_listing
from scheduler import clock
from scheduler.actions.caseload_contact import add_contact, list_contacts, remove_contact
from scheduler.actions.contact_problem import contact_problem
from scheduler.bootstrap import open_store
from scheduler.ical.privacy import Privacy

_caseload_argument = click.argument("caseload_id", metavar="CASELOAD")
_HEADERS = ("id", "channel", "address", "privacy", "role", "problem")


@click.group()
def contact() -> None:
    """Say where the digest of CASELOAD's day is sent."""


@contact.command()
@_caseload_argument
@click.argument("address")
@contact_options(
    "discreet: initials, places and times; full: medicine and dose too, which mail servers then see."
)
@option("--stand-in", is_flag=True, help="Send it there only where it could not be sent to another.")
@click.pass_obj
def add(
    database_url: str, caseload_id: str, address: str, channel: str, privacy: str, stand_in: bool
) -> None:
    """Send the digest of CASELOAD to ADDRESS from now on, and print the contact point's id.

    It comes every day at 07:00 until 'dosecal caseload digest' says otherwise. For the console channel the
    address is any name, printed before each digest.
    """
    with open_store(database_url) as store:
        added = add_contact(
            store,
            caseload_id,
            clock.now(),
            channel=channel,
            address=address,
            privacy=Privacy(privacy),
            stands_in=stand_in,
        )
    click.echo(added.id)


@contact.command("list")
@_caseload_argument
@format_option
@click.pass_obj
def list_(database_url: str, caseload_id: str, output_format: str) -> None:
    """List the contact points of CASELOAD."""
    with open_store(database_url) as store:
        found = list_contacts(store, caseload_id)
    rows = [
        {
            "id": c.id,
            "channel": c.channel,
            "address": c.address,
            "privacy": c.privacy,
            "role": c.role.value,
            "problem": contact_problem(c),
        }
        for c in found
    ]
    empty = "Its digest is sent to nobody; see 'dosecal caseload contact add'."
    print_listing(output_format, _HEADERS, rows, empty)


@contact.command()
@_caseload_argument
@click.argument("recipient_id", metavar="CONTACT")
@click.pass_obj
def remove(database_url: str, caseload_id: str, recipient_id: str) -> None:
    """Send CONTACT no more digests; what waits to be sent there is taken back."""
    with open_store(database_url) as store:
        remove_contact(store, caseload_id, recipient_id, clock.now())
    click.echo(f"Removed {recipient_id}.")
