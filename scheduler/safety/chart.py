"""A plan laid out once for every rule, each regimen beside what the formulary knows of its product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import Phase, Regimen
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import DrugClass
from scheduler.formulary.formulary import Formulary

# A depot is held against the one before it, which the longest labelled interval puts 8 weeks away; some are
# late. Everything else is held against what is given within days.
_DEPOTS_BEFORE = timedelta(days=100)
_OTHERS_BEFORE = timedelta(days=8)
_AFTER = timedelta(days=29)


class Taken(NamedTuple):
    """A dose at the instant ``at``, UTC, of local date ``on``: as given, else as planned."""

    at: datetime
    on: date
    dose: DoseOccurrence

    @property
    def phase(self) -> Phase:
        """The phase that plans it."""
        return self.dose.regimen.phases[self.dose.phase - 1]

    @property
    def site(self) -> str | None:
        """Where it went, else where it is to go."""
        recorded = self.dose.administration
        return recorded.site or self.dose.site if recorded else self.dose.site

    @property
    def when(self) -> str:
        """For people: local date and time."""
        return f"{self.at.astimezone(self.dose.zone):%Y-%m-%d at %H:%M}"


@dataclass(frozen=True)
class Course:
    """One regimen. ``entry`` is None for a product that the formulary of the market does not have.

    ``laid_out`` are its doses in the period and some around it, also those withheld or not given.
    """

    regimen: Regimen
    entry: Entry | None
    laid_out: tuple[DoseOccurrence, ...]

    @cached_property
    def doses(self) -> tuple[Taken, ...]:
        """What was or is to be given, in order of time: nothing that is withheld or was not given."""
        return tuple(sorted((_taken(dose) for dose in self.laid_out if _counts(dose)), key=lambda t: t[0]))

    @cached_property
    def instants(self) -> list[datetime]:
        """When `doses` are given."""
        return [taken.at for taken in self.doses]

    @property
    def name(self) -> str:
        """For people: the product."""
        return self.regimen.product.name

    def is_of(self, *classes: DrugClass) -> bool:
        """Whether its product is known to belong to all of ``classes``."""
        return self.entry is not None and self.entry.is_of(*classes)


@dataclass(frozen=True)
class Chart:
    """``plan`` at the aware ``moment``, with the doses of ``period`` and ``entries`` of its market."""

    plan: Plan
    entries: tuple[Entry, ...]
    period: Period
    moment: datetime
    layout: Layout
    courses: tuple[Course, ...]

    def known(self) -> Iterator[tuple[Course, Entry]]:
        """The courses of products that the formulary has."""
        return ((course, course.entry) for course in self.courses if course.entry is not None)

    def of(self, *classes: DrugClass) -> list[Course]:
        """The courses whose products belong to all of ``classes``."""
        return [course for course in self.courses if course.is_of(*classes)]

    def asked(self, course: Course) -> list[Taken]:
        """The doses of ``course`` that fall into the period."""
        return [taken for taken in course.doses if taken.on in self.period]


def lay_out(plan: Plan, formulary: Formulary, period: Period, moment: datetime) -> Chart:
    """The chart of ``plan`` for ``period``."""
    layout = Layout(plan)
    entries = formulary.entries(plan.patient.market)
    by_id = {entry.product.id: entry for entry in entries}
    courses = tuple(
        Course(
            regimen, by_id.get(regimen.product.id), tuple(layout.regimen(regimen, _around(regimen, period)))
        )
        for regimen in plan.regimens
    )
    return Chart(plan, entries, period, moment, layout, courses)


def _around(regimen: Regimen, period: Period) -> Period:
    before = _DEPOTS_BEFORE if regimen.product.is_depot else _OTHERS_BEFORE
    start = period.start - min(before, period.start - date.min)
    return Period(start=start, end=period.end + min(_AFTER, date.max - period.end))


def _counts(dose: DoseOccurrence) -> bool:
    if dose.administration is not None:
        return dose.administration.is_given
    return dose.hold is None


def _taken(dose: DoseOccurrence) -> Taken:
    if dose.given_at is not None and dose.administration is not None:
        return Taken(dose.given_at, dose.administration.at.date(), dose)
    return Taken(dose.due_at, dose.local_date, dose)
