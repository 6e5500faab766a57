"""``dosecal patient``: who is cared for."""

from __future__ import annotations

from typing import Any

import click

from cli.options import format_option, option
from cli.output import plain, print_json, print_listing, table
from cli.regimen_output import regimen_details
from scheduler.actions.patient import list_patients, load_patient, remove_patient
from scheduler.bootstrap import open_store
from scheduler.store.plans import StoredPlan


@click.group()
def patient() -> None:
    """List, show and remove patients. 'dosecal import' adds them."""


@patient.command("list")
@format_option
@click.pass_obj
def list_(database_url: str, output_format: str) -> None:
    """List all patients."""
    with open_store(database_url) as store:
        records = list_patients(store)
    rows = [
        {
            "id": r.id,
            "name": r.patient.name,
            "zone": r.patient.zone.key,
            "market": r.patient.market.value,
            "revision": r.revision,
            "revised_at": r.revised_at.isoformat(timespec="seconds"),
        }
        for r in records
    ]
    print_listing(
        output_format, ["id", "name", "zone"], rows, "There are no patients yet; see 'dosecal import'."
    )


@patient.command()
@click.argument("patient_id", metavar="PATIENT")
@format_option
@click.pass_obj
def show(database_url: str, patient_id: str, output_format: str) -> None:
    """Show one patient and what is ordered."""
    with open_store(database_url) as store:
        stored = load_patient(store, patient_id)
    if output_format == "json":
        print_json(_details(stored))
        return
    details = _details(stored)
    title = f"{details['name']} ({details['id']}), {details['zone']}, revision {details['revision']}"
    click.echo(f"{plain(title)}\n")
    headers = ["regimen", "product", "setting", "counted from", "phases"]
    rows = [
        [r["id"], r["product"], r["setting"], r["anchor"], "; ".join(r["phases"])]
        for r in details["regimens"]
    ]
    click.echo(table(headers, rows))


@patient.command()
@click.argument("patient_id", metavar="PATIENT")
@option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(database_url: str, patient_id: str, yes: bool) -> None:
    """Delete a patient with every record, feed and reminder. This cannot be undone."""
    with open_store(database_url) as store:
        stored = load_patient(store, patient_id)
        if not yes:
            of_theirs = f"{len(stored.regimens)} regimens and {len(stored.administrations)} records"
            click.confirm(f"Delete {stored.record.patient.name} with {of_theirs}?", abort=True, err=True)
        remove_patient(store, patient_id)
    click.echo(f"Removed {patient_id}.")


def _details(stored: StoredPlan) -> dict[str, Any]:
    record = stored.record
    return {
        "id": record.id,
        "name": record.patient.name,
        "zone": record.patient.zone.key,
        "market": record.patient.market.value,
        "revision": record.revision,
        "revised_at": record.revised_at.isoformat(timespec="seconds"),
        "regimens": [regimen_details(regimen) for regimen in stored.regimens],
        "holds": len(stored.holds),
        "moves": len(stored.moves),
        "administrations": len(stored.administrations),
    }
