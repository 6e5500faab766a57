"""Which reminders the doses of a plan call for. Pure.

1. Every dose due from where planning last stopped up to the horizon calls for one. A missed one too: if
   nobody was told, the log has to say so.
2. A dose that was due before and can still be given calls for one: a hold was lifted, a record taken
   back, or an earlier dose recorded, and it is suddenly late without anybody having been told.
3. A recorded or withheld dose calls for none. Nor does one that was due before the recipient was added.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.dosing.expansion import Layout
from scheduler.dosing.occurrence import DoseOccurrence
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.dosing.plan import Period, Plan
from scheduler.dosing.regimen import Regimen
from scheduler.dosing.status import OPEN, DoseStatus, status_at
from scheduler.dosing.timezone import local_date
from scheduler.store.recipients import RecipientRecord
from scheduler.store.reminder_row import ReminderPlan

DUE = "due"
"""The step that says a dose is due."""

FULL = "full"
"""The privacy at which a message names the medicine."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """The instants from ``since`` up to and without ``until``, planned at ``moment``."""

    since: datetime
    until: datetime
    moment: datetime


def doses_to_tell(
    plan: Plan, stretch: Stretch, waiting: Collection[str], reopened: Collection[str]
) -> Iterator[DoseOccurrence]:
    """The doses of ``plan`` that call for a reminder.

    Those ``waiting``, whose reminders are not sent yet, and those ``reopened``, of which a record was
    taken back, are looked at however old they are.
    """
    for occurrence in _candidates(plan, stretch, {*waiting, *reopened}):
        if _calls(occurrence, stretch, str(occurrence.id) in waiting):
            yield occurrence


def _candidates(plan: Plan, stretch: Stretch, named: set[str]) -> Iterator[DoseOccurrence]:
    layout = Layout(plan)
    seen = set()
    for regimen in plan.regimens:
        for occurrence in layout.regimen(regimen, _dates(plan, regimen, stretch)):
            seen.add(str(occurrence.id))
            yield occurrence
    for dose in sorted(named - seen):
        occurrence_id = parse_occurrence_id(dose)
        its_regimen = plan.regimens_by_id.get(occurrence_id.regimen)
        found = None if its_regimen is None else layout.find(its_regimen, occurrence_id)
        if found is not None:
            yield found


def reminders_for(
    occurrences: Iterable[DoseOccurrence],
    recipients: Iterable[RecipientRecord],
    shard: int,
    late_rules: Mapping[str, str],
) -> Iterator[ReminderPlan]:
    """A reminder for each dose and recipient, at the dose's time.

    ``late_rules`` has, by regimen, what the label says about a late dose, as calendars show it.
    """
    recipients = list(recipients)
    for occurrence in occurrences:
        for recipient in recipients:
            if occurrence.due_at >= recipient.added_at:
                yield _due(occurrence, recipient, shard, late_rules.get(occurrence.regimen.id))


def _calls(occurrence: DoseOccurrence, stretch: Stretch, waits: bool) -> bool:
    if occurrence.due_at >= stretch.until:
        return False
    status = status_at(occurrence, stretch.moment)
    if waits or occurrence.due_at >= stretch.since:
        return status in OPEN | {DoseStatus.MISSED}
    return status in OPEN


def _dates(plan: Plan, regimen: Regimen, stretch: Stretch) -> Period:
    """Local dates that surely hold every dose which calls for a reminder, wherever the patient is."""
    zone = plan.patient.zone
    start = local_date(stretch.since, zone) - _longest_interval(regimen) - _ONE_DAY
    return Period(start=start, end=local_date(stretch.until, zone) + 2 * _ONE_DAY)


def _longest_interval(regimen: Regimen) -> timedelta:
    """A dose of a grid can be given until the next one at most, so one interval back is far enough."""
    return max(phase.timing.longest_gap for version in regimen.versions for phase in version.phases)


def _policy(occurrence: DoseOccurrence, recipient: RecipientRecord, late_rule: str | None) -> dict[str, str]:
    policy = {"privacy": recipient.privacy}
    if recipient.privacy == FULL:
        policy["title"] = f"{occurrence.regimen.product.name} {occurrence.dose.spelled_out}"
        if late_rule is not None:
            policy["late"] = late_rule
    return policy


def _due(
    occurrence: DoseOccurrence, recipient: RecipientRecord, shard: int, late_rule: str | None
) -> ReminderPlan:
    return ReminderPlan(
        patient_id=recipient.patient_id,
        dose_id=str(occurrence.id),
        step=DUE,
        recipient_id=recipient.id,
        channel=recipient.channel,
        shard=shard,
        due_at=occurrence.due_at,
        dose_due_at=occurrence.due_at,
        not_after=occurrence.useful_until,
        wall_due=occurrence.wall_due.replace(tzinfo=None),
        zone=occurrence.zone.key,
        policy=_policy(occurrence, recipient, late_rule),
    )
