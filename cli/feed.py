"""``dosecal feed``: calendars to subscribe to."""

from __future__ import annotations

import click

from cli.options import feed_style, format_option, option, style_options
from cli.output import print_json, print_listing
from scheduler import clock
from scheduler.actions.feed import ENDED_FOR, issue_feed, list_feeds, revoke_feed
from scheduler.bootstrap import open_store


@click.group()
def feed() -> None:
    """Hand out calendar addresses and take them back."""


@feed.command()
@click.argument("patient_id", metavar="PATIENT")
@option("--label", default="", help="Whose calendar it is, to know it by in the list.")
@option(
    "--base-url",
    envvar="DOSECAL_BASE_URL",
    default="http://127.0.0.1:8460",
    show_default=True,
    help="Where 'dosecal serve' is reached from outside.",
)
@style_options
@format_option
@click.pass_obj
def issue(
    database_url: str,
    patient_id: str,
    label: str,
    base_url: str,
    privacy: str,
    alias: str,
    output_format: str,
) -> None:
    """Make an address at which PATIENT's calendar can be subscribed to.

    Whoever has the address sees the calendar. It is shown this once and cannot be looked up again.
    """
    style = feed_style(privacy, alias)
    with open_store(database_url) as store:
        token = issue_feed(store, patient_id, clock.now(), label=label, style=style)
    url = f"{base_url.rstrip('/')}/feeds/{token}.ics"
    if output_format == "json":
        print_json(
            {"key_id": token.key_id, "patient": patient_id, "label": label, "privacy": privacy, "url": url}
        )
    else:
        click.echo(url)


@feed.command("list")
@click.argument("patient_id", metavar="[PATIENT]", required=False)
@format_option
@click.pass_obj
def list_(database_url: str, patient_id: str | None, output_format: str) -> None:
    """List the feeds of PATIENT, or of everybody."""
    with open_store(database_url) as store:
        feeds = list_feeds(store, patient_id)
    rows = [
        {
            "key_id": f.key_id,
            "patient": f.patient_id,
            "label": f.label,
            "privacy": f.privacy,
            "issued": f.issued_at.date().isoformat(),
            "last_used": f.last_used_on.isoformat() if f.last_used_on else None,
            "revoked": f.revoked_at.date().isoformat() if f.revoked_at else None,
        }
        for f in feeds
    ]
    headers = ["key_id", "patient", "label", "privacy", "issued", "last_used", "revoked"]
    print_listing(output_format, headers, rows, "There are no feeds; see 'dosecal feed issue'.")


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
