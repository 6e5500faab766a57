"""What a dose is at a moment: derived, never stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import IntervalAnchor
from scheduler.dosing.timezone import local_date

_A_DAY = timedelta(days=1)


class DoseStatus(StrEnum):
    """As a ward's medication record would say it."""

    UPCOMING = "upcoming"
    DUE = "due"
    LATE = "late"
    MISSED = "missed"
    GIVEN = "given"
    NOT_GIVEN = "not_given"
    HELD = "held"
    CANCELLED = "cancelled"


OPEN = frozenset({DoseStatus.UPCOMING, DoseStatus.DUE, DoseStatus.LATE})
"""What a person can still do something about."""


def status_at(occurrence: DoseOccurrence, moment: datetime) -> DoseStatus:
    """The status at the aware ``moment``. What was recorded or withheld wins over the clock."""
    if occurrence.administration is not None:
        return DoseStatus.GIVEN if occurrence.administration.is_given else DoseStatus.NOT_GIVEN
    if occurrence.hold is not None:
        return DoseStatus.HELD
    if moment < occurrence.due_at:
        return DoseStatus.UPCOMING
    if occurrence.useful_until is not None and moment >= occurrence.useful_until:
        return DoseStatus.MISSED
    return DoseStatus.DUE if moment < occurrence.due_until else DoseStatus.LATE


def days_overdue(occurrence: DoseOccurrence, moment: datetime) -> int:
    """How many local dates have passed since the dose was due."""
    return (local_date(moment, occurrence.zone) - occurrence.local_date).days


def overdue(plan: Plan, moment: datetime) -> list[DoseOccurrence]:
    """Doses counted from what was given that are late at ``moment``, in order of time.

    They stay in view until somebody records what happened, however long ago they were due.
    """
    layout = Layout(plan)
    # A day more than home has seen: where the patient is, the next date may have begun.
    up_to = Period(start=date.min, end=local_date(moment, plan.patient.zone) + _A_DAY)
    counted = (r for r in plan.regimens if r.anchor is IntervalAnchor.LAST_GIVEN)
    return _late(moment, (dose for regimen in counted for dose in layout.regimen(regimen, up_to)))


def _late(moment: datetime, occurrences: Iterable[DoseOccurrence]) -> list[DoseOccurrence]:
    late = [o for o in occurrences if status_at(o, moment) is DoseStatus.LATE]
    return sorted(late, key=lambda occurrence: (occurrence.due_at, str(occurrence.id)))
