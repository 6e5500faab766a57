"""``dosecal reminder``: what will be said, and what was."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from cli.channel_options import channel_of
from cli.options import format_option, option
from cli.output import plain, print_json, print_listing, table
from cli.sending import Sending, sending_options
from scheduler import clock
from scheduler.actions.bounce import note_bounces
from scheduler.actions.recipient import get_recipient
from scheduler.actions.reminder import LoggedReminder, reminder_log, upcoming_reminders
from scheduler.actions.reminder_why import why as explain_reminders
from scheduler.actions.verification import verify_command
from scheduler.bootstrap import open_channels, open_store
from scheduler.errors import InputError, RefusedError
from scheduler.reminders.auditor import AuditReport
from scheduler.reminders.auditor import audit as audit_reminders
from scheduler.reminders.channels.channel import Accepted
from scheduler.reminders.message import verification_message
from scheduler.store.reminder_row import AttemptRecord, ReminderRecord

_AUDIT_COLUMNS = ("patient", "caseload", "recipient", "reminder", "problem")
_caseload_option = option("--caseload", "caseload_id", metavar="ID", help="The digests of this caseload.")
_limit_option = option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many at most."
)


@click.group()
def reminder() -> None:
    """See what will be said to whom, and what was."""


@reminder.command()
@click.argument("patient_id", metavar="[PATIENT]", required=False)
@_caseload_option
@_limit_option
@format_option
@click.pass_obj
def upcoming(
    database_url: str, patient_id: str | None, caseload_id: str | None, limit: int, output_format: str
) -> None:
    """List what waits to be sent, earliest first: the next 36 hours."""
    with open_store(database_url) as store:
        found = upcoming_reminders(store, patient_id, limit, caseload_id=caseload_id)
    rows = [_row(record) for record in found]
    headers = ["due", "patient", "caseload", "dose", "step", "recipient", "channel", "state", "attempts"]
    print_listing(output_format, headers, rows, "No reminders wait to be sent.")


@reminder.command()
@click.argument("patient_id", metavar="[PATIENT]", required=False)
@_caseload_option
@_limit_option
@format_option
@click.pass_obj
def log(
    database_url: str, patient_id: str | None, caseload_id: str | None, limit: int, output_format: str
) -> None:
    """List what was sent, refused, taken back or expired, latest first, with every attempt."""
    with open_store(database_url) as store:
        entries = reminder_log(store, patient_id, limit, caseload_id=caseload_id)
    if output_format == "json":
        print_json([_logged(entry) for entry in entries])
    elif not entries:
        click.echo("No reminder has come to an end yet.")
    else:
        headers = [
            "ended",
            "due",
            "patient",
            "caseload",
            "dose",
            "step",
            "recipient",
            "channel",
            "state",
            "attempts",
        ]
        click.echo(table(headers, [_logged_cells(entry) for entry in entries]))


@reminder.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("dose_id", metavar="DOSE")
@option("--recipient", "recipient_id", metavar="ID", help="For this recipient alone.")
@format_option
@click.pass_obj
def why(
    database_url: str, patient_id: str, dose_id: str, recipient_id: str | None, output_format: str
) -> None:
    """Say why each recipient was, or was not, told of DOSE, in plain sentences."""
    with open_store(database_url) as store:
        found = explain_reminders(store, patient_id, dose_id, clock.now(), recipient_id)
    if output_format == "json":
        rows = [{"recipient": w.recipient_id, "channel": w.channel, "why": list(w.sentences)} for w in found]
        print_json(rows)
        return
    if not found:
        click.echo("Nobody is reminded of this patient's doses; see 'dosecal recipient add'.")
    for told in found:
        click.echo(f"{told.recipient_id} ({told.channel}):")
        for sentence in told.sentences:
            click.echo(f"  {plain(sentence)}")


@reminder.command()
@click.argument(
    "mailbox_path", metavar="MAILDIR", type=click.Path(exists=True, path_type=Path, allow_dash=True)
)
@click.pass_obj
def bounces(database_url: str, mailbox_path: Path) -> None:
    """Take note of mails that came back to MAILDIR, the mailbox of --mail-from; '-' reads one from the input.

    Each reminder that did not arrive is told in another way, and its address counts as broken. What was read
    is marked as seen; run it every few minutes, or let the mail server hand each report over.
    """
    noted: list[int] = []
    with open_store(database_url) as store:
        for content, seen in _reports(mailbox_path):
            noted += note_bounces(store, content, clock.now())
            seen()
    click.echo(f"Reminders that came back: {len(noted)}.")


@reminder.command()
@format_option
@click.pass_context
def audit(ctx: click.Context, output_format: str) -> None:
    """Check that everybody was told of what came due in the last 25 hours, digests included.

    The daemon does the same every minute. Ends with exit code 1 where anything is wrong.
    """
    with open_store(ctx.obj) as store:
        report = audit_reminders(store, clock.now())
    if output_format == "json":
        print_json(_audited(report))
    elif report.count == 0:
        click.echo(f"Nothing is wrong. Patients: {report.patients}.")
    else:
        rows = [[str(row[column] or "") for column in _AUDIT_COLUMNS] for row in _audited(report)["findings"]]
        click.echo(table(_AUDIT_COLUMNS, rows))
        click.echo(f"Wrong: {report.count}. Shown: {len(report.shown)}.")
    if report.count:
        ctx.exit(1)


@reminder.command()
@click.argument("recipient_id", metavar="RECIPIENT")
@sending_options
@click.pass_obj
def test(database_url: str, recipient_id: str, sending: Sending) -> None:
    """Send RECIPIENT a test message now and say what became of it."""
    with open_store(database_url) as store:
        recipient = get_recipient(store, recipient_id)
        links = sending.ways_out(store)
    if recipient.verified_at is None:
        raise RefusedError(f"nothing goes there but a code: {verify_command(recipient)}")
    message = verification_message()
    if links is not None:
        message = links.over_another(message, recipient, clock.now())
    with open_channels(sending.channels) as opened:
        by = channel_of(opened, recipient.channel)
        outcome = by.send(message, recipient.address, f"test/{recipient.id}")
    if not isinstance(outcome, Accepted):
        raise RefusedError(f"it was not accepted: {outcome.detail}")
    click.echo("Printed." if recipient.channel == "console" else f"Accepted ({recipient.channel}).")


def _audited(report: AuditReport) -> dict[str, Any]:
    findings = [
        {
            "code": finding.problem.name.lower(),
            "problem": finding.problem.value,
            "patient": finding.patient_id,
            "caseload": finding.caseload_id,
            "recipient": finding.recipient_id,
            "reminder": finding.reminder_id,
        }
        for finding in report.shown
    ]
    return {
        "patients": report.patients,
        "caseloads": report.caseloads,
        "count": report.count,
        "findings": findings,
    }


def _row(record: ReminderRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "due": record.due_at.isoformat(timespec="seconds"),
        "patient": record.patient_id,
        "caseload": record.caseload_id,
        "dose": record.dose_id,
        "step": record.step,
        "recipient": record.recipient_id,
        "channel": record.channel,
        "state": record.state.value,
        "attempts": record.attempt,
        "last_error": record.last_error,
    }


def _logged(entry: LoggedReminder) -> dict[str, Any]:
    ended = entry.reminder.ended_at
    return {
        **_row(entry.reminder),
        "ended": ended.isoformat(timespec="seconds") if ended else None,
        "attempts": [_attempt(attempt) for attempt in entry.attempts],
    }


def _logged_cells(entry: LoggedReminder) -> list[str]:
    row = _logged(entry)
    attempts = "; ".join(
        " ".join(filter(None, [a["outcome"] or "running", a["detail"]])) for a in row["attempts"]
    )
    explained = attempts or entry.reminder.last_error or ""
    columns = ("ended", "due", "patient", "caseload", "dose", "step", "recipient", "channel", "state")
    return [*(str(row[column] or "") for column in columns), explained]


def _attempt(attempt: AttemptRecord) -> dict[str, Any]:
    ended = attempt.ended_at
    return {
        "number": attempt.number,
        "node": attempt.node,
        "started": attempt.started_at.isoformat(timespec="milliseconds"),
        "ended": ended.isoformat(timespec="milliseconds") if ended else None,
        "outcome": attempt.outcome,
        "detail": attempt.detail,
    }


def _reports(mailbox_path: Path) -> Iterator[tuple[bytes, Callable[[], object]]]:
    """Mails that nobody has seen, and how to say that they are. Raises InputError for no Maildir."""
    if str(mailbox_path) == "-":
        yield sys.stdin.buffer.read(), lambda: None
        return
    unseen, seen = mailbox_path / "new", mailbox_path / "cur"
    if not (unseen.is_dir() and seen.is_dir()):
        raise InputError("MAILDIR is a folder with the folders new and cur in it")
    for file in sorted(unseen.iterdir()):
        yield file.read_bytes(), partial(file.rename, seen / f"{file.name}:2,S")
