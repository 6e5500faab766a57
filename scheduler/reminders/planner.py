"""Making the reminder rows match the plans. Idempotent: planning twice changes nothing.

1. What each patient's plan calls for, from where planning last stopped up to the horizon, is worked out
   anew (`policy`). What came due while no daemon ran is planned too, late as it is, so that it is either
   sent or explained.
2. A reminder that is called for and does not exist is added. One that waits and whose dose now stands
   elsewhere is changed. One that waits and that nothing calls for any more is cancelled.
3. One that was cancelled, or ended for a time from which the dose has since been moved to a later one, is
   queued again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from scheduler.clock import epoch_ms
from scheduler.errors import StoreError
from scheduler.fault_log import log_fault
from scheduler.formulary.formulary import Formulary
from scheduler.reminders.policy import Stretch, doses_to_tell, reminders_for
from scheduler.store.patients import PatientRecord
from scheduler.store.plans import StoredPlan
from scheduler.store.reminder_row import ReminderPlan, ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store, UnitOfWork

HORIZON = timedelta(hours=36)
PAGE = 200
Key = tuple[str, str, str, str]
_log = logging.getLogger(__name__)


def plan_everyone(store: Store, moment: datetime) -> int:
    """Plan every patient's reminders, a page of patients to a transaction; how many patients there are."""
    after, count = "", 0
    while ids := _ids_after(store, after):
        _plan_page(store, ids, moment)
        after, count = ids[-1], count + len(ids)
    return count


def plan_reminders(
    work: UnitOfWork, records: Sequence[PatientRecord], moment: datetime, reopened: Collection[str] = ()
) -> None:
    """Make the reminders of these patients match their plans as known in ``work``.

    Call it with the patients locked: a plan that changes meanwhile would be planned as it was before.
    ``reopened`` names doses for which a record was just taken back; they are reminded of however old.
    """
    ids = [record.id for record in records]
    recipients = work.recipients.of(ids)
    until = work.reminder_plans.planned_until(ids)
    waiting = _by_patient(work.reminder_plans.open(list(recipients)))
    wanted: dict[Key, ReminderPlan] = {}
    for stored in work.plans.load_many([record for record in records if record.id in recipients]):
        patient_id = stored.record.id
        since = min(until[patient_id], moment)
        stretch = Stretch(since=since, until=moment + HORIZON, moment=moment)
        doses = {row.dose_id for row in waiting[patient_id]}
        called_for = doses_to_tell(stored.plan, stretch, doses, reopened)
        late = _late_rules(work.formulary, stored)
        plans = reminders_for(called_for, recipients[patient_id], stored.record.shard, late)
        wanted |= {plan.key: plan for plan in plans}
    _match(work, wanted, [row for rows in waiting.values() for row in rows], moment)
    work.reminder_plans.set_planned_until(ids, moment + HORIZON)


def _late_rules(formulary: Formulary, stored: StoredPlan) -> dict[str, str]:
    """What the label of the patient's market says about a late dose, by regimen."""
    market = stored.record.patient.market
    entries = {r.id: formulary.of_product(r.product, market) for r in stored.regimens}
    return {regimen: str(entry.late) for regimen, entry in entries.items() if entry is not None}


def _ids_after(store: Store, after: str) -> list[str]:
    with store.reading() as work:
        return work.patients.ids(after, PAGE)


def _plan_page(store: Store, ids: Sequence[str], moment: datetime) -> None:
    """Plan these patients together; if that fails, one by one, so that one bad plan silences nobody else."""
    try:
        with store.transaction() as work:
            plan_reminders(work, work.patients.lock_many(ids), moment)
    except StoreError:
        raise
    except Exception as error:
        if len(ids) == 1:
            log_fault(_log, f"patient={ids[0]} cannot be planned", error)
            return
        for patient_id in ids:
            _plan_page(store, [patient_id], moment)


def _match(
    work: UnitOfWork, wanted: dict[Key, ReminderPlan], waiting: Sequence[ReminderRecord], moment: datetime
) -> None:
    queue = work.reminder_plans
    rows = {row.key: row for row in waiting}
    ended = _ended(work, [plan for key, plan in wanted.items() if key not in rows])
    for key, row in rows.items():
        plan = wanted.get(key)
        if plan is not None and row.state is ReminderState.PENDING and _differs(row, plan):
            queue.plan_again(row, plan)
    for key, row in ended.items():
        plan = wanted.get(key)
        if plan is not None and _is_called_for_again(row, plan):
            queue.revive(row, plan, moment)
    queue.add([plan for key, plan in wanted.items() if key not in rows and key not in ended], moment)
    queue.cancel([row.id for key, row in rows.items() if key not in wanted], moment)


def _ended(work: UnitOfWork, plans: Sequence[ReminderPlan]) -> dict[Key, ReminderRecord]:
    """The reminders behind ``plans`` that have come to an end."""
    if not plans:
        return {}
    ids = {plan.patient_id for plan in plans}
    doses = {plan.dose_id for plan in plans}
    return {row.key: row for row in work.reminder_plans.ended(ids, doses)}


def _by_patient(rows: Iterable[ReminderRecord]) -> defaultdict[str, list[ReminderRecord]]:
    grouped: defaultdict[str, list[ReminderRecord]] = defaultdict(list)
    for row in rows:
        grouped[row.patient_id].append(row)
    return grouped


def _is_called_for_again(row: ReminderRecord, plan: ReminderPlan) -> bool:
    # The row holds whole milliseconds: a finer time would look later than itself and be sent without end.
    return row.state is ReminderState.CANCELLED or epoch_ms(plan.due_at) > epoch_ms(row.dose_due_at)


def _differs(row: ReminderRecord, plan: ReminderPlan) -> bool:
    standing = (_ms(row.dose_due_at), _ms(row.not_after), row.wall_due, row.zone, row.policy)
    wall_due = plan.wall_due.replace(second=0, microsecond=0)
    return standing != (_ms(plan.due_at), _ms(plan.not_after), wall_due, plan.zone, plan.policy)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else epoch_ms(moment)
