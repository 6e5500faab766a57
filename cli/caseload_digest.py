"""``dosecal caseload digest``: one message each morning that tells who is due."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import click

from cli.options import Zone, format_option, option
from cli.output import print_json
from scheduler import clock
from scheduler.actions.caseload_digest import DigestView, preview_digest, set_digest, show_digest
from scheduler.actions.contact_problem import contact_problems
from scheduler.bootstrap import open_store
from scheduler.errors import InputError
from scheduler.ical.privacy import Privacy
from scheduler.reminders.digest_choice import WhenEmpty
from scheduler.reminders.digest_document import parse_days, written_days
from scheduler.store.recipients import RecipientRole


@click.command()
@click.argument("caseload_id", metavar="CASELOAD")
@option("--on/--off", "is_on", default=None, help="Whether there is one. [default: on]")
@option("--at", help="Clock time. [default: 07:00]")
@option("--zone", type=Zone(), help="IANA time zone of that clock. [default: the caseload's]")
@option("--days", help="daily, mon-fri or mon,thu. [default: daily]")
@option(
    "--when-empty",
    type=click.Choice([choice.value for choice in WhenEmpty]),
    help="With nothing to tell, say so or send nothing. [default: tell]",
)
@option("--lead-task", "leads", multiple=True, help="Tell of prepare, food or order=DAYS. [default: prepare]")
@option("--no-lead-tasks", "no_leads", is_flag=True, help="Tell of nothing to do before doses.")
@option("--dry-run", is_flag=True, help="Show what would be in force, and change nothing.")
@option("--preview", is_flag=True, help="Print what a digest would say now, and send nothing.")
@option(
    "--privacy",
    type=click.Choice([Privacy.DISCREET.value, Privacy.FULL.value]),
    default=Privacy.DISCREET.value,
    show_default=True,
    help="Of the preview; who gets one chooses with 'dosecal caseload contact add'.",
)
@format_option
@click.pass_obj
def digest(
    database_url: str,
    /,
    *,
    caseload_id: str,
    dry_run: bool,
    preview: bool,
    privacy: str,
    output_format: str,
    **values: Any,
) -> None:
    """Show or choose when the digest of CASELOAD's day comes, and whom it reaches.

    It tells who is due today, what is overdue, what to get ready and what was missed since the last one, as
    things stand when it is sent. Options that are left out stay as they are.
    """
    moment, chosen = clock.now(), _chosen(**values)
    with open_store(database_url) as store:
        if preview:
            _refuse_beside_preview(chosen)
            message = preview_digest(store, caseload_id, moment, is_full=privacy == Privacy.FULL.value)
            click.echo(f"{message.subject}\n\n{message.text}")
            return
        if chosen:
            view = set_digest(store, caseload_id, moment, chosen=chosen, rehearsed=dry_run)
        else:
            view = show_digest(store, caseload_id, moment)
    if output_format == "json":
        print_json(_details(view))
    else:
        click.echo(_text(view))


def _chosen(
    *,
    is_on: bool | None,
    at: str | None,
    zone: ZoneInfo | None,
    days: str | None,
    when_empty: str | None,
    leads: tuple[str, ...],
    no_leads: bool,
) -> dict[str, Any]:
    """The keys of a digest document that the options say. Raises InputError where two contradict."""
    if leads and no_leads:
        raise InputError("lead tasks: say either which, or that there are none")
    said = {
        "is_on": is_on,
        "at": at,
        "zone": None if zone is None else zone.key,
        "days": None if days is None else parse_days(days),
        "when_empty": when_empty,
        "leads": list(leads) if leads or no_leads else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _refuse_beside_preview(chosen: dict[str, Any]) -> None:
    if chosen:
        raise InputError("a preview changes nothing: leave out what is chosen, or choose first")


def _details(view: DigestView) -> dict[str, Any]:
    choice = view.choice
    return {
        "caseload": view.record.id,
        "on": choice.is_on,
        "at": f"{choice.at:%H:%M}",
        "zone": (choice.zone or view.record.zone).key,
        "days": [day.value for day in choice.days],
        "when_empty": choice.when_empty.value,
        "lead_tasks": list(choice.leads.words()),
        "contacts": [contact.id for contact in view.contacts],
        "contact_problems": list(contact_problems(view.contacts)),
        "next": None if view.next_at is None else view.next_at.isoformat(timespec="seconds"),
    }


def _text(view: DigestView) -> str:
    details = _details(view)
    if not view.choice.is_on:
        return f"{view.record.id} has no digest; see 'dosecal caseload digest --on'."
    leads = ", ".join(details["lead_tasks"]) or "none"
    empty = "says so" if view.choice.when_empty is WhenEmpty.TELL else "sends nothing"
    return "\n".join(
        [
            f"{view.record.id}: {written_days(view.choice.days)} at {details['at']} ({details['zone']})",
            f"with nothing to tell: {empty}; lead tasks: {leads}",
            _reached(view),
            *(f"{problem}." for problem in details["contact_problems"]),
        ]
    )


def _reached(view: DigestView) -> str:
    told = [contact for contact in view.contacts if contact.is_told]
    if view.next_at is None or not any(contact.role is RecipientRole.PERSON for contact in told):
        return "It is sent to nobody; see 'dosecal caseload contact add'."
    wall = view.next_at.astimezone(view.choice.zone or view.record.zone)
    return f"the next one: {wall:%a %Y-%m-%d %H:%M}, to {', '.join(c.id for c in told)}"
