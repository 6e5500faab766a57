"""``dosecal reminder``: what will be said, and what was."""

from __future__ import annotations

from typing import Any

import click

from cli.options import format_option, option
from cli.output import print_json, print_listing, table
from cli.smtp_options import read_smtp, smtp_options
from scheduler import clock
from scheduler.actions.recipient import get_recipient
from scheduler.actions.reminder import LoggedReminder, reminder_log, upcoming_reminders
from scheduler.bootstrap import make_channels, open_store
from scheduler.errors import RefusedError, SettingsError
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
@smtp_options
@click.pass_obj
def test(database_url: str, recipient_id: str, smtp_url: str | None, mail_from: str) -> None:
    """Send RECIPIENT a test message now and say what became of it."""
    channels = make_channels(read_smtp(smtp_url, mail_from))
    with open_store(database_url) as store:
        recipient = get_recipient(store, recipient_id)
    channel = channels.get(recipient.channel)
    if channel is None:
        raise SettingsError("this recipient is reached by mail: say where the mail server is (--smtp-url)")
    outcome = channel.send(verification_message(), recipient.address, f"test/{recipient.id}")
    if not isinstance(outcome, Accepted):
        raise RefusedError(f"it was not accepted: {outcome.detail}")
    click.echo("Accepted by the mail server." if recipient.channel == "smtp" else "Printed.")


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
