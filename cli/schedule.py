"""``dosecal schedule``: a stored patient's doses."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from cli.options import feed_style, option, style_options
from cli.output import write_file
from cli.schedule_output import PlanView, schedule_options
from cli.schedule_output import show as show_view
from scheduler import clock
from scheduler.actions.feed import render_stored
from scheduler.actions.patient import load_patient
from scheduler.bootstrap import open_store
from scheduler.formulary.formulary import load_formulary


@click.group()
def schedule() -> None:
    """Show and export a patient's doses."""


@schedule.command()
@click.argument("patient_id", metavar="PATIENT")
@schedule_options(formats=["table", "json", "ics"])
@style_options
@click.pass_obj
def show(
    database_url: str,
    patient_id: str,
    from_: date | None,
    to: date | None,
    now: datetime | None,
    output_format: str,
    output: Path | None,
    privacy: str,
    alias: str,
) -> None:
    """Show the doses of PATIENT, as 'dosecal plan' shows those of a file."""
    moment = now or clock.now()
    with open_store(database_url) as store:
        stored = load_patient(store, patient_id)

    def calendar() -> bytes:
        return render_stored(stored, load_formulary(), feed_style(privacy, alias), moment).body

    show_view(PlanView.of(stored.plan, moment, from_, to), output_format, output, calendar)


@schedule.command()
@click.argument("patient_id", metavar="PATIENT")
@option(
    "--output", "-o", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write."
)
@style_options
@click.pass_obj
def export(database_url: str, patient_id: str, output: Path, privacy: str, alias: str) -> None:
    """Write the calendar of PATIENT to a file: the bytes that a feed of the same privacy serves now.

    A file does not change when the plan does; for that, see 'dosecal feed issue'.
    """
    with open_store(database_url) as store:
        stored = load_patient(store, patient_id)
    rendered = render_stored(stored, load_formulary(), feed_style(privacy, alias), clock.now())
    write_file(output, rendered.body)
    click.echo(f"wrote {output}", err=True)
