"""What became of every dose, and which laws were broken, from the plans and the tables at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from scheduler.clock import epoch_ms, from_epoch_ms
from scheduler.dosing.administration import Administration
from scheduler.dosing.expansion import expand, find
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.reminders.auditor import audit
from scheduler.reminders.steps import DUE
from scheduler.store import tables
from scheduler.store.engine import make_engine
from scheduler.store.plans import StoredPlan
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.reminder_row import ReminderState
from tests.simulation.clinic import Clinic
from tests.simulation.judge import Broken

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_LATE = 2 * _MINUTE
_PAGE = 100
_DOUBTFUL = {"lost", "unknown", "late unknown", "late accepted"}
_NOTHING_LEFT = {None, "sending", "not begun", "given back", "taken back", "late given back"}


@dataclass(kw_only=True, slots=True)
class Verdict:
    """``doses`` counts each dose once for each person who is to be told of it; ``ends`` what came of that."""

    doses: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    copies: int = 0
    late: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)
    broken: list[Broken] = field(default_factory=list)

    def add(self, other: Verdict) -> None:
        """Count ``other`` in."""
        self.doses += other.doses
        self.messages += other.messages
        self.copies += other.copies
        self.late += other.late
        self.ends += other.ends
        self.seen += other.seen
        self.did += other.did
        self.broken += other.broken


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A reminder that a dose is due."""

    state: str
    error: str | None
    attempt: int
    is_put_off: bool


def verdict(clinic: Clinic, url: str) -> Verdict:
    """Of a clinic that has run."""
    return _Reading(clinic, url).verdict()


