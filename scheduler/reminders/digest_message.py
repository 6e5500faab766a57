"""The words of a digest. Pure.

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


def digest_message(digest: Digest) -> Message:
    """The message for ``digest``, worded by how late it is."""
    now = digest.day.moment.astimezone(digest.day.zone)
    words = _Words(digest)
    parts = [words.head(), *words.parts()]
    return Message(subject=f"Digest for {_date(now)}", text="\n\n".join(parts))


class _Words:
    def __init__(self, digest: Digest) -> None:
        self._digest = digest
        self._zone = digest.day.zone

    def head(self) -> str:
        now = self._digest.day.moment.astimezone(self._zone)
        whose = f"{self._digest.title}, {_date(now)}"
        if self._digest.day.moment - self._digest.due_at < _LATE_AFTER:
            return f"{whose}, as it stands at {now:%H:%M} ({self._zone.key})."
        due = self._digest.wall_due
        of = f"{due:%H:%M}" + ("" if due.date() == now.date() else f" on {_date(due)}")
        return (
            f"{whose}. This is the digest of {of}, sent late: it tells how things stand at {now:%H:%M} "
            f"({self._zone.key})."
        )

    def parts(self) -> Iterator[str]:
        """Each with its heading and a line for each person; one sentence where there is nothing."""
        found = list(self._people())
        if not found and not self._digest.unread:
            yield self._nothing()
        yield from found
        if self._digest.unread:
            yield self._unread()

    def _people(self) -> Iterator[str]:
        since = _short(self._digest.day.since.astimezone(self._zone))
        yield from self._part("Overdue", lambda day: day.overdue, self._overdue)
        yield from self._part("Due today", lambda day: day.due, self._due)
        ready = self._part("To get ready", lambda day: day.ready, self._ready, noun="task")
        yield from ("\n".join([part, *self._how()]) for part in ready)
        yield from self._part(f"Missed or not recorded since {since}", lambda day: day.missed, self._missed)

    def _part(
        self,
        heading: str,
        of: Callable[[PatientDay], Sequence[DoseOccurrence] | Sequence[Preparation]],
        worded: Callable[[PatientDay], Iterable[str]],
        noun: str = "dose",
    ) -> Iterator[str]:
        people = sorted(
            (p for p in self._digest.patients if of(p.day)), key=lambda p: (_first(of(p.day)), p.id)
        )
        if not people:
            return
        count = sum(len(of(patient.day)) for patient in people)
        lines = [f"- {self._who(p)}: {_bounded(list(worded(p.day)))}" for p in people[:MOST_LINES]]
        if len(people) > MOST_LINES:
            lines.append(f"and {len(people) - MOST_LINES} more.")
        yield "\n".join([f"{heading}: {_people_and(len(people), count, noun)}.", *lines])

    def _who(self, patient: ToldPatient) -> str:
        place = f", {patient.place}" if patient.place else ""
        return f"{patient.called}{place}" + (f" ({patient.id})" if self._digest.is_full else "")

    def _overdue(self, day: PatientDay) -> Iterator[str]:
        """What waits longest of each regimen, and how many more of it do."""
        by_regimen: defaultdict[str, list[DoseOccurrence]] = defaultdict(list)
        for dose in day.overdue:
            by_regimen[dose.regimen.id].append(dose)
        for first, *others in by_regimen.values():
            more = f" and {len(others)} after it" if others else ""
            yield f"since {_short(first.wall_due)}{self._there(first)}{self._what(first)}{more}"

    def _due(self, day: PatientDay) -> Iterator[str]:
        return (f"{self._at(dose)}{self._there(dose)}{self._what(dose)}" for dose in day.due)

    def _missed(self, day: PatientDay) -> Iterator[str]:
        return (f"{_short(dose.wall_due)}{self._there(dose)}{self._what(dose)}" for dose in day.missed)

    def _ready(self, day: PatientDay) -> Iterator[str]:
        return (self._preparation(told) for told in day.ready)

    def _preparation(self, told: Preparation) -> str:
        dose = told.occurrence
        what = f"{self._what(dose)}: {told.lead.title}" if self._digest.is_full else ""
        at = f"from {told.at.astimezone(dose.zone):%H:%M}"
        return f"{at} for {self._at(dose)}{self._there(dose)}{what}"

    def _how(self) -> Iterator[str]:
        """In full, what there is to do for each medicine, said once."""
        if self._digest.is_full:
            told = [ready for patient in self._digest.patients for ready in patient.day.ready]
            named = {(r.occurrence.regimen.product.name, r.lead.title, r.lead.text) for r in told}
            yield from (f"{name}, {title}: {text}" for name, title, text in sorted(named))

    def _at(self, dose: DoseOccurrence) -> str:
        """The clock time, with its date where that is another one than the caseload's today."""
        is_today = dose.local_date == self._digest.day.moment.astimezone(self._zone).date()
        return f"{dose.wall_due:%H:%M}" if is_today else _short(dose.wall_due)

    def _there(self, dose: DoseOccurrence) -> str:
        return "" if dose.zone.key == self._zone.key else f" ({dose.zone.key})"

    def _what(self, dose: DoseOccurrence) -> str:
        return f" {dose.regimen.product.name} {dose.dose.spelled_out}" if self._digest.is_full else ""

    def _nothing(self) -> str:
        if not self._digest.patients:
            return "Nobody is in this caseload, so nobody is due."
        since = _short(self._digest.day.since.astimezone(self._zone))
        nothing = "Nobody is due today or overdue, there is nothing to get ready"
        return f"{nothing}, and no dose was missed since {since}."

    def _unread(self) -> str:
        count = self._digest.unread
        plans = "The plan of 1 person" if count == 1 else f"The plans of {count} people"
        return f"{plans} cannot be read, and nothing is told of them here: look at the caseload."


def _first(told: Sequence[DoseOccurrence] | Sequence[Preparation]) -> datetime:
    first = told[0]
    return first.at if isinstance(first, Preparation) else first.due_at


def _bounded(items: Sequence[str]) -> str:
    shown = list(items[:_MOST_IN_A_LINE])
    more = [f"and {len(items) - len(shown)} more"] if len(items) > len(shown) else []
    return ", ".join([*shown, *more])


def _people_and(people: int, count: int, noun: str) -> str:
    persons = "1 person" if people == 1 else f"{people} people"
    return f"{persons}, {count} {noun if count == 1 else f'{noun}s'}"


def _short(wall: datetime) -> str:
    return f"{wall:%a} {wall.day} {wall:%b %H:%M}"


def _date(day: datetime) -> str:
    return f"{day:%A} {day.day} {day:%B}"
