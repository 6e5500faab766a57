"""``dosecal plan``: a plan file as a table, JSON or a calendar. No database, no daemon."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from cli.options import feed_style, style_options
from cli.output import write_file
from cli.print_options import PaperChoice, paper_choice, paper_options, paper_period
from cli.schedule_output import PlanView, schedule_options, show
from scheduler import clock
from scheduler.actions.feed_rendering import render_plan
from scheduler.actions.print_schedule import print_plan
from scheduler.dosing.plan import Plan
from scheduler.dosing.timezone import local_date
from scheduler.formulary.formulary import Formulary, load_formulary
from scheduler.ical.feed_identity import Revision
from scheduler.planfile.reading import read_plan_file


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@schedule_options(formats=["table", "json", "ics", "pdf"])
@style_options
@paper_options
def plan(
    file: Path,
    from_: date | None,
    to: date | None,
    now: datetime | None,
    output_format: str,
    output: Path | None,
    privacy: str,
    alias: str,
    **paper: Any,
) -> None:
    """Show the doses of a plan FILE.

    A calendar (--format ics) has the window of a feed, whatever --from and --to say: 14 days back and
    120 days ahead. On paper (--format pdf) 13 weeks are shown unless --to says otherwise.
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

    if output_format == "pdf":
        _print(plan_file.plan, moment, from_, to, formulary, paper_choice(**paper), output)
        return
    view = PlanView.of(plan_file.plan, moment, from_, to)
    show(view, output_format, output, calendar)


def _print(
    plan: Plan,
    moment: datetime,
    start: date | None,
    end: date | None,
    formulary: Formulary,
    choice: PaperChoice,
    output: Path | None,
) -> None:
    if output is None:
        raise click.UsageError("a PDF is no text; say with -o which file to write")
    period = paper_period(plan.patient, moment, start, end)
    write_file(output, print_plan(plan, period, moment, formulary, choice.style(plan.patient.market)))
    click.echo(f"wrote {output}", err=True)
