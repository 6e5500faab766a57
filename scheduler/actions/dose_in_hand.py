"""A dose as the holder of a link finds it: how it stands, and what can still be done by that link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.actions.answer_link import LinkError, LinkFault
from scheduler.dosing.administration import Administration
from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.dosing.patient import Patient
from scheduler.dosing.plan import Period
from scheduler.dosing.status import OPEN, DoseStatus, status_at
from scheduler.dosing.timezone import local_date, wall_reading
from scheduler.reminders.calling_doses import next_due_at
from scheduler.reminders.steps import useful_end
from scheduler.store.answers import AnswerKind, AnswerRecord
from scheduler.store.plans import StoredEntry, StoredPlan
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import UnitOfWork

UNDO_FOR = timedelta(minutes=15)
MOST_SNOOZES = 3
_SNOOZES = (timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=1))
_DEPOT_SNOOZES = (timedelta(hours=1), timedelta(hours=4), timedelta(days=1))
_RECORDS = frozenset({AnswerKind.GIVEN, AnswerKind.NOT_GIVEN})
# The next dose of most plans comes within days; a depot's can be half a year away.
_AHEAD = (timedelta(days=3), timedelta(days=35), timedelta(days=400))


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseInHand:
    """``occurrence`` at the aware ``moment``; ``record`` is the reminder whose link leads to it.

    ``entry`` is what is recorded of it, ``answers`` what was answered by any link, oldest first. ``ends_at``:
    when it is of no more use to be told of it, None: never. ``following``: the next dose of the regimen that
    is still to come, which is this one where it is.
    """

    record: ReminderRecord
    patient: Patient
    occurrence: DoseOccurrence
    entry: StoredEntry[Administration] | None
    answers: tuple[AnswerRecord, ...]
    ends_at: datetime | None
    following: DoseOccurrence | None
    moment: datetime

    @property
    def status(self) -> DoseStatus:
        """How it stands."""
        return status_at(self.occurrence, self.moment)

    @property
    def wall_now(self) -> datetime:
        """What clocks show where the patient is, aware."""
        return wall_reading(self.moment, self.patient.whereabouts)

    @property
    def undo_until(self) -> datetime | None:
        """Until when this link may take back what is recorded: only what its holder recorded by a link."""
        if self.entry is None:
            return None
        own = (a for a in self.answers if a.recipient_id == self.record.recipient_id and a.kind in _RECORDS)
        is_own = any(answer.answered_at == self.entry.recorded_at for answer in own)
        return self.entry.recorded_at + UNDO_FOR if is_own else None

    @property
    def may_undo(self) -> bool:
        """Whether it may do so now."""
        return self.undo_until is not None and self.moment < self.undo_until

    @property
    def snoozed_until(self) -> datetime | None:
        """When this recipient wanted to be told next; None where that is over or was not asked for."""
        told = [answer.told_at for answer in self._snoozes if answer.told_at and answer.told_at > self.moment]
        return max(told, default=None)

    @property
    def snooze_choices(self) -> tuple[timedelta, ...]:
        """How long it may be put off: three times, and never past the time up to which it is of use."""
        if self.status not in {DoseStatus.DUE, DoseStatus.LATE} or len(self._snoozes) >= MOST_SNOOZES:
            return ()
        waits = _DEPOT_SNOOZES if self.occurrence.regimen.product.is_depot else _SNOOZES
        return tuple(wait for wait in waits if self.ends_at is None or self.moment + wait < self.ends_at)

    @property
    def _snoozes(self) -> list[AnswerRecord]:
        own = (answer for answer in self.answers if answer.recipient_id == self.record.recipient_id)
        return [answer for answer in own if answer.kind is AnswerKind.SNOOZED]


def dose_in_hand(
    work: UnitOfWork, stored: StoredPlan, record: ReminderRecord, moment: datetime
) -> DoseInHand:
    """The dose of ``record`` in the plan ``stored``. Raises LinkError where it has left the plan."""
    found = find_in_hand(work, stored, record, moment)
    if found is None:
        raise LinkError(LinkFault.GONE)
    return found


def find_in_hand(
    work: UnitOfWork, stored: StoredPlan, record: ReminderRecord, moment: datetime
) -> DoseInHand | None:
    """As `dose_in_hand`; None where it has left the plan."""
    layout = Layout(stored.plan)
    found = _find(layout, record.dose_id)
    if found is None:
        return None
    regimen = layout.plan.regimens_by_id[found.regimen.id]
    entries = (entry for entry in stored.administrations if entry.value.dose == found.id)
    return DoseInHand(
        record=record,
        patient=stored.record.patient,
        occurrence=found,
        entry=next(entries, None),
        answers=tuple(work.answers.of_dose(record.subject_id, record.dose_id)),
        ends_at=useful_end(found, next_due_at(layout, regimen, found)),
        following=_following(layout, found, moment),
        moment=moment,
    )


def answerable(
    stored: StoredPlan, records: Sequence[ReminderRecord], moment: datetime, since: datetime
) -> list[ReminderRecord]:
    """Of ``records``, in order, the last for each dose that is open, or was due ``since`` then and missed."""
    layout = Layout(stored.plan)
    last = {record.dose_id: record for record in records}
    found = [(record, _find(layout, record.dose_id)) for record in last.values()]
    return [record for record, dose in found if dose is not None and _may_be_told(dose, moment, since)]


def _may_be_told(dose: DoseOccurrence, moment: datetime, since: datetime) -> bool:
    status = status_at(dose, moment)
    return status in OPEN or (status is DoseStatus.MISSED and dose.due_at >= since)


def _find(layout: Layout, dose_id: str) -> DoseOccurrence | None:
    occurrence_id = parse_occurrence_id(dose_id)
    regimen = layout.plan.regimens_by_id.get(occurrence_id.regimen)
    return None if regimen is None else layout.find(regimen, occurrence_id)


def _following(layout: Layout, dose: DoseOccurrence, moment: datetime) -> DoseOccurrence | None:
    today = local_date(moment, dose.zone)
    regimen = layout.plan.regimens_by_id[dose.regimen.id]
    for ahead in _AHEAD:
        coming = layout.regimen(regimen, Period(start=today, end=today + ahead))
        found = next((o for o in coming if status_at(o, moment) is DoseStatus.UPCOMING), None)
        if found is not None:
            return found
    return None
