"""A phase said in options, in the words of the plan file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from cli.options import Command, LocalDate, option, within_calendar
from scheduler.planfile.reading import parse_inline_table


class DateOrTime(click.ParamType[date]):
    """A local date, or a local date and time where hours are counted."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Fail with exit 2 for anything else."""
        if isinstance(value, date):
            return value
        try:
            day = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not 2026-12-01, nor 2026-12-01T07:00 for elapsed hours", param, ctx)
        return within_calendar(day, value, param, ctx)


_OPTIONS = (
    option("--dose", help='Amount and unit, such as "100 ug".'),
    option("--times", help="Local clock times, such as 07:00,15:00,23:00."),
    option("--every", help='"1 d", "4 wk", "1 mo"; "8 h" counts elapsed hours.'),
    option("--weekdays", help="Days of the week, such as mon,thu."),
    option("--cycle", help='Length of a cycle, such as "28 d"; with --cycle-on.'),
    option("--cycle-on", help="Its days with doses, such as 1-14 or 1,8,15."),
    option("--max-per-day", type=int, help="As needed: at most so many a day."),
    option("--min-gap", help='As needed: at least so far apart, such as "4 h".'),
    option("--start", type=DateOrTime(), help="First local date; with a time where hours are counted."),
    option("--for", "length", help='How long, such as "14 d".'),
    option("--until", type=LocalDate(), help="Last local date."),
    option("--doses", type=int, help="How many doses."),
    option(
        "--phase",
        "phases",
        multiple=True,
        metavar="TABLE",
        help="A whole phase as in a plan file, instead of the options above; once for each phase: "
        '\'dose = "20 mg", every = "4 wk", times = ["10:00"], start = 2026-12-15\'.',
    ),
)


def phase_options(command: Command) -> Command:
    """The options that say a phase: ``--dose``, ``--times`` and so on, or ``--phase``."""
    for add_option in reversed(_OPTIONS):
        command = add_option(command)
    return command


def phase_table(options: dict[str, Any]) -> dict[str, Any]:
    """The table of a phase that the options say; empty where none was given."""
    table = {
        "dose": options["dose"],
        "times": _listed(options["times"]),
        "every": options["every"],
        "weekdays": _listed(options["weekdays"]),
        "cycle": _nested(length=options["cycle"], on=_listed(options["cycle_on"])),
        "as_needed": _nested(max_per_day=options["max_per_day"], min_gap=options["min_gap"]),
        "start": options["start"],
        "for": options["length"],
        "until": options["until"],
        "doses": options["doses"],
    }
    return {key: value for key, value in table.items() if value is not None}


def phase_tables(options: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The phases that ``--phase`` says, or the one that the other options say.

    Raises click.UsageError for both, PlanFileError where one cannot be read.
    """
    table = phase_table(options)
    if table and options["phases"]:
        raise click.UsageError("--phase says a whole phase: leave out the options that say parts of one")
    return [parse_inline_table(text, name) for text in options["phases"]] or [table]


def _listed(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",")]


def _nested(**keys: Any) -> dict[str, Any] | None:
    return {key: value for key, value in keys.items() if value is not None} or None
