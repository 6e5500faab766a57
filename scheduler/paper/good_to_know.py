"""What to know of each medicine: a late dose, what to call about, how it keeps, each with its source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import SourcedText
from scheduler.paper.language import Language
from scheduler.paper.page_fit import notes_points
from scheduler.paper.sheet import MedicineNotes, NotesPages, NotesPart, PaperSize, QrCode, Said, TextSize


@dataclass(frozen=True, kw_only=True, slots=True)
class GoodToKnow:
    """Headings in ``language``; what a label says stays in the words in which it was read."""

    language: Language
    paper: PaperSize
    size: TextSize

    def pages(self, entries: Iterable[Entry], qr: str) -> NotesPages:
        """A part for each of ``entries``, and the picture ``qr`` unless it is ""."""
        caption = self.language.say("This schedule as a calendar for your phone")
        medicines = tuple(MedicineNotes(name=e.product.name, parts=tuple(self._parts(e))) for e in entries)
        return NotesPages(
            medicines=medicines,
            qr=QrCode(svg=qr, caption=caption) if qr else None,
            points=notes_points(medicines, self.paper, self.size),
        )

    def _parts(self, entry: Entry) -> Iterator[NotesPart]:
        for heading, sentences in self._told(entry):
            if sentences:
                yield NotesPart(heading=self.language.say(heading), sentences=sentences)

    def _told(self, entry: Entry) -> Iterator[tuple[str, tuple[Said, ...]]]:
        at_once = [effect for effect in entry.side_effects if effect.urgent]
        others = [effect for effect in entry.side_effects if not effect.urgent]
        yield "Call at once", tuple(self._said(e.text, e.source) for e in at_once)
        yield "Call your team about", tuple(self._said(e.text, e.source) for e in others)
        yield "When a dose is late", (self._sourced(entry.late),)
        yield "Before each dose", tuple(self._before(entry))
        yield "How it keeps", tuple(self._said(rule.text, rule.source) for rule in entry.storage)
        yield "Nothing verified is known here, ask your team", tuple(_unknown(entry))

    def _before(self, entry: Entry) -> Iterator[Said]:
        yield from map(self._sourced, entry.preparation)
        if entry.food is not None:
            yield self._said(entry.food.text, entry.food.source)

    def _sourced(self, said: SourcedText) -> Said:
        return self._said(said.text, said.source)

    def _said(self, text: str, source: object | None) -> Said:
        return Said(
            text=text, source=str(source) if source else self.language.say("not verified: ask your team")
        )


def _unknown(entry: Entry) -> Iterator[Said]:
    yield from (Said(text=topic, source="") for topic in entry.unverified)
