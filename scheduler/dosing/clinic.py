"""The days on which a clinic gives doses.

A dose that falls on a closed day is told, with the nearest open day inside its window. It is never moved:
that is for the nurse, who may know of another room that is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from scheduler.dosing.date_pattern import Weekday
from scheduler.dosing.refusal import DosingError

_ONE_DAY = timedelta(days=1)


class Holidays(Protocol):
    """The public holidays of a place."""

    def name_on(self, day: date) -> str | None:
        """What the local date ``day`` is called; None on an ordinary day."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Clinic:
    """Open on the weekdays ``open_on``, but not on public ``holidays`` nor on the dates of ``closures``."""

    open_on: tuple[Weekday, ...]
    holidays: Holidays | None = None
    closures: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if not self.open_on:
            raise DosingError('a clinic has at least one day on which it is open, such as open = ["mon"]')

    def closed_because(self, day: date) -> str | None:
        """Why the clinic gives nothing on local date ``day``; None where it is open."""
        if day in self.closures:
            return "closed that day"
        holiday = self.holidays.name_on(day) if self.holidays is not None else None
        if holiday is not None:
            return holiday
        weekday = Weekday.of(day)
        return None if weekday in self.open_on else f"closed on {weekday.name.capitalize()}s"

    def nearest_open_day(self, day: date, earliest: date, latest: date) -> date | None:
        """The open date nearest to ``day`` from ``earliest`` to ``latest``, both inclusive, if there is one.

        Of two that are equally near it is the later one, because an interval that is too short is what
        labels warn of.
        """
        days = range((earliest - day).days, (latest - day).days + 1)
        nearest_first = sorted(days, key=lambda offset: (abs(offset), -offset))
        near = (day + offset * _ONE_DAY for offset in nearest_first)
        return next((candidate for candidate in near if self.closed_because(candidate) is None), None)
