"""``dosecal surgery``: operations that medicines keep a distance from."""

from __future__ import annotations

from datetime import date

import click

from cli.change_output import dry_run_option, tell_change
from cli.options import LocalDate, format_option, option
from cli.output import print_listing
from scheduler import clock
from scheduler.actions.patient import load_patient
from scheduler.actions.plan_change import Occasion
from scheduler.actions.surgery import add_surgery, remove_surgery
from scheduler.bootstrap import open_store
from scheduler.dosing.surgery import Surgery


@click.group()
def surgery() -> None:
    """Tell of an operation: doses too close to it are noticed, and none is moved.

    What the operation is for is not kept. To withhold doses around it use 'dosecal hold start'.
    """


@surgery.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("on", metavar="DATE", type=LocalDate())
@option("--dental", is_flag=True, help="In the mouth.")
@dry_run_option
@format_option
@click.pass_obj
def add(
    database_url: str, patient_id: str, on: date, dental: bool, dry_run: bool, output_format: str
) -> None:
    """Plan an operation for the local DATE."""
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run)
    with open_store(database_url) as store:
        change = add_surgery(store, patient_id, Surgery(on=on, dental=dental), occasion)
    tell_change(change, output_format, dry_run=dry_run, done=f"An operation is planned for {on}.")


@surgery.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("on", metavar="DATE", type=LocalDate())
@dry_run_option
@format_option
@click.pass_obj
def remove(database_url: str, patient_id: str, on: date, dry_run: bool, output_format: str) -> None:
    """Take back the operation on the local DATE."""
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run)
    with open_store(database_url) as store:
        change = remove_surgery(store, patient_id, on, occasion)
    tell_change(change, output_format, dry_run=dry_run, done=f"Took back the operation on {on}.")


@surgery.command("list")
@click.argument("patient_id", metavar="PATIENT")
@format_option
@click.pass_obj
def list_(database_url: str, patient_id: str, output_format: str) -> None:
    """List the operations of PATIENT."""
    with open_store(database_url) as store:
        found = [entry.value for entry in load_patient(store, patient_id).surgeries]
    rows = [{"on": s.on.isoformat(), "dental": s.dental} for s in sorted(found, key=lambda s: s.on)]
    print_listing(output_format, ["on", "dental"], rows, "No operation is planned.")
