"""``dosecal travel``: a patient's journeys."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import click

from cli.change_output import dry_run_option, tell_change
from cli.options import LocalDate, Zone, format_option, option
from cli.output import print_listing
from scheduler import clock
from scheduler.actions.patient import load_patient
from scheduler.actions.plan_change import Occasion
from scheduler.actions.travel import add_travel, remove_travel
from scheduler.bootstrap import open_store
from scheduler.dosing.patient import Travel
from scheduler.dosing.refusal import DosingError
from scheduler.errors import InputError


@click.group()
def travel() -> None:
    """Say where a patient is: clock times follow the traveller, unless a regimen stays on home time."""


@travel.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("zone", metavar="ZONE", type=Zone())
@option("--from", "first", type=LocalDate(), required=True, help="First local date there.")
@option("--until", "last", type=LocalDate(), required=True, help="Last local date there.")
@dry_run_option
@format_option
@click.pass_obj
def add(
    database_url: str,
    patient_id: str,
    zone: ZoneInfo,
    first: date,
    last: date,
    dry_run: bool,
    output_format: str,
) -> None:
    """Add a journey to ZONE, an IANA time zone such as Europe/Paris."""
    try:
        journey = Travel(zone=zone, first=first, last=last)
    except DosingError as error:
        raise InputError(str(error)) from error
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run)
    with open_store(database_url) as store:
        change = add_travel(store, patient_id, journey, occasion)
    done = f"{patient_id} is in {zone.key} from {first} to {last}."
    tell_change(change, output_format, dry_run=dry_run, done=done)


@travel.command()
@click.argument("patient_id", metavar="PATIENT")
@option("--from", "first", type=LocalDate(), required=True, help="First local date of the journey.")
@dry_run_option
@format_option
@click.pass_obj
def remove(database_url: str, patient_id: str, first: date, dry_run: bool, output_format: str) -> None:
    """Take back a journey."""
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run)
    with open_store(database_url) as store:
        change = remove_travel(store, patient_id, first, occasion)
    done = f"Took back the journey of {first}."
    tell_change(change, output_format, dry_run=dry_run, done=done)


@travel.command("list")
@click.argument("patient_id", metavar="PATIENT")
@format_option
@click.pass_obj
def list_(database_url: str, patient_id: str, output_format: str) -> None:
    """List the journeys of PATIENT."""
    with open_store(database_url) as store:
        journeys = load_patient(store, patient_id).record.patient.travel
    rows = [{"zone": j.zone.key, "from": j.first.isoformat(), "until": j.last.isoformat()} for j in journeys]
    print_listing(output_format, ["zone", "from", "until"], rows, "There are no journeys.")
