"""A line for each dose, to tick and to fill in; what was recorded stands in it already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Route
from scheduler.dosing.timezone import local_date
from scheduler.paper.body_sites import BodySites
from scheduler.paper.language import Language
from scheduler.paper.log_columns import LogColumns
from scheduler.paper.long_words import printed_name
from scheduler.paper.sheet import BodyPicture, LogPages, LogRow, PaperSize, TextSize
from scheduler.paper.standing import is_to_come, place_of, reason_not_given, site_of

_READ = ("Planned", "Medicine", "Site")
_TO_FILL_IN = ("Given at", "Lot", "Expiry", "Reaction, remarks", "Initials")


@dataclass(frozen=True, kw_only=True, slots=True)
class InjectionLog:
    """As ``plan`` stands at ``moment``, in the words of ``language``."""

    plan: Plan
    moment: datetime
    language: Language
    paper: PaperSize
    size: TextSize

    def pages(self, occurrences: Sequence[DoseOccurrence]) -> LogPages:
        """A row for each of ``occurrences``, in their order."""
        rows = tuple(self._rows(occurrences))
        headings = tuple(map(self.language.say, self._columns(occurrences)))
        columns = LogColumns(headings=headings, rows=rows, paper=self.paper, size=self.size)
        return LogPages(
            pictures=tuple(self._pictures(occurrences)),
            columns=headings,
            widths_mm=columns.widths_mm(),
            hyphenate=columns.hyphenate,
            inset_y=columns.inset_y,
            rows=columns.with_heights(),
        )

    def _columns(self, occurrences: Sequence[DoseOccurrence]) -> Iterator[str]:
        injected = any(dose.regimen.product.route is not Route.ORAL for dose in occurrences)
        yield from _READ if injected else _READ[:-1]
        yield from _TO_FILL_IN

    def _pictures(self, occurrences: Sequence[DoseOccurrence]) -> Iterator[BodyPicture]:
        sites = BodySites(plan=self.plan, language=self.language)
        to_come = [dose for dose in occurrences if is_to_come(dose, self.moment)]
        today = local_date(self.moment, self.plan.patient.zone)
        for regimen in self.plan.regimens:
            its = [dose for dose in to_come if dose.regimen.id == regimen.id]
            picture = sites.picture(regimen, its, today)
            if picture is not None and its:
                yield picture

    def _rows(self, occurrences: Sequence[DoseOccurrence]) -> Iterator[LogRow]:
        before: date | None = None
        for dose in occurrences:
            yield self._row(dose, begins_day=dose.local_date != before)
            before = dose.local_date

    def _day(self, dose: DoseOccurrence) -> str:
        """On a journey with the place whose clocks the time is read from."""
        day = self.language.short_day(dose.local_date)
        return day if dose.zone.key == self.plan.patient.zone.key else f"{day} ({place_of(dose.zone)})"

    def _row(self, dose: DoseOccurrence, *, begins_day: bool) -> LogRow:
        return LogRow(
            day=self._day(dose),
            time=self.language.clock(dose.wall_due),
            begins_day=begins_day,
            name=printed_name(dose.regimen.product),
            amount=self.language.amount(dose.dose),
            site=BodySites(plan=self.plan, language=self.language).name(site_of(dose)),
            given=self.language.moment(dose.given_at.astimezone(dose.zone)) if dose.given_at else "",
            remark=reason_not_given(dose, self.language),
            recorded=dose.administration is not None or dose.hold is not None,
            row_mm=0.0,
        )
