"""``dosecal schedule print``: on paper, for one patient or for a whole caseload."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from cli.options import Instant, LocalDate, option
from cli.output import write_file
from cli.print_options import PaperChoice, paper_choice, paper_options, paper_period
from scheduler import clock
from scheduler.actions.caseload import caseload_plans
from scheduler.actions.patient import load_patient
from scheduler.actions.print_caseload import Printed, PrintJob, print_each, processes_for
from scheduler.actions.print_schedule import print_stored
from scheduler.bootstrap import open_store
from scheduler.formulary.formulary import load_formulary
from scheduler.store.plans import StoredPlan

_SHOW_PROGRESS_FROM = 20
_PRINTED, _SOME_FAILED = 0, 1
Ask = Callable[[StoredPlan], PrintJob]


@click.command("print")
@click.argument("patient_id", metavar="[PATIENT]", required=False)
@option("--from", "from_", envvar="DOSECAL_FROM", type=LocalDate(), help="First local date. [default: today]")
@option(
    "--to", envvar="DOSECAL_TO", type=LocalDate(), help="Local date to stop before. [default: 13 weeks later]"
)
@option("--now", envvar="DOSECAL_NOW", type=Instant(), help="The moment to show it at. [default: the clock]")
@option(
    "--caseload",
    "caseload_id",
    envvar="DOSECAL_PRINT_CASELOAD",
    help="Print every patient of this caseload, a file each; -o is then a folder.",
)
@option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path),
    help="PDF file to write; with --caseload the folder for them.",
)
@paper_options
@click.pass_context
def print_(
    ctx: click.Context,
    /,
    patient_id: str | None,
    from_: date | None,
    to: date | None,
    now: datetime | None,
    caseload_id: str | None,
    output: Path,
    **paper: Any,
) -> None:
    """Print the schedule of PATIENT as a PDF for the kitchen wall.

    Each layout comes with a page of what to know: when a dose is late, what to call about, how it keeps, with
    the source of each sentence. The foot says which state of the plan it shows. Print it anew when the plan
    changes, and throw the old one away.
    """
    if (patient_id is None) == (caseload_id is None):
        raise click.UsageError("say either PATIENT or --caseload")
    ask = _asker(paper_choice(**paper), now or clock.now(), from_, to)
    if caseload_id is not None:
        ctx.exit(_print_caseload(ctx.obj, caseload_id, output, ask))
    with open_store(ctx.obj) as store:
        stored = load_patient(store, patient_id or "")
    job = ask(stored)
    write_file(output, print_stored(job.stored, job.period, job.moment, load_formulary(), job.style))
    click.echo(f"wrote {output}", err=True)


def _asker(choice: PaperChoice, moment: datetime, start: date | None, end: date | None) -> Ask:
    def ask(stored: StoredPlan) -> PrintJob:
        patient = stored.record.patient
        period = paper_period(patient, moment, start, end)
        return PrintJob(stored=stored, period=period, moment=moment, style=choice.style(patient.market))

    return ask


def _print_caseload(database_url: str, caseload_id: str, folder: Path, ask: Ask) -> int:
    """Who cannot be printed is named and does not stop the others."""
    with open_store(database_url) as store:
        jobs = [ask(stored) for stored in caseload_plans(store, caseload_id)]
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    with _progress(print_each(jobs, processes_for(len(jobs))), len(jobs)) as sheets:
        for printed in sheets:
            if printed.refusal:
                failed += 1
                click.echo(f"{printed.patient_id}: not printed: {printed.refusal}", err=True)
            else:
                write_file(folder / f"{printed.patient_id}.pdf", printed.pdf)
    click.echo(f"wrote {len(jobs) - failed} of {len(jobs)} to {folder}", err=True)
    return _SOME_FAILED if failed else _PRINTED


@contextmanager
def _progress(sheets: Iterator[Printed], number: int) -> Iterator[Iterator[Printed]]:
    if number < _SHOW_PROGRESS_FROM or not sys.stderr.isatty():
        yield sheets
        return
    with click.progressbar(sheets, number, label="printing", file=sys.stderr, show_pos=True) as bar:
        yield iter(bar)
