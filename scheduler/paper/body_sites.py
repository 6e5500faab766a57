"""Where a medicine goes next: the sites in their turn, and those that rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Plan
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.site_rotation import SiteRest
from scheduler.paper.language import Language
from scheduler.paper.long_words import printed_name
from scheduler.paper.sheet import BodyPicture, MarkedSite, SiteState


@dataclass(frozen=True, kw_only=True, slots=True)
class BodySites:
    """By ``plan``, in the words of ``language``."""

    plan: Plan
    language: Language

    def picture(self, regimen: Regimen, to_come: Sequence[DoseOccurrence], today: date) -> BodyPicture | None:
        """Of the sites of ``regimen`` before the first of ``to_come``; None where it has none."""
        if not regimen.sites:
            return None
        turns = self._turns(regimen, to_come)
        rests = {rest.site: rest for rest in self.plan.rests if rest.covers(_on(to_come, today))}
        lines = tuple(self._lines(turns, [rests[site] for site in regimen.sites if site in rests]))
        return BodyPicture(
            name=printed_name(regimen.product),
            alt=". ".join((regimen.product.name, *lines)),
            lines=lines,
            turns=self._turns_told(len(turns)),
            sites=tuple(_marked(site, turns, rests) for site in regimen.sites),
        )

    def with_last_used(self, picture: BodyPicture, sites: Sequence[str]) -> BodyPicture:
        """``picture`` with ``sites``, the last ones used, the latest first; it says if none is recorded."""
        named = ", ".join(map(self.name, sites)) or self.language.say("none recorded")
        used = self.language.say("Last used: {sites}", sites=named)
        return replace(picture, lines=(*picture.lines, used), alt=f"{picture.alt}. {used}")

    def name(self, site: str) -> str:
        """A site for a person."""
        return self.language.say(site.replace("-", " ")) if site else ""

    def _turns(self, regimen: Regimen, to_come: Iterable[DoseOccurrence]) -> list[str]:
        """Each site once, in the order in which the doses to come use them."""
        used = (dose.site for dose in to_come if dose.regimen.id == regimen.id and dose.hold is None)
        return list(dict.fromkeys(site for site in used if site))

    def _turns_told(self, number: int) -> str:
        numbers = ", ".join(str(turn) for turn in range(1, number + 1))
        return self.language.say("{numbers}: in this order", numbers=numbers) if number > 1 else ""

    def _lines(self, turns: Sequence[str], rests: Iterable[SiteRest]) -> Iterator[str]:
        if turns:
            yield self.language.say("Next: {site}", site=self.name(turns[0]))
        for rest in rests:
            until = self.language.day(rest.last) if rest.last else self.language.say("further notice")
            yield self.language.say(
                "Not in use: {site}, until {until}", site=self.name(rest.site), until=until
            )


def _on(to_come: Sequence[DoseOccurrence], today: date) -> date:
    return to_come[0].local_date if to_come else today


def _marked(site: str, turns: Sequence[str], rests: Iterable[str]) -> MarkedSite:
    if site in rests:
        return MarkedSite(id=site, state=SiteState.RESTING, order=0)
    order = turns.index(site) + 1 if site in turns else 0
    return MarkedSite(id=site, state=SiteState.NEXT if order == 1 else SiteState.LATER, order=order)