class _Reading:
    def __init__(self, clinic: Clinic, url: str) -> None:
        self._clinic = clinic
        self._engine = make_engine(url).execution_options(reading=True)
        self._found = Verdict(seen=clinic.troubles.seen, did=clinic.people.did, broken=clinic.judge.broken)
        self._rows: dict[tuple[str, str, str], _Row] = {}

    def verdict(self) -> Verdict:
        self._read_rows()
        ids = list(self._clinic.people.patients)
        for start in range(0, len(ids), _PAGE):
            self._look_at(ids[start : start + _PAGE])
        self._look_at_the_log()
        report = audit(self._clinic.store, self._clinic.clock.true)
        for finding in report.shown:
            self._break("the audit", finding.patient_id or "", finding.problem.value)
        self._found.messages = len(self._clinic.judge.sends)
        self._engine.dispose()
        return self._found

    def _break(self, law: str, patient: str, text: str) -> None:
        self._found.broken.append(Broken(law=law, patient=patient, text=text))

    def _read_rows(self) -> None:
        table, now = tables.reminder, epoch_ms(self._clinic.clock.true)
        with self._engine.connect() as connection:
            for row in connection.execute(select(table)):
                if row.due_at <= now and row.state in {"pending", "leased"}:
                    self._break("unexplained", row.patient_id, f"{row.dose_id} {row.step} still waits")
                if row.state not in {"pending", "leased", "sent", "cancelled"} and not row.last_error:
                    self._break(
                        "unexplained", row.patient_id, f"{row.dose_id} {row.step} ended without a reason"
                    )
                if row.step == DUE:
                    found = _Row(
                        state=row.state,
                        error=row.last_error,
                        attempt=row.attempt,
                        is_put_off='"at"' in row.policy,
                    )
                    self._rows[row.patient_id, row.dose_id, row.recipient_id] = found

    def _look_at(self, ids: Sequence[str]) -> None:
        with self._clinic.store.reading() as work:
            plans = work.plans.load_many(work.patients.many(ids))
            recipients = work.recipients.of(ids)
        for stored in plans:
            people = [r for r in recipients[stored.record.id] if r.role is RecipientRole.PERSON]
            for dose in self._due(stored):
                for person in people:
                    if person.added_at <= dose.due_at:
                        self._look_at_dose(person, dose, stored.plan)

    def _due(self, stored: StoredPlan) -> Iterator[DoseOccurrence]:
        start, now = self._clinic.cohort.start, self._clinic.clock.true
        for dose in expand(stored.plan, Period(start=start - _DAY, end=now.date() + 2 * _DAY)):
            if dose.due_at <= now - _MINUTE:
                yield dose

    def _look_at_dose(self, person: RecipientRecord, dose: DoseOccurrence, plan: Plan) -> None:
        self._found.doses += 1
        key = (person.subject_id, str(dose.id), person.id)
        row, told_at = self._rows.get(key), self._clinic.judge.told.get(key)
        end = _end(dose, row)
        if end is None and came_when_over(dose, plan, self._clinic.changes.taken_back[person.subject_id]):
            end = "over when a record was taken back"
        if end is None:
            self._break(
                "unexplained", person.subject_id, f"{dose.id}, due at {dose.due_at}: {row or 'no reminder'}"
            )
            return
        self._found.ends[end] += 1
        if told_at is not None and told_at > dose.due_at + _LATE:
            self._look_at_lateness(dose, row, told_at, person.subject_id)

    def _look_at_lateness(
        self, dose: DoseOccurrence, row: _Row | None, told_at: datetime, patient: str
    ) -> None:
        """A dose told late was put off or tried before, or something was wrong, or the plan was changed."""
        self._found.late += 1
        changed_at = self._clinic.changes.at.get(patient)
        is_explained = (
            row is None
            or row.is_put_off
            or row.attempt > 1
            or changed_at is not None
            or self._clinic.troubles.explain(dose.due_at, told_at)
        )
        if not is_explained:
            self._break("late", patient, f"{dose.id}, due at {dose.due_at}, was told at {told_at}")

    def _look_at_the_log(self) -> None:
        """Every send has its attempt and every attempt its send; a copy comes from one of unknown end."""
        table, sends = tables.attempt, dict(self._clinic.judge.sends)
        doubtful: Counter[int] = Counter()
        with self._engine.connect() as connection:
            for row in connection.execute(select(table)):
                sent = sends.pop((row.reminder_id, row.number), None)
                doubtful[row.reminder_id] += row.outcome in _DOUBTFUL
                is_wrong = sent is not None and row.outcome in _NOTHING_LEFT
                self._look_at_loss(row)
                if is_wrong or (row.outcome == "accepted" and sent != "Accepted"):
                    self._break(
                        "the log", "", f"reminder {row.reminder_id}: {row.outcome}, and it was {sent}"
                    )
        for reminder, number in sends:
            self._break(
                "the log", "", f"reminder {reminder}, attempt {number} was sent and is not in the log"
            )
        for (reminder, _), times in self._clinic.judge.heard.items():
            self._found.copies += times - 1
            if times > 1 + doubtful[reminder]:
                self._break("copies", "", f"reminder {reminder} was heard {times} times")

    def _look_at_loss(self, row: Row[Any]) -> None:
        """Only what a daemon had in hand when it died is lost."""
        if row.outcome == "lost":
            since, until = from_epoch_ms(row.started_at), from_epoch_ms(row.ended_at)
            if not self._clinic.troubles.explain_loss(since, until):
                self._break("lost", "", f"reminder {row.reminder_id}, sent at {since}: no daemon died")


def _end(dose: DoseOccurrence, row: _Row | None) -> str | None:
    """What became of telling one person of one dose; None: nobody knows."""
    if row is not None and row.state == ReminderState.SENT:
        return "reminded"
    if row is not None and row.error is not None:
        return f"{row.state}: {row.error}"
    if dose.administration is not None:
        return "recorded before it was told"
    return "withheld" if dose.hold is not None else None


def came_when_over(
    dose: DoseOccurrence, plan: Plan, taken_back: Sequence[tuple[datetime, Administration]]
) -> bool:
    """Whether ``dose`` of ``plan`` got its time, or lost its record, when it was of no use any more.

    What was recorded before it was told is not told when that is taken back a day later. And a chain counts
    from what was given: without it the next dose can turn out to have been due before a stop.
    """
    for at, record in taken_back:
        is_over = dose.useful_until is not None and dose.useful_until <= at
        if is_over and record.dose not in plan.administrations_by_dose:
            before = find(replace(plan, administrations=(*plan.administrations, record)), dose.id)
            if record.dose == dose.id or before is None or before.due_at != dose.due_at:
                return True
    return False
