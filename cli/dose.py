"""``dosecal dose``: what happened to a dose."""

from __future__ import annotations

from datetime import datetime

import click

from cli.options import LocalTime, option
from cli.schedule_output import dose_name, status_words
from scheduler import clock
from scheduler.actions import record_dose
from scheduler.actions.record_dose import DoseChange
from scheduler.bootstrap import open_store

_SHIFTS_SHOWN = 3
_at_option = option("--at", type=LocalTime(), help="Local date and time it happened. [default: now]")


@click.group()
def dose() -> None:
    """Record, move and correct single doses.

    DOSE is an id from 'dosecal schedule show', such as "octreotide@2026-12-03/2" or "lar#3". What is
    recorded takes back the reminders that are no longer needed.
    """


@dose.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("dose_id", metavar="DOSE")
@_at_option
@option("--site", help="Site used. [default: the planned one]")
@click.pass_obj
def give(database_url: str, patient_id: str, dose_id: str, at: datetime | None, site: str | None) -> None:
    """Record that DOSE was given."""
    with open_store(database_url) as store:
        _tell(record_dose.give(store, patient_id, dose_id, clock.now(), at=at, site=site))


@dose.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("dose_id", metavar="DOSE")
@option("--reason", required=True, help="Why it was not given.")
@_at_option
@click.pass_obj
def skip(database_url: str, patient_id: str, dose_id: str, reason: str, at: datetime | None) -> None:
    """Record that DOSE was not given, and why. The doses after it keep their dates."""
    with open_store(database_url) as store:
        _tell(record_dose.skip(store, patient_id, dose_id, clock.now(), at=at, reason=reason))


@dose.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("dose_id", metavar="DOSE")
@option("--to", type=LocalTime(), required=True, help="Local date and time to give it at.")
@option("--reason", default="", help="Why, for the schedule.")
@click.pass_obj
def move(database_url: str, patient_id: str, dose_id: str, to: datetime, reason: str) -> None:
    """Plan DOSE for another time."""
    with open_store(database_url) as store:
        _tell(record_dose.move(store, patient_id, dose_id, clock.now(), to=to, reason=reason))


@dose.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("dose_id", metavar="DOSE")
@click.pass_obj
def undo(database_url: str, patient_id: str, dose_id: str) -> None:
    """Take back what was recorded of DOSE, or else its move. The record stays in the history."""
    with open_store(database_url) as store:
        _tell(record_dose.undo(store, patient_id, dose_id, clock.now()))


def _tell(change: DoseChange) -> None:
    occurrence = change.occurrence
    status = status_words(occurrence, clock.now())
    planned = f"{occurrence.wall_due:%a %Y-%m-%d %H:%M}"
    click.echo(f"{occurrence.id}: {dose_name(occurrence)}, planned for {planned}: {status}")
    for before, after in change.shifted[:_SHIFTS_SHOWN]:
        if after.id != occurrence.id:
            click.echo(
                f"  {after.id} moves from {before.wall_due:%a %Y-%m-%d} to {after.wall_due:%a %Y-%m-%d}"
            )
    more = len(change.shifted) - _SHIFTS_SHOWN
    if more > 0:
        click.echo(f"  and {more} later doses with it")
