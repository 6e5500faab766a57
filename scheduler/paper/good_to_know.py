"""What to know of each medicine: a late dose, what to call about, how it keeps, each with its source.

Where the formulary is silent on what everybody has to know, the page says so: nobody takes the silence for
an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scheduler.formulary.entry import Entry
from scheduler.formulary.facts import SourcedText
from scheduler.paper.language import Language
from scheduler.paper.long_words import printed_name
from scheduler.paper.page_fit import notes_points
from scheduler.paper.sheet import MedicineNotes, NotesPages, NotesPart, PaperSize, QrCode, Said, TextSize

_NOTHING_KNOWN = "Nothing verified is known here, ask your team"
# Of a product that the formulary does not have.
_TOPICS = (
    "What to call about, and what at once",
    "What to do about a late dose",
    "How it is prepared, given and kept",
)
_KEEPING_UNSAID = "How it keeps is not verified here: ask your team or pharmacy."


@dataclass(frozen=True, kw_only=True, slots=True)
class GoodToKnow:
    """Headings in ``language``; what a label says stays in the words in which it was read."""

    language: Language
    paper: PaperSize
    size: TextSize

    def pages(self, entries: Iterable[Entry], qr: str, unknown: Iterable[str] = ()) -> NotesPages:
        """A part for each of ``entries`` and each name of ``unknown`` products; ``qr``: a picture or ""."""
        caption = self.language.say("This schedule as a calendar for your phone")
        known = (MedicineNotes(name=printed_name(e.product), parts=tuple(self._parts(e))) for e in entries)
        nothing = NotesPart(
            heading=self.language.say(_NOTHING_KNOWN), sentences=tuple(map(self._own, _TOPICS))
        )
        medicines = (*known, *(MedicineNotes(name=name, parts=(nothing,)) for name in unknown))
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
        yield "When to call", tuple(map(self._own, _unsaid_of_calling(entry)))
        yield "When a dose is late", (self._late(entry.late),)
        yield "Before each dose", tuple(self._before(entry))
        yield "How it keeps", tuple(self._said(rule.text, rule.source) for rule in entry.storage)
        yield "Where to keep it", () if entry.storage else (self._own(_KEEPING_UNSAID),)
        topics = tuple(map(self._own, entry.unverified))
        yield _NOTHING_KNOWN, topics

    def _before(self, entry: Entry) -> Iterator[Said]:
        yield from map(self._sourced, entry.preparation)
        if entry.food is not None:
            yield self._said(entry.food.text, entry.food.source)

    def _late(self, late: SourcedText) -> Said:
        """Our own words, where no label says anything, are in the reader's language."""
        text = late.text if late.source else self.language.say(late.text)
        return self._said(text, late.source)

    def _own(self, english: str) -> Said:
        return Said(text=self.language.say(english), source="")

    def _sourced(self, said: SourcedText) -> Said:
        return self._said(said.text, said.source)

    def _said(self, text: str, source: object | None) -> Said:
        return Said(
            text=text, source=str(source) if source else self.language.say("not verified: ask your team")
        )


def _unsaid_of_calling(entry: Entry) -> Iterator[str]:
    if not entry.side_effects:
        yield "No side effects are verified here. Ask your team which to call about, and which at once."
    elif not any(effect.urgent for effect in entry.side_effects):
        yield "Which of these to call about at once is not verified here: ask your team."
