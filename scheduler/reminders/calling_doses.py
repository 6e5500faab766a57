"""Which steps of which doses of a plan call for a reminder. Pure.

1. Every step due from where planning last stopped up to the horizon calls for one. That a dose is due calls
   for one though it is missed by now: if nobody was told, the log has to say so. Any other step calls for
   none once it is pointless.
2. A dose that was due before and can still be given calls for being told, and for being escalated: a hold
   was lifted, a record taken back, or an earlier dose recorded, and it is suddenly late without anybody
   having been told. Its follow-ups of before do not: it is told once.
3. A recorded or withheld dose calls for none. Nor does one that was due before the recipient was added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import GridId, parse_occurrence_id
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.records_needed import records_count_from
from scheduler.dosing.regimen import IntervalAnchor, Regimen
from scheduler.dosing.status import OPEN, DoseStatus, status_at
from scheduler.dosing.timezone import local_date
from scheduler.reminders.policy import LONGEST_DEPOT_WAIT, LONGEST_WAIT
from scheduler.reminders.steps import Step, StepKind

_ONE_DAY = timedelta(days=1)
_TOLD_LATE = frozenset({StepKind.DUE, StepKind.ESCALATE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """The instants from ``since`` up to and without ``until``, planned at ``moment``."""

    since: datetime
    until: datetime
    moment: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """How long before a dose its first step comes at most, and how long after it its last."""

    before: timedelta
    after: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseInQuestion:
    """A dose some step of which may call for a reminder, and its status now.

    ``next_at``: when the next dose is due, where only that ends the usefulness of its reminders.
    """

    occurrence: DoseOccurrence
    status: DoseStatus
    next_at: datetime | None

    @property
    def may_call(self) -> bool:
        """Whether nothing is recorded of it and it is not withheld."""
        return self.status in OPEN or self.status is DoseStatus.MISSED

    def calls(self, step: Step, stretch: Stretch, *, waits: bool) -> bool:
        """Whether ``step`` calls for a reminder; ``waits``: there is one that is not sent yet."""
        if step.at >= stretch.until or not self.may_call:
            return False
        if waits:
            return True
        pointless = step.is_pointless(stretch.moment)
        if step.at >= stretch.since:
            return step.kind is StepKind.DUE or not pointless
        return step.kind in _TOLD_LATE and self.status in OPEN and not pointless


def doses_in_question(
    plan: Plan, stretch: Stretch, named: set[str], reaches: Mapping[str, Reach]
) -> Iterator[DoseInQuestion]:
    """The doses of the regimens in ``reaches`` that a step in ``stretch`` can belong to.

    Those ``named``, by id, are looked at however old they are.
    """
    layout = Layout(plan)
    for regimen, occurrence in _candidates(layout, stretch, named, reaches):
        status = status_at(occurrence, stretch.moment)
        ends_with_next = occurrence.useful_until is None and status in OPEN
        next_at = next_due_at(layout, regimen, occurrence) if ends_with_next else None
        yield DoseInQuestion(occurrence=occurrence, status=status, next_at=next_at)


def _candidates(
    layout: Layout, stretch: Stretch, named: set[str], reaches: Mapping[str, Reach]
) -> Iterator[tuple[Regimen, DoseOccurrence]]:
    plan = layout.plan
    seen = set()
    for regimen in plan.regimens:
        reach = reaches[regimen.id]
        for occurrence in layout.regimen(regimen, _dates(plan, regimen, stretch, reach)):
            if not _is_far_ahead(occurrence, stretch, reach):
                seen.add(str(occurrence.id))
                yield regimen, occurrence
    for dose in sorted(named - seen):
        occurrence_id = parse_occurrence_id(dose)
        its_regimen = plan.regimens_by_id.get(occurrence_id.regimen)
        found = None if its_regimen is None else layout.find(its_regimen, occurrence_id)
        if its_regimen is not None and found is not None:
            yield its_regimen, found


def _is_far_ahead(occurrence: DoseOccurrence, stretch: Stretch, reach: Reach) -> bool:
    """Whether no step of it can come in ``stretch``: quiet hours and a spread only make them later."""
    # What is told days ahead is told by the wall, and a zone may skip a date.
    before = reach.before + _ONE_DAY if reach.before else reach.before
    return occurrence.due_at - before >= stretch.until


def _dates(plan: Plan, regimen: Regimen, stretch: Stretch, reach: Reach) -> Period:
    """Local dates that surely hold every dose which calls for a reminder, wherever the patient is."""
    end = local_date(stretch.until + reach.before, plan.patient.zone) + 2 * _ONE_DAY
    return Period(start=_first_date(plan, regimen, stretch.since, reach.after), end=end)


def _first_date(plan: Plan, regimen: Regimen, since: datetime, after: timedelta) -> date:
    back = max(_longest_interval(regimen), after)
    return local_date(since, plan.patient.zone) - back - _ONE_DAY


def _longest_wait(regimen: Regimen) -> timedelta:
    return LONGEST_DEPOT_WAIT if regimen.product.is_depot else LONGEST_WAIT


def records_wanted_from(plan: Plan, since: datetime, named: Iterable[str]) -> date:
    """From which date on the doses of grids are to be had with what was recorded of them.

    For `doses_in_question` of ``plan``, of which no record need be known, in a stretch from ``since`` on.
    """
    days = [parse_occurrence_id(dose) for dose in named]
    grids = (regimen for regimen in plan.regimens if regimen.anchor is IntervalAnchor.SCHEDULED)
    dates = (_first_date(plan, regimen, since, _longest_wait(regimen)) for regimen in grids)
    first = min(dates, default=local_date(since, plan.patient.zone))
    return min([records_count_from(plan, first), *(dose.on for dose in days if isinstance(dose, GridId))])


def _longest_interval(regimen: Regimen) -> timedelta:
    """A dose of a grid can be given until the next one at most, so one interval back is far enough."""
    return max(phase.timing.longest_gap for version in regimen.versions for phase in version.phases)


def next_due_at(layout: Layout, regimen: Regimen, occurrence: DoseOccurrence) -> datetime | None:
    """When the dose after ``occurrence`` is due; None where there is none."""
    found = layout.numbered(regimen, occurrence.number + 1)
    return found.due_at if found is not None and found.due_at > occurrence.due_at else None
