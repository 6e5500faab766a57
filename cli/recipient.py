"""``dosecal recipient``: who is reminded, and where."""

from __future__ import annotations

from datetime import datetime

import click

from cli.contact_options import contact_options
from cli.options import format_option, option
from cli.output import print_listing
from cli.sending import Sending, sending_options
from cli.verifying import ask, by_hand_option, verified_by_hand_option, verify_or_send
from scheduler import clock
from scheduler.actions.contact_problem import contact_problem
from scheduler.actions.recipient import add_recipient, get_recipient, list_recipients, remove_recipient
from scheduler.bootstrap import open_store
from scheduler.ical.privacy import Privacy
from scheduler.reminders.channels.address import shown_address
from scheduler.reminders.channels.webhook import signing_key
from scheduler.store.recipients import RecipientRole


@click.group()
def recipient() -> None:
    """Say who is reminded, and where."""


@recipient.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("address")
@contact_options(
    [*Privacy],
    "discreet: the time alone; initials: whose dose it is; full: medicine, dose, site and what the label "
    "says of food, which mail servers and lock screens then show.",
)
@option(
    "--escalation",
    is_flag=True,
    help="Tell them only that a reminder was not answered: nobody recorded the dose.",
)
@option("--consented", is_flag=True, help="They agreed to be told, and so did the patient.")
@verified_by_hand_option
@sending_options
@click.pass_obj
def add(
    database_url: str,
    patient_id: str,
    address: str,
    channel: str,
    privacy: str,
    escalation: bool,
    consented: bool,
    by_hand: str | None,
    sending: Sending,
) -> None:
    """Remind ADDRESS of PATIENT's doses, and print the recipient's id.

    A code goes there first, and nothing else until 'dosecal recipient verify' was told it. The address is
    that of a mailbox, the URL of a webhook, a topic of ntfy; for a channel of this machine it is any name.
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
            by_hand=by_hand,
        )
        click.echo(added.id)
        if channel == "webhook" and sending.channels.webhook is not None:
            click.echo(f"Signing key: {signing_key(sending.channels.webhook.secret, address)}", err=True)
        ask(store, added, sending)


@recipient.command()
@click.argument("recipient_id", metavar="RECIPIENT")
@click.argument("code", required=False)
@by_hand_option
@sending_options
@click.pass_obj
def verify(
    database_url: str,
    recipient_id: str,
    code: str | None,
    by_hand: str | None,
    sending: Sending,
) -> None:
    """Send RECIPIENT a code, or be told the CODE that they got: reminders go there from then on.

    Also for one that is broken and mended, or was unsubscribed and is wanted again.
    """
    with open_store(database_url) as store:
        contact = get_recipient(store, recipient_id)
        if verify_or_send(store, contact, code, by_hand, sending):
            click.echo(f"{recipient_id} is verified: reminders go there from now on.")


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
            "address": shown_address(r.channel, r.address),
            "privacy": r.privacy,
            "role": r.role.value,
            "verified": r.verified_how,
            "verified_at": _instant(r.verified_at),
            "broken_at": _instant(r.broken_at),
            "unsubscribed_at": _instant(r.unsubscribed_at),
            "problem": contact_problem(r),
        }
        for r in found
    ]
    headers = ["id", "patient", "channel", "address", "privacy", "role", "verified", "problem"]
    print_listing(output_format, headers, rows, "Nobody is reminded; see 'dosecal recipient add'.")


@recipient.command()
@click.argument("recipient_id", metavar="RECIPIENT")
@click.pass_obj
def remove(database_url: str, recipient_id: str) -> None:
    """Stop reminding RECIPIENT; what waits to be sent there is taken back."""
    with open_store(database_url) as store:
        remove_recipient(store, recipient_id, clock.now())
    click.echo(f"Removed {recipient_id}.")


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
