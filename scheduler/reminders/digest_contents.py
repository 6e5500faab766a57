"""What a digest tells of one patient: doses due today, overdue and missed, and what to get ready. Pure.

1. Due today: what can still be given of the doses of the caseload's day, and what is due at the moment though
   it was due before midnight.
2. Overdue: doses of earlier days that stay late until somebody records what happened, such as depots. Others
   that are late can be given until the label or the next dose ends that, and are then told as missed.
3. To get ready: what was chosen to be told of before doses that can still be given, where it is for today.
4. Missed: what was of use until some time after the last digest and was not recorded.

What is recorded, withheld or called off is told nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.dosing.expansion import Layout, in_order
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.status import OPEN, DoseStatus, overdue, status_at
from scheduler.dosing.timezone import local_date, midnight
from scheduler.formulary.lead import Lead
from scheduler.reminders.steps import told_ahead_at

_ONE_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestDay:
    """The local day of ``moment`` by the clocks of ``zone``; ``since``: when the last digest was told.

    It ``begins`` with its first instant and ``ends`` with that of the next, both UTC.
    """

    moment: datetime
    since: datetime
    zone: ZoneInfo
    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, moment: datetime, since: datetime, zone: ZoneInfo) -> DigestDay:
        """The day of the aware ``moment``."""
        today = local_date(moment, zone)
        begins, ends = midnight(today, zone), midnight(today + _ONE_DAY, zone)
        return cls(moment=moment, since=since, zone=zone, begins=begins, ends=ends)

    def has(self, at: datetime) -> bool:
        """Whether ``at`` is of this day."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, kw_only=True, slots=True)
class Preparation:
    """Something to do at ``at``, UTC, for a dose."""

    at: datetime
    lead: Lead
    occurrence: DoseOccurrence


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientDay:
    """What there is to tell of one patient, each part in order of time."""

    overdue: tuple[DoseOccurrence, ...]
    due: tuple[DoseOccurrence, ...]
    ready: tuple[Preparation, ...]
    missed: tuple[DoseOccurrence, ...]


NOTHING_TO_TELL = PatientDay(overdue=(), due=(), ready=(), missed=())


def patient_day(plan: Plan, day: DigestDay, leads: Mapping[str, Sequence[Lead]]) -> PatientDay:
    """What ``day`` has of ``plan``. ``leads``: what to be told of before the doses of each regimen, by id."""
    doses = in_order(_doses(plan, day, leads))
    late = {dose.id: dose for dose in (*overdue(plan, day.moment), *doses) if _is_overdue(dose, day)}
    ready = (told for dose in doses for told in _ready(dose, day, leads[dose.regimen.id]))
    return PatientDay(
        overdue=tuple(in_order(late.values())),
        due=tuple(dose for dose in doses if _is_due(dose, day)),
        ready=tuple(sorted(ready, key=lambda told: told.at)),
        missed=tuple(dose for dose in doses if _is_missed(dose, day)),
    )


def _doses(plan: Plan, day: DigestDay, leads: Mapping[str, Sequence[Lead]]) -> Iterator[DoseOccurrence]:
    layout = Layout(plan)
    for regimen in plan.regimens:
        ahead = max((lead.ahead for lead in leads[regimen.id]), default=_NOTHING)
        yield from layout.regimen(regimen, _dates(plan, regimen, day, ahead))


def _dates(plan: Plan, regimen: Regimen, day: DigestDay, ahead: timedelta) -> Period:
    """Local dates that surely hold every dose to be told of: one of a grid is of use to the next at most."""
    zone = plan.patient.zone
    longest = max(phase.timing.longest_gap for version in regimen.versions for phase in version.phases)
    start = local_date(min(day.since, day.begins), zone) - longest - _ONE_DAY
    return Period(start=start, end=local_date(day.ends + ahead, zone) + 2 * _ONE_DAY)


def _is_due(dose: DoseOccurrence, day: DigestDay) -> bool:
    status = status_at(dose, day.moment)
    return status in OPEN and (day.has(dose.due_at) or status is DoseStatus.DUE)


def _is_overdue(dose: DoseOccurrence, day: DigestDay) -> bool:
    stays_late = dose.useful_until is None and status_at(dose, day.moment) is DoseStatus.LATE
    return stays_late and not day.has(dose.due_at)


def _is_missed(dose: DoseOccurrence, day: DigestDay) -> bool:
    if dose.useful_until is None or status_at(dose, day.moment) is not DoseStatus.MISSED:
        return False
    return dose.useful_until >= day.since


def _ready(dose: DoseOccurrence, day: DigestDay, leads: Sequence[Lead]) -> Iterator[Preparation]:
    if status_at(dose, day.moment) not in OPEN:
        return
    for lead in leads:
        at = told_ahead_at(dose, lead)
        if day.has(at):
            yield Preparation(at=at, lead=lead, occurrence=dose)
