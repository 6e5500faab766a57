"""When a caseload's day is told, and what of it: as a value. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduler.dosing.date_pattern import Weekday
from scheduler.dosing.timezone import local_date, resolve
from scheduler.formulary.lead import LeadChoice

_ONE_DAY = timedelta(days=1)
_TWO_WEEKS = timedelta(days=14)


_OUT_OF_THE_FRIDGE = LeadChoice(prepare=True)


class WhenEmpty(StrEnum):
    """What is said where there is nothing to tell: that there is nothing, or not a word."""

    TELL = "tell"
    SILENT = "silent"


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestChoice:
    """A digest ``at`` this wall time by the clocks of ``zone``, on each of ``days``; none unless ``is_on``.

    ``zone`` None: the caseload's own. ``days`` are one or more, in the order of the week. ``leads``: what to
    tell of before doses.
    """

    is_on: bool = True
    at: time = time(7)
    zone: ZoneInfo | None = None
    days: tuple[Weekday, ...] = tuple(Weekday)
    when_empty: WhenEmpty = WhenEmpty.TELL
    leads: LeadChoice = _OUT_OF_THE_FRIDGE


DEFAULT_DIGEST = DigestChoice()


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestTime:
    """The digest of the local date ``on``, told at ``at``, UTC; ``next_at``: when the one after it comes."""

    on: date
    at: datetime
    next_at: datetime

    @property
    def id(self) -> str:
        """Its name among the reminders of its caseload."""
        return f"digest@{self.on.isoformat()}"


def digest_times(
    choice: DigestChoice, zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[DigestTime]:
    """The digests from ``since`` up to and without ``until``, by the clocks of ``zone``.

    A wall time that the clocks skip or show twice is read as everywhere else: see `dosing.timezone`.
    """
    if not choice.is_on:
        return
    day = local_date(since, zone) - _ONE_DAY
    while (at := _at(choice, zone, day)) < until:
        if at >= since and Weekday.of(day) in choice.days:
            yield DigestTime(on=day, at=at, next_at=_next_at(choice, zone, day))
        day += _ONE_DAY


def _next_at(choice: DigestChoice, zone: ZoneInfo, day: date) -> datetime:
    days = (day + _ONE_DAY * ahead for ahead in range(1, _TWO_WEEKS.days))
    return next(_at(choice, zone, later) for later in days if Weekday.of(later) in choice.days)


def _at(choice: DigestChoice, zone: ZoneInfo, day: date) -> datetime:
    return resolve(datetime.combine(day, choice.at), zone).at
