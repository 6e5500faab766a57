"""``dosecal site``: sites of the body that rest."""

from __future__ import annotations

from datetime import date

import click

from cli.change_output import dry_run_option, tell_change
from cli.options import LocalDate, format_option, option
from cli.output import print_listing
from scheduler import clock
from scheduler.actions.patient import load_patient
from scheduler.actions.plan_change import Occasion
from scheduler.actions.site import rest_site, use_site
from scheduler.bootstrap import open_store
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.site_rotation import SiteRest
from scheduler.dosing.timezone import local_date
from scheduler.errors import InputError


@click.group()
def site() -> None:
    """Let a site of the body rest: the rotation passes it over."""


@site.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("name", metavar="SITE")
@option("--from", "first", type=LocalDate(), help="First local date of the rest. [default: today]")
@option("--until", "last", type=LocalDate(), help="Last one. [default: until further notice]")
@option("--reason", default="", help="Why, such as a lump.")
@dry_run_option
@format_option
@click.pass_obj
def rest(
    database_url: str,
    patient_id: str,
    name: str,
    first: date | None,
    last: date | None,
    reason: str,
    dry_run: bool,
    output_format: str,
) -> None:
    """Leave SITE alone."""
    moment = clock.now()
    with open_store(database_url) as store:
        home = load_patient(store, patient_id).record.patient.zone
        begin = first or local_date(moment, home)
        try:
            wanted = SiteRest(site=name, first=begin, last=last, reason=reason)
        except DosingError as error:
            raise InputError(str(error)) from error
        change = rest_site(store, patient_id, wanted, Occasion(moment=moment, rehearsed=dry_run))
    tell_change(change, output_format, dry_run=dry_run, done=f"{name} rests from {begin}.")


@site.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("name", metavar="SITE")
@option("--on", "from_", type=LocalDate(), help="First local date on which it is used. [default: today]")
@dry_run_option
@format_option
@click.pass_obj
def use(
    database_url: str, patient_id: str, name: str, from_: date | None, dry_run: bool, output_format: str
) -> None:
    """Use SITE again. Where it does not rest then, its next rest is taken back."""
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run)
    with open_store(database_url) as store:
        change = use_site(store, patient_id, name, occasion, on=from_)
    tell_change(change, output_format, dry_run=dry_run, done=f"{name} is used again.")


@site.command("list")
@click.argument("patient_id", metavar="PATIENT")
@format_option
@click.pass_obj
def list_(database_url: str, patient_id: str, output_format: str) -> None:
    """List the sites of PATIENT that rest, rested or will rest."""
    with open_store(database_url) as store:
        rests = [entry.value for entry in load_patient(store, patient_id).rests]
    rows = [
        {
            "site": r.site,
            "from": r.first.isoformat(),
            "until": r.last.isoformat() if r.last else None,
            "reason": r.reason,
        }
        for r in rests
    ]
    print_listing(output_format, ["site", "from", "until", "reason"], rows, "No site rests.")
