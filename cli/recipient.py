"""``dosecal recipient``: who is reminded, and where."""

from __future__ import annotations

import click

from cli.options import format_option, option
from cli.output import print_listing
from scheduler import clock
from scheduler.actions.recipient import add_recipient, list_recipients, remove_recipient
from scheduler.bootstrap import open_store
from scheduler.ical.privacy import Privacy
from scheduler.reminders.channels.address import CHANNELS
from scheduler.store.recipients import RecipientRole


@click.group()
def recipient() -> None:
    """Say who is reminded, and where."""


@recipient.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("address")
@option(
    "--channel", type=click.Choice(CHANNELS), default="smtp", show_default=True, help="How to reach them."
)
@option(
    "--privacy",
    type=click.Choice([Privacy.DISCREET.value, Privacy.FULL.value]),
    default=Privacy.DISCREET.value,
    show_default=True,
    help="discreet: the time alone; full: medicine and dose, which mail servers and lock screens then show.",
)
@option(
    "--escalation",
    is_flag=True,
    help="Tell them only that a reminder was not answered: nobody recorded the dose.",
)
@option("--consented", is_flag=True, help="They agreed to be told, and so did the patient.")
@click.pass_obj
def add(
    database_url: str,
    patient_id: str,
    address: str,
    channel: str,
    privacy: str,
    escalation: bool,
    consented: bool,
) -> None:
    """Remind ADDRESS of PATIENT's doses from now on, and print the recipient's id.

    For the console channel the address is any name, printed before each reminder.
    """
    with open_store(database_url) as store:
        added = add_recipient(
            store,
            patient_id,
            clock.now(),
            channel=channel,
            address=address,
            privacy=Privacy(privacy),
            role=RecipientRole.ESCALATION if escalation else RecipientRole.PERSON,
            consented=consented,
        )
    click.echo(added.id)


@recipient.command("list")
@click.argument("patient_id", metavar="[PATIENT]", required=False)
@format_option
@click.pass_obj
def list_(database_url: str, patient_id: str | None, output_format: str) -> None:
    """List the recipients of PATIENT, or of everybody."""
    with open_store(database_url) as store:
        found = list_recipients(store, patient_id)
    rows = [
        {
            "id": r.id,
            "patient": r.patient_id,
            "channel": r.channel,
            "address": r.address,
            "privacy": r.privacy,
            "role": r.role.value,
        }
        for r in found
    ]
    headers = ["id", "patient", "channel", "address", "privacy", "role"]
    print_listing(output_format, headers, rows, "Nobody is reminded; see 'dosecal recipient add'.")


@recipient.command()
@click.argument("recipient_id", metavar="RECIPIENT")
@click.pass_obj
def remove(database_url: str, recipient_id: str) -> None:
    """Stop reminding RECIPIENT; what waits to be sent there is taken back."""
    with open_store(database_url) as store:
        remove_recipient(store, recipient_id, clock.now())
    click.echo(f"Removed {recipient_id}.")
