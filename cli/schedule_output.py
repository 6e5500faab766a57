"""How a schedule is shown, whether it comes from a file or from the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from cli.finding_text import finding_text
from cli.options import Command, Instant, LocalDate, option
from cli.output import json_text, plain, table, write_file
from scheduler.dosing import as_needed
from scheduler.dosing.expansion import Layout, expand
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.status import DoseStatus, days_overdue, status_at
from scheduler.dosing.timezone import local_date
from scheduler.dosing.timing import AsNeeded
from scheduler.formulary.formulary import load_formulary
from scheduler.planfile.json_contract import plan_json
from scheduler.safety.plan_check import check

_DEFAULT_LENGTH = timedelta(days=28)
_LONGEST = timedelta(days=3660)
_HEADERS = ("date", "time", "medicine and dose", "site", "status", "dose id", "why")


def schedule_options(formats: Sequence[str]) -> Callable[[Command], Command]:
    """``--from``, ``--to``, ``--now``, ``--format`` and ``--output``."""

    def add(command: Command) -> Command:
        options = (
            option(
                "--from",
                "from_",
                envvar="DOSECAL_FROM",
                type=LocalDate(),
                help="First local date. [default: today]",
            ),
            option(
                "--to",
                envvar="DOSECAL_TO",
                type=LocalDate(),
                help="Local date to stop before. [default: 28 days later]",
            ),
            option(
                "--now",
                envvar="DOSECAL_NOW",
                type=Instant(),
                help="The moment to show it at. [default: the clock]",
            ),
            option(
                "--format",
                "output_format",
                envvar="DOSECAL_FORMAT",
                type=click.Choice(list(formats)),
                default="table",
                show_default=True,
                help="How to print it.",
            ),
            option(
                "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
            ),
        )
        for add_option in reversed(options):
            command = add_option(command)
        return command

    return add


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanView:
    """A plan, the local dates to show of it, and the moment at which to show it."""

    plan: Plan
    period: Period
    moment: datetime

    @classmethod
    def of(cls, plan: Plan, moment: datetime, start: date | None, end: date | None) -> PlanView:
        """With the defaults filled in. Raises click.BadParameter for an impossible period."""
        start = start or local_date(moment, plan.patient.zone)
        end = end or start + _DEFAULT_LENGTH
        if end <= start:
            raise click.BadParameter(f"{end} is not after {start}, the first date", param_hint="--to")
        if end - start > _LONGEST:
            raise click.BadParameter(f"more than ten years lie between {start} and {end}", param_hint="--to")
        return cls(plan=plan, period=Period(start=start, end=end), moment=moment)


def show(view: PlanView, output_format: str, output: Path | None, calendar: Callable[[], bytes]) -> None:
    """Print ``view``, or write it to ``output``."""
    match output_format:
        case "ics":
            content = calendar()
        case "json":
            content = json_text(plan_json(view.plan, load_formulary(), view.period, view.moment)).encode()
        case _:
            content = schedule_table(view).encode()
    if output is None:
        click.echo(content, nl=False)
    else:
        write_file(output, content)
        click.echo(f"wrote {output}", err=True)


def schedule_table(view: PlanView) -> str:
    """The schedule for a person to read, with what was noticed below it."""
    occurrences = expand(view.plan, view.period)
    last = view.period.end - timedelta(days=1)
    title = f"{view.plan.patient.name}, {view.period.start} to {last}, {view.plan.patient.zone.key}"
    rows = [_row(occurrence, view.moment) for occurrence in occurrences]
    body = table(_HEADERS, rows) if rows else "No doses are planned on these dates."
    found = check(view.plan, load_formulary(), view.period, view.moment)
    allowed = [_allowance(view, regimen) for regimen in view.plan.regimens if regimen.kind is AsNeeded]
    noticed = allowed + [finding_text(finding) for finding in found]
    return "\n".join([plain(title), "", body, *([""] if noticed else []), *map(plain, noticed), ""])


def _allowance(view: PlanView, regimen: Regimen) -> str:
    """What may be given of a regimen that plans no doses."""
    today = local_date(view.moment, view.plan.patient.zone)
    here = view.plan.patient.whereabouts(today)
    found = as_needed.allowance(
        view.plan, regimen, Layout(view.plan).spans(regimen), view.moment, local_date(view.moment, here)
    )
    if found is None:
        return f"{regimen.id}: not to be given at present"
    given = f"{found.given_today} given today"
    next_at = "now" if found.earliest <= view.moment else f"from {found.earliest.astimezone(here):%a %H:%M}"
    return f"{regimen.id}: {found.timing.rhythm}; {given}, the next one {next_at}"


def dose_name(occurrence: DoseOccurrence) -> str:
    """The medicine and the amount, for a person."""
    return f"{occurrence.regimen.product.name} {occurrence.dose.spelled_out}"


def status_words(occurrence: DoseOccurrence, moment: datetime) -> str:
    """The status for a person, with how late it is."""
    status = status_at(occurrence, moment)
    words = status.value.replace("_", " ")
    return f"{words} by {_how_late(occurrence, moment)}" if status is DoseStatus.LATE else words


def _how_late(occurrence: DoseOccurrence, moment: datetime) -> str:
    """Days where a dose waits to be recorded however late; hours and minutes where it soon is pointless."""
    if occurrence.useful_until is None:
        days = days_overdue(occurrence, moment)
        return f"{days} day{'' if days == 1 else 's'}"
    hours, minutes = divmod(int((moment - occurrence.due_at).total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _row(occurrence: DoseOccurrence, moment: datetime) -> list[str]:
    return [
        f"{occurrence.wall_due:%a %Y-%m-%d}",
        f"{occurrence.wall_due:%H:%M}",
        dose_name(occurrence),
        occurrence.site or "",
        status_words(occurrence, moment),
        str(occurrence.id),
        "; ".join(reason.text for reason in occurrence.reasons),
    ]
