"""A patient's sheet: the layouts asked for, with what stands on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.dosing.expansion import expand
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.product import Product, Route
from scheduler.errors import InputError
from scheduler.formulary.entry import Entry
from scheduler.formulary.formulary import Formulary
from scheduler.paper.calendar_page import Calendar
from scheduler.paper.good_to_know import GoodToKnow
from scheduler.paper.head_fit import head_of
from scheduler.paper.injection_log import InjectionLog
from scheduler.paper.language import Language
from scheduler.paper.long_words import printed_name
from scheduler.paper.sheet import FixedWords, Kinds, PaperSize, Sheet, TextSize, VisitPages
from scheduler.paper.visit_page import VisitSheets

_ONE_DAY = timedelta(days=1)


class NothingToPrintError(InputError):
    """The page asked for would be empty."""


class Layout(StrEnum):
    """What can be printed."""

    CALENDAR = "calendar"
    LOG = "log"
    VISIT = "visit"
    ALL = "all"


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintStyle:
    """``clinic`` and ``phone`` stand on each page, "" where nobody is named.

    ``qr`` is an SVG picture of the address of the patient's calendar, "" where it is not to be shown.
    """

    layout: Layout
    paper: PaperSize
    size: TextSize
    language: Language
    clinic: str = ""
    phone: str = ""
    qr: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Printing:
    """The doses of ``plan`` in ``period`` as they stand at ``moment``; ``state`` names the state of the plan.

    ``since``: when it came into force, for a reader, "" where the plan has no history. Raises
    NothingToPrintError where the one layout asked for would have nothing on it.
    """

    plan: Plan
    period: Period
    moment: datetime
    state: str
    formulary: Formulary
    style: PrintStyle
    since: str = ""

    def sheet(self) -> Sheet:
        """What `typeset` makes a PDF of."""
        style, doses = self.style, expand(self.plan, self.period)
        language = style.language
        products = self._products(doses)
        entries = self._entries(products)
        visits = self._visits(language, entries).pages(doses) if self._has(Layout.VISIT) else None
        self._refuse_empty(doses, visits)
        kinds = _kinds(language, doses)
        unknown = [printed_name(product) for product in products if product.id not in entries]
        clinic = " · ".join(filter(None, (style.clinic, style.phone)))
        return Sheet(
            title=f"{language.say('Schedule')}: {self.plan.patient.name}",
            author=style.clinic or "dosecal",
            patient=self.plan.patient.name,
            clinic=clinic,
            head=head_of(self.plan.patient.name, clinic, kinds, style.paper, style.size),
            printed=self._printed(),
            lang=language.locale.language,
            region=language.locale.territory or "",
            paper=style.paper,
            size=style.size,
            kinds=kinds,
            words=_words(language),
            calendar=self._calendar(language).pages(doses) if self._has(Layout.CALENDAR) else None,
            log=self._log(language).pages(doses) if self._has(Layout.LOG) and doses else None,
            visits=visits if visits and visits.visits else None,
            notes=self._notes(language).pages(entries.values(), style.qr, unknown),
        )

    def _refuse_empty(self, doses: Sequence[DoseOccurrence], visits: VisitPages | None) -> None:
        first, last = self.period.start, self.period.end - _ONE_DAY
        if self.style.layout is Layout.LOG and not doses:
            raise NothingToPrintError(
                f"no dose is planned from {first} to {last}, so there is nothing to log"
            )
        if self.style.layout is Layout.VISIT and visits is not None and not visits.visits:
            raise NothingToPrintError(
                f"from {first} to {last} no dose is to be given by a nurse or in a clinic; print another "
                "layout, or say with 'setting' in the plan who gives it"
            )

    def _has(self, layout: Layout) -> bool:
        return self.style.layout in (layout, Layout.ALL)

    def _calendar(self, language: Language) -> Calendar:
        return Calendar(
            plan=self.plan,
            period=self.period,
            moment=self.moment,
            language=language,
            paper=self.style.paper,
            size=self.style.size,
        )

    def _log(self, language: Language) -> InjectionLog:
        return InjectionLog(
            plan=self.plan,
            moment=self.moment,
            language=language,
            paper=self.style.paper,
            size=self.style.size,
        )

    def _notes(self, language: Language) -> GoodToKnow:
        return GoodToKnow(language=language, paper=self.style.paper, size=self.style.size)

    def _visits(self, language: Language, entries: Mapping[str, Entry]) -> VisitSheets:
        phone = self.style.phone
        return VisitSheets(
            plan=self.plan,
            moment=self.moment,
            language=language,
            entries=entries,
            call=language.say("Questions: call {phone}", phone=phone) if phone else "",
        )

    def _products(self, doses: Sequence[DoseOccurrence]) -> Sequence[Product]:
        """Those that are given, in the order of the plan."""
        given = {dose.regimen.id for dose in doses}
        return tuple({r.product.id: r.product for r in self.plan.regimens if r.id in given}.values())

    def _entries(self, products: Sequence[Product]) -> Mapping[str, Entry]:
        """What the formulary knows of each; a product of the patient's own it does not know."""
        market = self.plan.patient.market
        found = {product.id: self.formulary.of_product(product, market) for product in products}
        return {id_: entry for id_, entry in found.items() if entry is not None}

    def _printed(self) -> str:
        """With what tells an older sheet, whose foot says the same of itself."""
        say = self.style.language.say
        at = self.style.language.moment(self.moment.astimezone(self.plan.patient.zone))
        if not self.since:
            return say("{state}. Printed {at}; replaces every sheet printed before.", state=self.state, at=at)
        return say(
            "{state}. Printed {at}. Throw away every sheet printed before {since} and every one with a lower "
            "plan number.",
            state=self.state,
            at=at,
            since=self.since,
        )


def _kinds(language: Language, doses: Sequence[DoseOccurrence]) -> Kinds:
    say = language.say
    injected = any(dose.regimen.product.route is not Route.ORAL for dose in doses)
    return Kinds(
        calendar=say("Calendar"),
        log=say("Injection log" if injected else "Dose log"),
        visit=say("Visit"),
        notes=say("Good to know"),
    )


def _words(language: Language) -> FixedWords:
    say = language.say
    return FixedWords(
        page=say("Page"),
        left=say("left"),
        right=say("right"),
        front=say("front"),
        back=say("back"),
        site=say("Site"),
        to_write_down=say("To write down"),
        in_english=_in_english(language),
    )


def _in_english(language: Language) -> str:
    """That a label's words were not forgotten but left as they are; "" on English paper."""
    if language.locale.language == "en":
        return ""
    return language.say("What a label says stands here in English, in the words in which it was read.")
