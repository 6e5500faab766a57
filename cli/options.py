"""Options and kinds of value that several commands share. Every option has an environment twin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from scheduler.actions.feed_contents import DEFAULT_ALIAS, FeedStyle
from scheduler.dosing.product import Market
from scheduler.dosing.refusal import DosingError
from scheduler.ical.privacy import Privacy
from scheduler.planfile.field import check_calendar, parse_zone, zone_hint

Command = TypeVar("Command", bound=Callable[..., Any])
Day = TypeVar("Day", date, datetime)

option = partial(click.option, show_envvar=True)
"""`click.option` whose help names its environment variable."""


def within_calendar(day: Day, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Day:
    """``day``, which ``value`` says. Raises click.BadParameter for a year that no plan has."""
    check_calendar(day, lambda problem: click.BadParameter(f"{value!r} {problem}", ctx=ctx, param=param))
    return day


class LocalDate(click.ParamType[date]):
    """A date without a zone: ``2026-12-01``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Fail with exit 2 for anything else."""
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2026-12-01", param, ctx)
        return within_calendar(day, value, param, ctx)


class LocalTime(click.ParamType[datetime]):
    """A date and time in the patient's own zone: ``2026-12-03T15:20``."""

    name = "local time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Fail with exit 2 for anything else, an offset included."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date and time such as 2026-12-03T15:20", param, ctx)
        if moment.tzinfo is not None:
            self.fail(f"{value!r} has an offset; write the patient's local time without one", param, ctx)
        if len(value) <= len("2026-12-03"):
            self.fail(f"{value!r} has no time of day; write it as 2026-12-03T15:20", param, ctx)
        return within_calendar(moment, value, param, ctx)


class Zone(click.ParamType[ZoneInfo]):
    """An IANA time zone: ``Europe/Paris``."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        """Fail with exit 2 for anything else, with the likely meaning of a near miss."""
        if isinstance(value, ZoneInfo):
            return value
        try:
            return parse_zone(value)
        except DosingError as error:
            self.fail(f"{value!r} {error}{zone_hint(value)}", param, ctx)


class Instant(click.ParamType[datetime]):
    """A moment with its offset: ``2026-12-01T08:00:00-05:00``."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Fail with exit 2 for anything else."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an instant such as 2026-12-01T08:00:00-05:00", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no offset from UTC; write it as {value}Z or {value}-05:00", param, ctx)
        return within_calendar(moment, value, param, ctx)


format_option = option(
    "--format",
    "output_format",
    envvar="DOSECAL_FORMAT",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print it.",
)

metrics_option = option(
    "--metrics",
    metavar="HOST:PORT",
    envvar="DOSECAL_METRICS",
    help="Where Prometheus may ask for /metrics, and a supervisor for /healthz and /readyz: an address that "
    "only they reach. [default: nowhere]",
)

market_option = option(
    "--market",
    type=click.Choice([market.value for market in Market]),
    default=Market.US.value,
    show_default=True,
    help="Whose label applies.",
)


def style_options(command: Command) -> Command:
    """``--privacy`` and ``--alias``: how much a calendar tells."""
    alias = option(
        "--alias",
        envvar="DOSECAL_ALIAS",
        default=DEFAULT_ALIAS,
        show_default=True,
        help="Title of the events below full privacy.",
    )
    privacy = option(
        "--privacy",
        envvar="DOSECAL_PRIVACY",
        type=click.Choice([level.value for level in Privacy]),
        default=Privacy.DISCREET.value,
        show_default=True,
        help="discreet: the title alone; initials: with the patient's initials; full: medicine and dose, "
        "which calendar companies, shared calendars and lock screens then show.",
    )
    return privacy(alias(command))


def feed_style(privacy: str, alias: str) -> FeedStyle:
    """The style that the two options say."""
    return FeedStyle(privacy=Privacy(privacy), alias=alias)
