"""Making the rows of the digests match what was chosen for each caseload. Idempotent, as the planner is.

1. Each contact point of a caseload has a row for each digest from where planning last stopped up to the
   horizon. One that came due while no daemon ran is planned too, so that it is sent late or explained.
2. A digest that waits follows what is chosen now. One for a day that has none any more is taken back.
3. One that was sent and whose time was put later the same day is sent again, as a dose is that was moved.
4. Who is told on behalf of another alone (``STAND_IN``) has no rows until then.

Nothing of what a digest says stands in its row: it is worded when it is sent. Quiet hours and the cap do not
hold for it: its time is chosen, and there is one a day.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.errors import StoreError
from scheduler.fault_log import log_fault
from scheduler.reminders.digest_choice import DigestChoice, DigestTime, digest_times
from scheduler.reminders.digest_document import choice_in_force
from scheduler.reminders.matching import Key, differs, is_called_for, is_called_for_again
from scheduler.reminders.planner import HORIZON
from scheduler.reminders.stand_in import INSTEAD_OF
from scheduler.store.caseloads import CaseloadRecord
from scheduler.store.digests import DIGEST
from scheduler.store.patients import shard_of
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.reminder_row import ReminderPlan, ReminderRecord
from scheduler.store.unit_of_work import Store, UnitOfWork

PAGE = 200
EMPTY, LEADS, PRIVACY = "empty", "leads", "privacy"
"""What stands in the policy of a digest's row."""

_AFTER_EVERY_DOSE = 9
_TWO_DAYS = timedelta(days=2)
_log = logging.getLogger(__name__)


def plan_every_digest(store: Store, moment: datetime) -> int:
    """Plan the digests of every caseload that has a contact point; how many those are."""
    after, count = "", 0
    while ids := _ids_after(store, after):
        _plan_page(store, ids, moment)
        after, count = ids[-1], count + len(ids)
    return count


def plan_digests(work: UnitOfWork, records: Sequence[CaseloadRecord], moment: datetime) -> None:
    """Make the digests of these caseloads, which are locked, match what is chosen for them."""
    ids = [record.id for record in records]
    contacts, chosen = work.recipients.of_caseloads(ids), work.digests.of(ids)
    until = work.digests.planned_until(ids)
    waiting = _by_caseload(work.digests.open(ids))
    plans: dict[Key, ReminderPlan] = {}
    for record in records:
        choice = choice_in_force(chosen[record.id].document if record.id in chosen else None)
        since = min(until[record.id], moment)
        stretch = _Stretch(since=since, until=moment + HORIZON, waiting=waiting[record.id])
        for plan in _wanted(record, choice, contacts.get(record.id, []), stretch):
            plans[plan.key] = plan
    _match(work, plans, {row.key: row for rows in waiting.values() for row in rows}, moment)
    work.digests.set_planned_until(ids, moment + HORIZON)


def _ids_after(store: Store, after: str) -> list[str]:
    with store.reading() as work:
        return work.recipients.caseloads(after, PAGE)


def _plan_page(store: Store, ids: Sequence[str], moment: datetime) -> None:
    """Plan these caseloads together; if that fails, one by one, so that one bad choice silences no other."""
    try:
        with store.transaction() as work:
            plan_digests(work, work.caseloads.lock_many(ids), moment)
    except StoreError:
        raise
    except Exception as error:
        if len(ids) == 1:
            log_fault(_log, f"caseload={ids[0]} cannot be planned", error)
            return
        for caseload_id in ids:
            _plan_page(store, [caseload_id], moment)


def _by_caseload(rows: Iterable[ReminderRecord]) -> defaultdict[str, list[ReminderRecord]]:
    grouped: defaultdict[str, list[ReminderRecord]] = defaultdict(list)
    for row in rows:
        grouped[row.subject_id].append(row)
    return grouped


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stretch:
    """What is planned: from ``since`` up to ``until``, and whatever ``waiting`` rows stand for."""

    since: datetime
    until: datetime
    waiting: Sequence[ReminderRecord]

    def waits(self, key: Key) -> bool:
        """Whether there is a row for it, or one that stands in for it, that is not sent yet."""
        return any(key in {row.key, (*row.key[:3], row.policy.get(INSTEAD_OF))} for row in self.waiting)


def _wanted(
    record: CaseloadRecord, choice: DigestChoice, contacts: Sequence[RecipientRecord], stretch: _Stretch
) -> Iterator[ReminderPlan]:
    people = [contact for contact in contacts if contact.role is RecipientRole.PERSON]
    if not people:
        return
    zone = choice.zone or record.zone
    # What waits for later today may by now be chosen for earlier, and in a zone where it is over.
    earliest = min([stretch.since, *(row.dose_due_at - _TWO_DAYS for row in stretch.waiting)])
    since = max(earliest, min(contact.added_at for contact in people))
    for time in digest_times(choice, zone, since, stretch.until):
        for contact in people:
            plan = _plan(contact, time, zone, choice)
            if contact.is_told_of(time.at) and (time.at >= stretch.since or stretch.waits(plan.key)):
                yield plan


def _plan(contact: RecipientRecord, time: DigestTime, zone: ZoneInfo, choice: DigestChoice) -> ReminderPlan:
    return ReminderPlan(
        patient_id=None,
        caseload_id=contact.caseload_id,
        dose_id=time.id,
        step=DIGEST,
        recipient_id=contact.id,
        channel=contact.channel,
        shard=shard_of(contact.subject_id),
        due_at=time.at,
        dose_due_at=time.at,
        not_after=time.next_at,
        wall_due=time.at.astimezone(zone).replace(tzinfo=None),
        zone=zone.key,
        policy={
            PRIVACY: contact.privacy,
            EMPTY: choice.when_empty.value,
            LEADS: " ".join(choice.leads.words()),
        },
        priority=_AFTER_EVERY_DOSE,
    )


def _match(
    work: UnitOfWork, plans: Mapping[Key, ReminderPlan], rows: Mapping[Key, ReminderRecord], moment: datetime
) -> None:
    queue = work.reminder_plans
    ended = _ended(work, [plan for key, plan in plans.items() if key not in rows])
    for key, row in rows.items():
        plan = plans.get(key)
        if plan is not None and differs(row, plan):
            queue.plan_again(row, plan, moment)
    for key, row in ended.items():
        if is_called_for_again(row, plans[key]):
            queue.revive(row, plans[key], moment)
    queue.add([plan for key, plan in plans.items() if key not in rows and key not in ended], moment)
    queue.cancel([row.id for row in rows.values() if not is_called_for(row, plans)], moment)


def _ended(work: UnitOfWork, plans: Sequence[ReminderPlan]) -> dict[Key, ReminderRecord]:
    """The digests behind ``plans`` that have come to an end."""
    if not plans:
        return {}
    keys = {plan.key for plan in plans}
    ended = work.digests.ended({plan.subject_id for plan in plans}, {plan.dose_id for plan in plans})
    return {row.key: row for row in ended if row.key in keys}
