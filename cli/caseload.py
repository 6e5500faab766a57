"""``dosecal caseload``: the patients a nurse or a clinic answers for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from cli.caseload_contact import contact
from cli.caseload_digest import digest
from cli.options import Zone, format_option, option
from cli.output import plain, print_json, print_listing, table
from cli.schedule_output import dose_name, status_words
from scheduler import clock
from scheduler.actions.caseload import (
    CaseloadPatient,
    CaseloadView,
    add_to_caseload,
    create_caseload,
    get_caseload,
    list_caseloads,
    remove_caseload,
    remove_from_caseload,
    show_caseload,
)
from scheduler.bootstrap import open_store
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.planfile.json_contract import dose_json
from scheduler.store.caseloads import CaseloadRecord

_caseload_argument = click.argument("caseload_id", metavar="CASELOAD")
_patients_argument = click.argument("patient_ids", metavar="PATIENT...", nargs=-1, required=True)
_HEADERS = ("patient", "name", "place", "late or due", "next dose")


@click.group()
def caseload() -> None:
    """Say which patients a nurse or a clinic answers for, and see who is due."""


caseload.add_command(contact)
caseload.add_command(digest)


@caseload.command()
@click.argument("caseload_id", metavar="[ID]", required=False)
@option("--name", required=True, help="Whose it is, such as a nurse or a ward.")
@option("--zone", required=True, type=Zone(), help="IANA time zone whose midnight begins its day.")
@click.pass_obj
def create(database_url: str, caseload_id: str | None, name: str, zone: ZoneInfo) -> None:
    """Make a caseload without patients, and print its id.

    ID is your own key for it: a-z, 0-9 and -. Without one it gets a random one.
    """
    with open_store(database_url) as store:
        made = create_caseload(store, caseload_id, name, zone, clock.now())
    click.echo(made.id)


@caseload.command("list")
@format_option
@click.pass_obj
def list_(database_url: str, output_format: str) -> None:
    """List all caseloads."""
    with open_store(database_url) as store:
        found = list_caseloads(store)
    rows = [{**_details(c.record), "patients": c.patients} for c in found]
    headers = ["id", "name", "zone", "patients"]
    print_listing(output_format, headers, rows, "There are no caseloads yet; see 'dosecal caseload create'.")


@caseload.command()
@_caseload_argument
@format_option
@click.pass_obj
def show(database_url: str, caseload_id: str, output_format: str) -> None:
    """Show who is in CASELOAD, where, what is late or due, and the next dose: who is waiting comes first."""
    moment = clock.now()
    with open_store(database_url) as store:
        view = show_caseload(store, caseload_id, moment)
    if output_format == "json":
        patients = [_patient_details(patient, moment) for patient in view.patients]
        print_json({**_details(view.record), "patients": patients})
    else:
        click.echo(_text(view, moment))


@caseload.command()
@_caseload_argument
@_patients_argument
@option("--place", help="Where to find them, such as a room. [default: as it was]")
@click.pass_obj
def add(database_url: str, caseload_id: str, patient_ids: tuple[str, ...], place: str | None) -> None:
    """Add each PATIENT to CASELOAD: all of them, or none where one is not known.

    Of who is in it already, --place changes the place.
    """
    with open_store(database_url) as store:
        add_to_caseload(store, caseload_id, patient_ids, place, clock.now())
    where = f"; place: {plain(place)}" if place else ""
    click.echo(f"{caseload_id} answers for {', '.join(dict.fromkeys(patient_ids))}{where}.")


@caseload.command()
@_caseload_argument
@_patients_argument
@click.pass_obj
def remove(database_url: str, caseload_id: str, patient_ids: tuple[str, ...]) -> None:
    """Take each PATIENT out of CASELOAD; their plans and records stay."""
    with open_store(database_url) as store:
        remove_from_caseload(store, caseload_id, patient_ids, clock.now())
    click.echo(f"{caseload_id} answers no more for {', '.join(dict.fromkeys(patient_ids))}.")


@caseload.command()
@_caseload_argument
@option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(database_url: str, caseload_id: str, yes: bool) -> None:
    """Delete CASELOAD with its feeds and digests. Its patients stay. This cannot be undone."""
    with open_store(database_url) as store:
        found = get_caseload(store, caseload_id)
        if not yes:
            stay = f"its feeds and digests end at once, its patients ({found.patients}) stay"
            click.confirm(f"Delete {plain(found.record.name)}: {stay}?", abort=True, err=True)
        remove_caseload(store, caseload_id)
    click.echo(f"Deleted {caseload_id}.")


def _details(record: CaseloadRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "zone": record.zone.key,
        "revision": record.revision,
        "revised_at": record.revised_at.isoformat(timespec="seconds"),
    }


def _patient_details(patient: CaseloadPatient, moment: datetime) -> dict[str, Any]:
    doses = patient.doses
    groups = {"late": doses.late, "due": doses.due, "next": doses.upcoming}
    return {
        "id": patient.record.id,
        "name": patient.record.patient.name,
        "zone": patient.record.patient.zone.key,
        "place": patient.place,
        "contact_problems": list(patient.contact_problems),
        **{name: [dose_json(dose, moment) for dose in group] for name, group in groups.items()},
    }


def _text(view: CaseloadView, moment: datetime) -> str:
    record = view.record
    title = plain(f"{record.name} ({record.id}), {record.zone.key}")
    if not view.patients:
        return f"{title}\n\nNobody is in it yet; see 'dosecal caseload add'."
    rows = table(_HEADERS, [_row(p, record.zone, moment) for p in view.patients])
    problems = [f"{p.record.id}: {problem}." for p in view.patients for problem in p.contact_problems]
    return "\n".join([title, "", rows, *(["", "Reminders do not arrive:", *problems] if problems else [])])


def _row(patient: CaseloadPatient, zone: ZoneInfo, moment: datetime) -> list[str]:
    waiting = [*_waiting(patient.doses.late, moment), *_waiting(patient.doses.due, moment)]
    return [
        patient.record.id,
        patient.record.patient.name,
        patient.place,
        "; ".join(waiting),
        _next(patient.doses.upcoming, zone),
    ]


def _waiting(doses: tuple[DoseOccurrence, ...], moment: datetime) -> Iterator[str]:
    """What waits longest of each regimen, and how many more of it do."""
    by_regimen: defaultdict[str, list[DoseOccurrence]] = defaultdict(list)
    for dose in doses:
        by_regimen[dose.regimen.id].append(dose)
    for first, *others in by_regimen.values():
        more = f" and {len(others)} more" if others else ""
        yield f"{dose_name(first)} {status_words(first, moment)}{more}"


def _next(doses: tuple[DoseOccurrence, ...], zone: ZoneInfo) -> str:
    """When by the clocks where the patient is, with their zone where it is another one than ``zone``."""
    if not doses:
        return ""
    there = "" if doses[0].zone.key == zone.key else f" ({doses[0].zone.key})"
    return f"{doses[0].wall_due:%a %Y-%m-%d %H:%M}{there} {', '.join(map(dose_name, doses))}"
