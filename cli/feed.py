"""``dosecal feed``: calendars to subscribe to."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from cli.feed_address_output import address_options, show_address, warn_of_plain_http
from cli.options import format_option, option, style_options
from cli.output import print_listing
from scheduler import clock
from scheduler.actions.feed import ENDED_FOR, OVERLAP, issue_feed, list_feeds, revoke_feed, rotate_feed
from scheduler.actions.feed_address import BaseUrl
from scheduler.actions.feed_contents import FeedStyle, default_alias
from scheduler.actions.lead_choice import LeadChoice
from scheduler.bootstrap import open_store
from scheduler.ical.audience import Audience
from scheduler.ical.privacy import Privacy
from scheduler.store.feeds import FeedRecord

_COLUMNS = (
    "key_id",
    "patient",
    "caseload",
    "audience",
    "label",
    "privacy",
    "issued",
    "last_used",
    "last_used_by",
    "ends",
)


@click.group()
def feed() -> None:
    """Hand out calendar addresses and take them back."""


@feed.command()
@click.argument("subject_id", metavar="PATIENT|CASELOAD")
@option("--label", default="", help="Whose calendar it is, to know it by in the list.")
@option(
    "--audience",
    type=click.Choice([audience.value for audience in Audience]),
    default=Audience.PATIENT.value,
    show_default=True,
    help="Who reads it. patient, carer: the doses of PATIENT. nurse: what a professional gives at home to "
    "the patients of CASELOAD; clinic: their depots that are given in a clinic.",
)
@option(
    "--lead-task",
    "lead_words",
    multiple=True,
    metavar="[prepare|food|order=DAYS]",
    help="An event of its own before each dose: prepare, such as out of the fridge, and food, when to stop "
    "eating, by the label; order=DAYS, to see that a depot is in stock. May be given several times.",
)
@address_options
@style_options
@format_option
@click.pass_context
def issue(
    ctx: click.Context,
    /,
    subject_id: str,
    label: str,
    audience: str,
    base_url: str,
    picture: Path | None,
    output_format: str,
    **wanted: Any,
) -> None:
    """Make an address at which a calendar can be subscribed to.

    Whoever has the address sees the calendar. It is shown this once and cannot be looked up again. On a
    terminal a QR code follows, for a phone's camera: it opens a page that says how to subscribe.

    For a nurse or a clinic the titles are "Visit" and "Appointment", with initials, unless told otherwise.
    """
    base = BaseUrl.parse(base_url)
    reader = Audience(audience)
    style = _style(ctx, reader, **wanted)
    with open_store(ctx.obj) as store:
        token = issue_feed(store, subject_id, clock.now(), label=label, style=style, audience=reader)
    warn_of_plain_http(base)
    _warn_of_full_privacy(style)
    whose = "caseload" if reader.is_staff else "patient"
    facts = {whose: subject_id, "audience": audience, "label": label, "privacy": style.privacy.value}
    show_address(base, token, facts, output_format, picture)


@feed.command()
@click.argument("key_id", metavar="KEY")
@option(
    "--days",
    type=click.IntRange(0, 90),
    default=OVERLAP.days,
    show_default=True,
    help="How long the old address goes on; 0 ends it now, for one that fell into wrong hands.",
)
@address_options
@format_option
@click.pass_obj
def rotate(
    database_url: str, key_id: str, days: int, base_url: str, picture: Path | None, output_format: str
) -> None:
    """Give the feed KEY a new address, shown this once.

    Until the old one ends its calendar goes on and says every day that there is a new address. Whoever
    subscribes to the new one sees the same events, not copies of them.
    """
    base = BaseUrl.parse(base_url)
    with open_store(database_url) as store:
        token = rotate_feed(store, key_id, clock.now(), overlap=timedelta(days=days))
    warn_of_plain_http(base)
    show_address(base, token, {"rotated_from": key_id}, output_format, picture)
    ends = f"ends in {days} days" if days else "has ended"
    click.echo(f"The old address, {key_id}, {ends}.", err=True)


@feed.command("list")
@click.argument("patient_id", metavar="[PATIENT]", required=False)
@option("--caseload", "caseload_id", metavar="CASELOAD", help="The feeds of this caseload.")
@format_option
@click.pass_obj
def list_(database_url: str, patient_id: str | None, caseload_id: str | None, output_format: str) -> None:
    """List the feeds of PATIENT, of a caseload, or of everybody.

    For each, the last day on which a calendar asked for it and which program that was, as it says itself.
    """
    if patient_id and caseload_id:
        raise click.UsageError("name a PATIENT or a --caseload, not both")
    with open_store(database_url) as store:
        feeds = list_feeds(store, patient_id, caseload_id)
    rows = [_row(feed) for feed in feeds]
    print_listing(output_format, list(_COLUMNS), rows, "There are no feeds; see 'dosecal feed issue'.")


@feed.command()
@click.argument("key_id", metavar="KEY")
@click.pass_obj
def revoke(database_url: str, key_id: str) -> None:
    """End the feed KEY (the first column of 'feed list').

    For 30 days it answers with a calendar that says so, which makes phones drop the doses; then it is gone.
    """
    with open_store(database_url) as store:
        revoke_feed(store, key_id, clock.now())
    click.echo(f"Revoked {key_id}. Its calendar says so for {ENDED_FOR.days} days.")


def _style(
    ctx: click.Context, audience: Audience, *, privacy: str, alias: str, lead_words: tuple[str, ...]
) -> FeedStyle:
    """With the defaults that suit the audience where the options say nothing."""
    if audience.is_staff and _is_default(ctx, "privacy"):
        privacy = Privacy.INITIALS.value
    if _is_default(ctx, "alias"):
        alias = default_alias(audience)
    return FeedStyle(privacy=Privacy(privacy), alias=alias, leads=LeadChoice.parse(lead_words))


def _is_default(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is ParameterSource.DEFAULT


def _warn_of_full_privacy(style: FeedStyle) -> None:
    if style.privacy is Privacy.FULL:
        click.echo(
            "dosecal: at full privacy the medicine and the dose are shown by calendar companies, shared "
            "calendars and lock screens",
            err=True,
        )


def _row(feed: FeedRecord) -> dict[str, str | None]:
    return {
        "key_id": feed.key_id,
        "patient": feed.patient_id,
        "caseload": feed.caseload_id,
        "audience": feed.audience,
        "label": feed.label,
        "privacy": feed.privacy,
        "issued": feed.issued_at.date().isoformat(),
        "last_used": feed.last_used_on.isoformat() if feed.last_used_on else None,
        "last_used_by": feed.last_used_by,
        "ends": feed.revoked_at.date().isoformat() if feed.revoked_at else None,
    }
