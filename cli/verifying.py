"""Verifying an address on the command line: of a patient's recipient and a caseload's contact point alike."""

from __future__ import annotations

import click

from cli.channel_options import channel_of
from cli.options import Command, option
from cli.sending import Sending
from scheduler import clock
from scheduler.actions.verification import (
    issue_code,
    send_code,
    verify_by_code,
    verify_by_hand,
    verify_command,
)
from scheduler.bootstrap import open_channels
from scheduler.errors import InputError, RefusedError, SettingsError
from scheduler.store.recipients import RecipientRecord
from scheduler.store.unit_of_work import Store


def verified_by_hand_option(command: Command) -> Command:
    """``--verified-by-hand``, of what adds an address."""
    return option(
        "--verified-by-hand",
        "by_hand",
        metavar="REASON",
        help="Send no code: you know that the address is theirs, and how.",
    )(command)


def by_hand_option(command: Command) -> Command:
    """``--by-hand``, of what verifies one."""
    return option("--by-hand", metavar="REASON", help="You know that the address is theirs, and how.")(
        command
    )


def ask(store: Store, added: RecipientRecord, sending: Sending) -> None:
    """Send the code where this process can, and say what is left to do. The address is kept either way."""
    if added.verified_at is not None:
        return
    command = verify_command(added)
    try:
        _send(store, added, sending)
        told = f"A code is on its way. Tell it to: {command} CODE"
    except (SettingsError, RefusedError) as error:
        told = f"Nothing goes there yet: {error}. Send a code with: {command}"
    click.echo(told, err=True)


def verify_or_send(
    store: Store, contact: RecipientRecord, code: str | None, by_hand: str | None, sending: Sending
) -> bool:
    """Verify ``contact`` by ``code`` or ``by_hand``, else send a code and say so; whether it is verified."""
    if code is not None and by_hand is not None:
        raise InputError("give either the code or --by-hand")
    if code is not None:
        verify_by_code(store, contact.id, code, clock.now())
    elif by_hand is not None:
        verify_by_hand(store, contact.id, by_hand, clock.now())
    else:
        _send(store, contact, sending)
        click.echo(f"Sent. Their code goes to: {verify_command(contact)} CODE")
    return code is not None or by_hand is not None


def _send(store: Store, contact: RecipientRecord, sending: Sending) -> None:
    with open_channels(sending.channels) as opened:
        by = channel_of(opened, contact.channel)
        links = sending.ways_out(store)
        send_code(issue_code(store, contact.id, clock.now()), by, links)
