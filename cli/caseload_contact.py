"""``dosecal caseload contact``: where the digest of a caseload's day is sent."""

from __future__ import annotations

from datetime import datetime

import click

from cli.contact_options import contact_options
from cli.options import format_option, option
from cli.output import print_listing
from cli.sending import Sending, sending_options
from cli.verifying import ask, by_hand_option, verified_by_hand_option, verify_or_send
from scheduler import clock
from scheduler.actions.caseload_contact import add_contact, get_contact, list_contacts, remove_contact
from scheduler.actions.contact_problem import contact_problem
from scheduler.bootstrap import open_store
from scheduler.ical.privacy import Privacy
from scheduler.reminders.channels.address import shown_address

_caseload_argument = click.argument("caseload_id", metavar="CASELOAD")
_contact_argument = click.argument("recipient_id", metavar="CONTACT")
_HEADERS = ("id", "channel", "address", "privacy", "role", "verified", "problem")


@click.group()
def contact() -> None:
    """Say where the digest of CASELOAD's day is sent."""


@contact.command()
@_caseload_argument
@click.argument("address")
@contact_options(
    [Privacy.DISCREET, Privacy.FULL],
    "discreet: initials, places and times; full: medicine and dose too, which mail servers then see.",
)
@option("--stand-in", is_flag=True, help="Send it there only where it could not be sent to another.")
@verified_by_hand_option
@sending_options
@click.pass_obj
def add(
    database_url: str,
    caseload_id: str,
    address: str,
    channel: str,
    privacy: str,
    stand_in: bool,
    by_hand: str | None,
    sending: Sending,
) -> None:
    """Send the digest of CASELOAD to ADDRESS, and print the contact point's id.

    A code goes there first, and nothing else until 'dosecal caseload contact verify' was told it. The digest
    comes every day at 07:00 until 'dosecal caseload digest' says otherwise. For the console channel the
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
            by_hand=by_hand,
        )
        click.echo(added.id)
        ask(store, added, sending)


@contact.command()
@_caseload_argument
@_contact_argument
@click.argument("code", required=False)
@by_hand_option
@sending_options
@click.pass_obj
def verify(
    database_url: str,
    caseload_id: str,
    recipient_id: str,
    code: str | None,
    by_hand: str | None,
    sending: Sending,
) -> None:
    """Send CONTACT a code, or be told the CODE that they got: the digest goes there from then on.

    Also for one that is broken and mended.
    """
    with open_store(database_url) as store:
        found = get_contact(store, caseload_id, recipient_id)
        if verify_or_send(store, found, code, by_hand, sending):
            click.echo(f"{recipient_id} is verified: the digest goes there from now on.")


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
            "address": shown_address(c.channel, c.address),
            "privacy": c.privacy,
            "role": c.role.value,
            "verified": c.verified_how,
            "verified_at": _instant(c.verified_at),
            "broken_at": _instant(c.broken_at),
            "problem": contact_problem(c),
        }
        for c in found
    ]
    empty = "Its digest is sent to nobody; see 'dosecal caseload contact add'."
    print_listing(output_format, _HEADERS, rows, empty)


@contact.command()
@_caseload_argument
@_contact_argument
@click.pass_obj
def remove(database_url: str, caseload_id: str, recipient_id: str) -> None:
    """Send CONTACT no more digests; what waits to be sent there is taken back."""
    with open_store(database_url) as store:
        remove_contact(store, caseload_id, recipient_id, clock.now())
    click.echo(f"Removed {recipient_id}.")


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
