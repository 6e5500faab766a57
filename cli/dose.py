"""``dosecal dose``: what happened to a dose."""

from __future__ import annotations

from datetime import datetime

import click

from cli.change_output import dry_run_option, tell_dose_change
from cli.options import Instant, LocalTime, format_option, option
from cli.output import print_json
from scheduler import clock
from scheduler.actions import record_dose
from scheduler.actions.late_dose import late_dose
from scheduler.bootstrap import open_store
from scheduler.formulary.formulary import load_formulary

_at_option = option("--at", type=LocalTime(), help="Local date and time it happened. [default: now]")


@click.group()
def dose() -> None:
    """Record, move, correct and explain single doses.

    DOSE is an id from 'dosecal schedule show', such as "octreotide@2026-12-03/2" or "lar#3". What is
    recorded takes back the reminders that are no longer needed.
    """


@dose.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("dose_id", metavar="DOSE")
@_at_option
@option("--site", help="Site used. [default: the planned one]")
@dry_run_option
@format_option
@click.pass_obj
def give(
    database_url: str,
    patient_id: str,
    dose_id: str,
    at: datetime | None,
    site: str | None,
    dry_run: bool,
    output_format: str,
) -> None:
    """Record that DOSE was given.

    Of what is given as needed, DOSE is the regimen's id: it is recorded as that day's next dose.
    """
    moment = clock.now()
    with open_store(database_url) as store:
        change = record_dose.give(store, patient_id, dose_id, moment, at=at, site=site, rehearsed=dry_run)
    tell_dose_change(change, output_format, dry_run=dry_run, moment=moment)


@dose.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("dose_id", metavar="DOSE")
@option("--reason", required=True, help="Why it was not given.")
@_at_option
@dry_run_option
@format_option
@click.pass_obj
def skip(
    database_url: str,
    patient_id: str,
    dose_id: str,
    reason: str,
    at: datetime | None,
    dry_run: bool,
    output_format: str,
) -> None:
    """Record that DOSE was not given, and why. The doses after it keep their dates."""
    moment = clock.now()
    with open_store(database_url) as store:
        change = record_dose.skip(store, patient_id, dose_id, moment, at=at, reason=reason, rehearsed=dry_run)
    tell_dose_change(change, output_format, dry_run=dry_run, moment=moment)


@dose.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("dose_id", metavar="DOSE")
@option("--to", type=LocalTime(), required=True, help="Local date and time to give it at.")
@option("--reason", default="", help="Why, for the schedule.")
@dry_run_option
@format_option
@click.pass_obj
def move(
    database_url: str,
    patient_id: str,
    dose_id: str,
    to: datetime,
    reason: str,
    dry_run: bool,
    output_format: str,
) -> None:
    """Plan DOSE for another time. Doses that are counted from it move with it."""
    moment = clock.now()
    with open_store(database_url) as store:
        change = record_dose.move(store, patient_id, dose_id, moment, to=to, reason=reason, rehearsed=dry_run)
    tell_dose_change(change, output_format, dry_run=dry_run, moment=moment)


@dose.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("dose_id", metavar="DOSE")
@dry_run_option
@format_option
@click.pass_obj
def undo(database_url: str, patient_id: str, dose_id: str, dry_run: bool, output_format: str) -> None:
    """Take back what was recorded of DOSE, or else its move. The record stays in the history."""
    moment = clock.now()
    with open_store(database_url) as store:
        change = record_dose.undo(store, patient_id, dose_id, moment, rehearsed=dry_run)
    tell_dose_change(change, output_format, dry_run=dry_run, moment=moment)


@dose.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("dose_id", metavar="DOSE")
@option("--now", type=Instant(), help="The moment to explain it at. [default: the clock]")
@format_option
@click.pass_obj
def explain(
    database_url: str, patient_id: str, dose_id: str, now: datetime | None, output_format: str
) -> None:
    """Say why DOSE is when it is, in one or two sentences."""
    with open_store(database_url) as store:
        text = record_dose.explain(store, patient_id, dose_id, now or clock.now())
    if output_format == "json":
        print_json({"id": dose_id, "explanation": text})
    else:
        click.echo(text)


@dose.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("dose_id", metavar="DOSE")
@option("--now", type=Instant(), help="The moment to answer for. [default: the clock]")
@format_option
@click.pass_obj
def late(database_url: str, patient_id: str, dose_id: str, now: datetime | None, output_format: str) -> None:
    """Say what the label says of DOSE when it is late: take it now, skip it, or ask your team.

    By the label of the patient's market. dosecal adds nothing to it.
    """
    with open_store(database_url) as store:
        found = late_dose(store, load_formulary(), patient_id, dose_id, now or clock.now())
    if output_format == "json":
        source = None if found.rule.source is None else str(found.rule.source)
        rule = {"text": found.rule.text, "source": source}
        print_json({"id": dose_id, "action": found.action.value, "text": found.text, "rule": rule})
        return
    click.echo(f"{dose_id}: {found.text}")
    click.echo(f"The rule: {found.rule}")
