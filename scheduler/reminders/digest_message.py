"""What a digest says, put together from sentences (`templates.py`). Pure.

Discreet by default: initials, places, counts and clock times; no medicine, no dose, no name. In full it adds
medicines, doses, the caseload's name and patients' ids. It never says that anything is to be given now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.reminders.digest_contents import DigestDay, PatientDay, Preparation
from scheduler.reminders.message import Message
from scheduler.reminders.templates import ENGLISH_DIGEST, DigestTemplates, clock_time

MOST_LINES = 50
"""So many people are named in one part of a digest; of the others it is said how many they are."""

_MOST_IN_A_LINE = 8
_LATE_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldPatient:
    """A patient and their day. ``called``: initials; ``place``: where to find them, or ""."""

    id: str
    called: str
    place: str
    day: PatientDay


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """What is told. ``title``: whose day it is. It was to be told at ``due_at``, the wall time ``wall_due``.

    ``unread``: of how many patients of the caseload the plan could not be read.
    """

    title: str
    day: DigestDay
    wall_due: datetime
    due_at: datetime
    is_full: bool
    patients: tuple[ToldPatient, ...]
    unread: int

    @property
    def is_empty(self) -> bool:
        """Whether nobody has anything to be told of. Who cannot be read may have."""
        days = (patient.day for patient in self.patients)
        return not self.unread and not any(d.overdue or d.due or d.ready or d.missed for d in days)


def digest_message(digest: Digest, templates: DigestTemplates = ENGLISH_DIGEST) -> Message:
    """The message for ``digest``, worded by how late it is."""
    now = digest.day.moment.astimezone(digest.day.zone)
    words = _Words(digest, templates)
    parts = [words.head(), *words.parts()]
    return Message(subject=templates.subject.format(date=templates.days.long(now)), text="\n\n".join(parts))


class _Words:
    def __init__(self, digest: Digest, templates: DigestTemplates) -> None:
        self._digest = digest
        self._say = templates
        self._zone = digest.day.zone

    def head(self) -> str:
        now = self._digest.day.moment.astimezone(self._zone)
        whose = self._say.whose.format(title=self._digest.title, date=self._say.days.long(now))
        stands = {"whose": whose, "time": clock_time(now), "zone": self._zone.key}
        if self._digest.day.moment - self._digest.due_at < _LATE_AFTER:
            return self._say.as_it_stands.format(**stands)
        return self._say.late.format(of=self._was_due(now), **stands)

    def _was_due(self, now: datetime) -> str:
        due = self._digest.wall_due
        if due.date() == now.date():
            return clock_time(due)
        return self._say.of_another_day.format(time=clock_time(due), date=self._say.days.long(due))

    def parts(self) -> Iterator[str]:
        """Each with its heading and a line for each person; one sentence where there is nothing."""
        found = list(self._people())
        if not found and not self._digest.unread:
            yield self._nothing()
        yield from found
        if self._digest.unread:
            yield self._unread()

    def _people(self) -> Iterator[str]:
        yield from self._part(self._say.overdue, lambda day: day.overdue, self._overdue)
        yield from self._part(self._say.due, lambda day: day.due, self._due)
        ready = self._part(self._say.ready, lambda day: day.ready, self._ready, are_tasks=True)
        yield from ("\n".join([part, *self._how()]) for part in ready)
        missed = self._say.missed.format(since=self._since)
        yield from self._part(missed, lambda day: day.missed, self._missed)

    @property
    def _since(self) -> str:
        return self._say.days.with_time(self._digest.day.since.astimezone(self._zone))

    def _part(
        self,
        heading: str,
        of: Callable[[PatientDay], Sequence[DoseOccurrence] | Sequence[Preparation]],
        worded: Callable[[PatientDay], Iterable[str]],
        *,
        are_tasks: bool = False,
    ) -> Iterator[str]:
        people = sorted(
            (p for p in self._digest.patients if of(p.day)), key=lambda p: (_first(of(p.day)), p.id)
        )
        if not people:
            return
        count = sum(len(of(patient.day)) for patient in people)
        lines = [f"- {self._who(p)}: {self._bounded(list(worded(p.day)))}" for p in people[:MOST_LINES]]
        if len(people) > MOST_LINES:
            lines.append(self._say.more_lines.format(count=len(people) - MOST_LINES))
        counted = self._tasks(count) if are_tasks else self._doses(count)
        head = self._say.part.format(heading=heading, people=self._persons(len(people)), count=counted)
        yield "\n".join([head, *lines])

    def _persons(self, count: int) -> str:
        return self._say.one_person if count == 1 else self._say.people.format(count=count)

    def _doses(self, count: int) -> str:
        return self._say.one_dose if count == 1 else self._say.doses.format(count=count)

    def _tasks(self, count: int) -> str:
        return self._say.one_task if count == 1 else self._say.tasks.format(count=count)

    def _bounded(self, items: Sequence[str]) -> str:
        more = len(items) - _MOST_IN_A_LINE
        shown = items[:_MOST_IN_A_LINE]
        return ", ".join([*shown, self._say.and_more.format(count=more)] if more > 0 else shown)

    def _who(self, patient: ToldPatient) -> str:
        place = f", {patient.place}" if patient.place else ""
        return f"{patient.called}{place}" + (f" ({patient.id})" if self._digest.is_full else "")

    def _overdue(self, day: PatientDay) -> Iterator[str]:
        """What waits longest of each regimen, and how many more of it do."""
        by_regimen: defaultdict[str, list[DoseOccurrence]] = defaultdict(list)
        for dose in day.overdue:
            by_regimen[dose.regimen.id].append(dose)
        for first, *others in by_regimen.values():
            more = self._say.and_after_it.format(count=len(others)) if others else ""
            where = {"there": self._there(first), "what": self._what(first)}
            yield self._say.since.format(time=self._say.days.with_time(first.wall_due), **where) + more

    def _due(self, day: PatientDay) -> Iterator[str]:
        return (f"{self._at(dose)}{self._there(dose)}{self._what(dose)}" for dose in day.due)

    def _missed(self, day: PatientDay) -> Iterator[str]:
        when = self._say.days.with_time
        return (f"{when(dose.wall_due)}{self._there(dose)}{self._what(dose)}" for dose in day.missed)

    def _ready(self, day: PatientDay) -> Iterator[str]:
        return (self._preparation(told) for told in day.ready)

    def _preparation(self, told: Preparation) -> str:
        dose = told.occurrence
        what = f"{self._what(dose)}: {told.lead.title}" if self._digest.is_full else ""
        at = clock_time(told.at.astimezone(dose.zone))
        where = {"there": self._there(dose), "what": what}
        return self._say.preparation.format(time=at, slot=self._at(dose), **where)

    def _how(self) -> Iterator[str]:
        """In full, what there is to do for each medicine, said once."""
        if self._digest.is_full:
            told = [ready for patient in self._digest.patients for ready in patient.day.ready]
            named = {(r.occurrence.regimen.product.name, r.lead.title, r.lead.text) for r in told}
            yield from (f"{name}, {title}: {text}" for name, title, text in sorted(named))

    def _at(self, dose: DoseOccurrence) -> str:
        """The clock time, with its date where that is another one than the caseload's today."""
        is_today = dose.local_date == self._digest.day.moment.astimezone(self._zone).date()
        return clock_time(dose.wall_due) if is_today else self._say.days.with_time(dose.wall_due)

    def _there(self, dose: DoseOccurrence) -> str:
        return "" if dose.zone.key == self._zone.key else f" ({dose.zone.key})"

    def _what(self, dose: DoseOccurrence) -> str:
        return f" {dose.regimen.product.name} {dose.dose.spelled_out}" if self._digest.is_full else ""

    def _nothing(self) -> str:
        return self._say.nothing.format(since=self._since) if self._digest.patients else self._say.nobody

    def _unread(self) -> str:
        count = self._digest.unread
        return self._say.one_unread if count == 1 else self._say.unread.format(count=count)


def _first(told: Sequence[DoseOccurrence] | Sequence[Preparation]) -> datetime:
    first = told[0]
    return first.at if isinstance(first, Preparation) else first.due_at
