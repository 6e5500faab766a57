"""A page for each dose that a nurse comes to give: what to bring, what to do when, what to write down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Plan
from scheduler.dosing.product import Route
from scheduler.dosing.regimen import Setting
from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import LeadTask, SourcedText
from scheduler.paper.body_sites import BodySites
from scheduler.paper.language import Language, capitalised
from scheduler.paper.long_words import printed_name
from scheduler.paper.sheet import BodyPicture, Step, Visit, VisitPages, VisitPart
from scheduler.paper.standing import is_to_come

_FIELDS = ("Given at", "Site", "Lot", "Expiry", "Reaction", "Next visit", "Name", "Signature")
_LAST_SITES = 3
_PLACES = {
    Setting.HOME: "At home, by the patient or a carer",
    Setting.NURSE_VISIT: "At home, by a nurse",
    Setting.CLINIC: "In the clinic",
}
ROUTES = {
    Route.SUBCUTANEOUS: "under the skin (subcutaneous)",
    Route.DEEP_SUBCUTANEOUS: "deep under the skin (deep subcutaneous)",
    Route.INTRAMUSCULAR: "into a muscle (intramuscular)",
    Route.INTRAVENOUS: "into a vein (intravenous)",
    Route.ORAL: "by mouth",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitSheets:
    """``entries`` stand under the ids of products; ``call`` says whom to call, "" where nobody is named."""

    plan: Plan
    moment: datetime
    language: Language
    entries: Mapping[str, Entry]
    call: str

    def pages(self, occurrences: Sequence[DoseOccurrence]) -> VisitPages:
        """A page for each of ``occurrences`` that is still to be given, and not by the patient."""
        return VisitPages(
            visits=tuple(self._visit(dose, occurrences) for dose in occurrences if self._is_visit(dose))
        )

    def _is_visit(self, dose: DoseOccurrence) -> bool:
        return dose.regimen.setting is not Setting.HOME and is_to_come(dose, self.moment)

    def _visit(self, dose: DoseOccurrence, occurrences: Sequence[DoseOccurrence]) -> Visit:
        say = self.language.say
        return Visit(
            when=f"{capitalised(self.language.day(dose.local_date))}, {self.language.clock(dose.wall_due)}",
            medicine=printed_name(dose.regimen.product),
            amount=self.language.amount(dose.dose),
            route=say("Route: {route}", route=say(ROUTES[dose.regimen.product.route])),
            place=say(_PLACES[dose.regimen.setting]),
            parts=tuple(part for part in self._parts(dose) if part.lines),
            picture=self._picture(dose, occurrences),
            fields=tuple(map(say, _FIELDS)),
            call=self.call,
        )

    def _parts(self, dose: DoseOccurrence) -> Iterator[VisitPart]:
        say, entry = self.language.say, self.entries.get(dose.regimen.product.id)
        bring = "Have ready" if dose.regimen.setting is Setting.CLINIC else "Bring"
        yield VisitPart(heading=say(bring), lines=tuple(self._to_bring(dose)))
        yield VisitPart(heading=say("Before the visit"), lines=tuple(self._leads(dose, entry)))
        yield VisitPart(heading=say("Prepare and give"), lines=tuple(self._preparation(entry)))

    def _to_bring(self, dose: DoseOccurrence) -> Iterator[Step]:
        medicine = f"{printed_name(dose.regimen.product)}, {self.language.amount(dose.dose)}"
        for said in (
            medicine,
            self.language.say("This sheet and the last one"),
            self.language.say("Sharps box"),
        ):
            yield Step(at="", text=said, source="")

    def _leads(self, dose: DoseOccurrence, entry: Entry | None) -> Iterator[Step]:
        for task in entry.lead_tasks if entry else ():
            yield Step(at=self._between(dose, task), text=task.text, source=str(task.source))

    def _between(self, dose: DoseOccurrence, task: LeadTask) -> str:
        latest = (dose.due_at - task.least).astimezone(dose.zone)
        if task.most is None:
            on_the_day = latest.date() == dose.local_date
            at = self.language.clock(latest) if on_the_day else self.language.moment(latest)
            return self.language.say("by {at}", at=at)
        earliest = (dose.due_at - task.most).astimezone(dose.zone)
        if earliest.date() == latest.date() == dose.local_date:
            return f"{self.language.clock(earliest)}-{self.language.clock(latest)}"
        return f"{self.language.moment(earliest)} - {self.language.moment(latest)}"

    def _preparation(self, entry: Entry | None) -> Iterator[Step]:
        sentences: tuple[SourcedText, ...] = entry.preparation if entry else ()
        if not sentences:
            said = "How to prepare and give it is not verified here: follow the leaflet in the pack."
            yield Step(at="", text=self.language.say(said), source="")
        leads = {task.text for task in entry.lead_tasks} if entry else set()
        # What has its own time stands before the visit.
        for step in (each for each in sentences if each.text not in leads):
            yield Step(at="", text=step.text, source=str(step.source or ""))

    def _picture(self, dose: DoseOccurrence, occurrences: Sequence[DoseOccurrence]) -> BodyPicture | None:
        its = [o for o in occurrences if o.regimen.id == dose.regimen.id and o.due_at >= dose.due_at]
        sites = BodySites(plan=self.plan, language=self.language)
        picture = sites.picture(dose.regimen, its, dose.local_date)
        if picture is None:
            return None
        return sites.with_last_used(picture, self._last_sites(dose))

    def _last_sites(self, dose: DoseOccurrence) -> list[str]:
        given = [
            a
            for a in self.plan.administrations
            if a.dose.regimen == dose.regimen.id and a.is_given and a.site
        ]
        latest = sorted(given, key=lambda administration: administration.at)[-_LAST_SITES:]
        return [administration.site or "" for administration in reversed(latest)]
