"""``dosecal hold``: doses withheld for a while."""

from __future__ import annotations

from datetime import date

import click

from cli.change_output import dry_run_option, tell_change
from cli.options import LocalDate, format_option, option
from cli.output import print_listing
from scheduler import clock
from scheduler.actions.hold import end_hold, list_holds, start_hold
from scheduler.actions.patient import load_patient
from scheduler.actions.plan_change import Occasion
from scheduler.bootstrap import open_store
from scheduler.dosing.hold import Hold
from scheduler.dosing.refusal import DosingError
from scheduler.dosing.timezone import local_date
from scheduler.errors import InputError


@click.group()
def hold() -> None:
    """Withhold doses, and give them again."""


@hold.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("regimen_id", metavar="REGIMEN")
@option("--from", "first", type=LocalDate(), help="First local date withheld. [default: today]")
@option("--until", "last", type=LocalDate(), help="Last one. [default: until further notice]")
@option("--reason", required=True, help="Why, as the team told it.")
@dry_run_option
@format_option
@click.pass_obj
def start(
    database_url: str,
    patient_id: str,
    regimen_id: str,
    first: date | None,
    last: date | None,
    reason: str,
    dry_run: bool,
    output_format: str,
) -> None:
    """Withhold the doses of REGIMEN. Their reminders end at once."""
    moment = clock.now()
    with open_store(database_url) as store:
        home = load_patient(store, patient_id).record.patient.zone
        try:
            wanted = Hold(
                regimen=regimen_id, first=first or local_date(moment, home), last=last, reason=reason
            )
        except DosingError as error:
            raise InputError(str(error)) from error
        change = start_hold(store, patient_id, wanted, Occasion(moment=moment, rehearsed=dry_run))
    until = "until further notice" if last is None else f"to {last}"
    done = f"{regimen_id} is withheld from {wanted.first} {until}."
    tell_change(change, output_format, dry_run=dry_run, done=done)


@hold.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("regimen_id", metavar="REGIMEN")
@option("--on", "resume_on", type=LocalDate(), help="First local date with doses again. [default: today]")
@dry_run_option
@format_option
@click.pass_obj
def end(
    database_url: str,
    patient_id: str,
    regimen_id: str,
    resume_on: date | None,
    dry_run: bool,
    output_format: str,
) -> None:
    """Resume REGIMEN: the holds in force end the day before. Where none is, the next one is taken back."""
    occasion = Occasion(moment=clock.now(), rehearsed=dry_run)
    with open_store(database_url) as store:
        change = end_hold(store, patient_id, regimen_id, occasion, resume_on=resume_on)
    done = f"{regimen_id} goes on from {resume_on or 'today'}."
    tell_change(change, output_format, dry_run=dry_run, done=done)


@hold.command("list")
@click.argument("patient_id", metavar="PATIENT")
@format_option
@click.pass_obj
def list_(database_url: str, patient_id: str, output_format: str) -> None:
    """List the holds of PATIENT."""
    with open_store(database_url) as store:
        holds = list_holds(store, patient_id)
    rows = [
        {
            "regimen": h.regimen,
            "from": h.first.isoformat(),
            "until": h.last.isoformat() if h.last else None,
            "reason": h.reason,
        }
        for h in holds
    ]
    print_listing(output_format, ["regimen", "from", "until", "reason"], rows, "Nothing is withheld.")
