"""``dosecal plan``: a plan file as a table, JSON or a calendar. No database, no daemon."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from cli.options import feed_style, style_options
from cli.schedule_output import PlanView, schedule_options, show
from scheduler import clock
from scheduler.actions.feed_rendering import render_plan
from scheduler.dosing.timezone import local_date
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.feed_identity import Revision
from scheduler.planfile.reading import read_plan_file


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@schedule_options(formats=["table", "json", "ics"])
@style_options
def plan(
    file: Path,
    from_: date | None,
    to: date | None,
    now: datetime | None,
    output_format: str,
    output: Path | None,
    privacy: str,
    alias: str,
) -> None:
    """Show the doses of a plan FILE.

    A calendar (--format ics) has the window of a feed, whatever --from and --to say: 14 days back and
    120 days ahead.
    """
    moment = now or clock.now()
    formulary = load_formulary()
    plan_file = read_plan_file(file, formulary)

    def calendar() -> bytes:
        patient = plan_file.plan.patient
        revision = Revision(sequence=0, at=moment.astimezone(UTC).replace(microsecond=0))
        whose = f"plan-file/{plan_file.patient_id or patient.name}"
        today = local_date(moment, patient.zone)
        return render_plan(plan_file.plan, formulary, feed_style(privacy, alias), whose, revision, today)

    view = PlanView.of(plan_file.plan, moment, from_, to)
    show(view, output_format, output, calendar)
