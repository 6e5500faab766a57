"""``dosecal schedule``: a stored patient's doses."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from cli.options import LocalDate, feed_style, option, style_options
from cli.output import write_file
from cli.schedule_output import PlanView, schedule_options
from cli.schedule_output import show as show_view
from cli.schedule_print import print_
from scheduler import clock
from scheduler.actions.feed_rendering import render_stored
from scheduler.actions.patient import load_patient
from scheduler.actions.series import export_series
from scheduler.bootstrap import open_store
from scheduler.formulary.formulary import load_formulary


@click.group()
def schedule() -> None:
    """Show, print and export a patient's doses."""


schedule.add_command(print_)


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
        return render_stored(stored, load_formulary(), feed_style(privacy, alias), moment)

    show_view(PlanView.of(stored.plan, moment, from_, to), output_format, output, calendar)


@schedule.command()
@click.argument("patient_id", metavar="PATIENT")
@option(
    "--output", "-o", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write."
)
@option(
    "--series",
    is_flag=True,
    help="For those who import the file once: doses that repeat become one event with a rule. A subscribed "
    "calendar is better, because it follows changes of the plan.",
)
@option(
    "--until",
    type=LocalDate(),
    help="With --series: the last local date, at most ten years ahead. Every rule ends there. "
    "[default: a year from today]",
)
@style_options
@click.pass_obj
def export(
    database_url: str,
    patient_id: str,
    output: Path,
    series: bool,
    until: date | None,
    privacy: str,
    alias: str,
) -> None:
    """Write the calendar of PATIENT to a file: the bytes that a feed of the same privacy serves now.

    A file does not change when the plan does; for that, see 'dosecal feed issue'.

    With --series it is instead a file to import once: the doses still to be given from today on, in events
    that repeat. Import it into a calendar of its own, and delete that one before importing again.
    """
    if until is not None and not series:
        raise click.UsageError("--until says where the rules of --series end; add --series or leave it out")
    with open_store(database_url) as store:
        stored = load_patient(store, patient_id)
    style, moment = feed_style(privacy, alias), clock.now()
    if series:
        content = export_series(stored, load_formulary(), style, moment, until)
    else:
        content = render_stored(stored, load_formulary(), style, moment)
    write_file(output, content)
    click.echo(f"wrote {output}", err=True)
