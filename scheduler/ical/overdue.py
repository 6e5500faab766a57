"""Doses that wait to be recorded, however long ago they were due.

A depot that nobody recorded must not sink into the past with its day: it is told again on every day until
somebody says what happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period
from scheduler.dosing.regimen import IntervalAnchor, Regimen
from scheduler.dosing.status import DoseStatus, status_at
from scheduler.dosing.timezone import midnight
from scheduler.dosing.timing import AsNeeded


@dataclass(frozen=True, kw_only=True, slots=True)
class Overdue:
    """``first`` waits since its local date, and with it ``more`` doses of its regimen that came after it."""

    first: DoseOccurrence
    more: int


def overdue_on(layout: Layout, regimens: Iterable[Regimen], today: date) -> tuple[Overdue, ...]:
    """What waits as the patient's ``today`` begins, one for each regimen, without those on hold today.

    What was due before the last recorded dose waits no longer: whoever recorded a later one has seen it.
    """
    begins = midnight(today, layout.plan.patient.zone)
    waiting = (regimen for regimen in regimens if _waits(layout, regimen, today))
    found = (_waiting(layout, regimen, today, begins) for regimen in waiting)
    return tuple(overdue for overdue in found if overdue is not None)


def _waits(layout: Layout, regimen: Regimen, today: date) -> bool:
    if regimen.kind is AsNeeded or layout.plan.hold_covering(regimen.id, today) is not None:
        return False
    return regimen.product.is_depot or regimen.anchor is IntervalAnchor.LAST_GIVEN


def _waiting(layout: Layout, regimen: Regimen, today: date, begins: datetime) -> Overdue | None:
    doses = _since_the_last_recorded(layout.regimen(regimen, Period(start=date.min, end=today)))
    late = [dose for dose in doses if status_at(dose, begins) is DoseStatus.LATE]
    return Overdue(first=late[0], more=len(late) - 1) if late else None


def _since_the_last_recorded(doses: Iterator[DoseOccurrence]) -> list[DoseOccurrence]:
    since: list[DoseOccurrence] = []
    for dose in sorted(doses, key=lambda dose: dose.due_at):
        if dose.administration is None:
            since.append(dose)
        else:
            since.clear()
    return since
