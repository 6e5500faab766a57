"""Making the reminder rows match the plans. Idempotent: planning twice changes nothing.

1. What each patient's plan and the policies in force call for, from where planning last stopped up to the
   horizon, is worked out anew (`wanted`). What came due while no daemon ran is planned too, late as it is,
   so that it is either sent or explained.
2. A reminder that is called for and does not exist is added. One that waits and whose dose or step now
   stands elsewhere is changed. One that waits and that nothing calls for any more is cancelled.
3. One that was cancelled, or ended for a time from which the dose has since been moved to a later one, is
   queued again.
4. What is over the cap of a recipient's day is cancelled, or added as cancelled, with the reason in its row.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from scheduler.clock import monotonic
from scheduler.errors import StoreError
from scheduler.fault_log import log_fault
from scheduler.reminders.calling_doses import Stretch, records_wanted_from
from scheduler.reminders.cap import RecipientDay, left_out
from scheduler.reminders.matching import differs, is_called_for, is_called_for_again
from scheduler.reminders.policy_in_force import PoliciesInForce
from scheduler.reminders.wanted import Key, ReminderCase, WantedReminders, tells_sites
from scheduler.store.answers import AnswerRecord
from scheduler.store.patients import PatientRecord
from scheduler.store.plans import StoredPlan
from scheduler.store.reminder_row import ReminderPlan, ReminderRecord
from scheduler.store.unit_of_work import Store, UnitOfWork

HORIZON = timedelta(hours=36)
PAGE = 50
"""So many patients are planned in one transaction."""

PAGE_OF_ONE_WRITER = 15
"""So many where what is due waits meanwhile: about 20 ms."""

# Longer than any snooze waits to be sent: until then it counts the ones that follow it.
_ASKED_BEFORE = timedelta(days=60)
OVER_CAP = "left out: over the most that a day may have"
_log = logging.getLogger(__name__)


def plan_everyone(
    store: Store,
    moment: datetime,
    short_of: datetime | None = None,
    rest: Callable[[float], bool] = lambda _: False,
) -> int:
    """Plan every patient's reminders, a page of patients to a transaction; how many patients there are.

    ``short_of``: only those whose reminders are not planned up to then. ``rest`` is called after each page
    with the seconds that it took, and True from it ends the pass.
    """
    after, count = "", 0
    page = PAGE if store.file is None else PAGE_OF_ONE_WRITER
    while ids := _ids_after(store, after, short_of, page):
        begin = monotonic()
        _plan_page(store, ids, moment)
        after, count = ids[-1], count + len(ids)
        if rest(monotonic() - begin):
            break
    return count


def plan_reminders(
    work: UnitOfWork,
    records: Sequence[PatientRecord],
    moment: datetime,
    reopened: Collection[str] = (),
    known: Sequence[StoredPlan] = (),
) -> None:
    """Make the reminders of these patients match their plans as known in ``work``.

    Call it with the patients locked: a plan that changes meanwhile would be planned as it was before.
    ``reopened`` names doses for which a record was just taken back; they are reminded of however old. Plans
    that are ``known`` as they are in ``work`` are not read again.
    """
    ids = [record.id for record in records]
    recipients = work.recipients.told(ids)
    until = work.reminder_plans.planned_until(ids)
    waiting = _by_patient(work.reminder_plans.open(list(recipients)))
    policies = work.policies.of(list(recipients))
    answers = _answers(work, list(recipients), moment)
    wanted: list[WantedReminders] = []

    def first_of(stored: StoredPlan) -> date:
        patient_id = stored.record.id
        if tells_sites(stored.regimens, recipients[patient_id]):
            return date.min
        named = {row.dose_id for row in waiting[patient_id]} | {a.dose_id for a in answers[patient_id]}
        return records_wanted_from(stored.plan, min(until[patient_id], moment), {*named, *reopened})

    told = [record for record in records if record.id in recipients]
    for stored in _plans(work, told, known, first_of):
        patient_id = stored.record.id
        since = min(until[patient_id], moment)
        case = ReminderCase(
            stored=stored,
            recipients=recipients[patient_id],
            policies=PoliciesInForce(policies.get(patient_id, ())),
            stretch=Stretch(since=since, until=moment + HORIZON, moment=moment),
            waiting={row.key for row in waiting[patient_id]},
            reopened=reopened,
            answers=answers[patient_id],
        )
        wanted.append(WantedReminders(case, work.formulary))
    _match(work, wanted, [row for rows in waiting.values() for row in rows], moment)
    work.reminder_plans.set_planned_until(ids, moment + HORIZON)


def _plans(
    work: UnitOfWork,
    records: Sequence[PatientRecord],
    known: Sequence[StoredPlan],
    first_of: Callable[[StoredPlan], date],
) -> list[StoredPlan]:
    by_id = {stored.record.id: stored for stored in known}
    read = work.plans.load_recent([record for record in records if record.id not in by_id], first_of)
    return [*read, *(by_id[record.id] for record in records if record.id in by_id)]


def _ids_after(store: Store, after: str, short_of: datetime | None, page: int) -> list[str]:
    with store.reading() as work:
        return work.patients.ids(after, page, short_of)


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
    work: UnitOfWork, wanted: Sequence[WantedReminders], waiting: Sequence[ReminderRecord], moment: datetime
) -> None:
    queue = work.reminder_plans
    rows = {row.key: row for row in waiting}
    plans = {key: plan for of_patient in wanted for key, plan in of_patient.plans.items()}
    ended = _ended(work, [plan for key, plan in plans.items() if key not in rows])
    over = _over_cap(work, wanted, ended)
    kept = {key: plan for key, plan in plans.items() if key not in over}
    for key, row in rows.items():
        plan = kept.get(key)
        if plan is not None and differs(row, plan):
            queue.plan_again(row, plan, moment)
    for key, row in ended.items():
        plan = kept.get(key)
        if plan is not None and is_called_for_again(row, plan):
            queue.revive(row, plan, moment)
    queue.add([plan for key, plan in kept.items() if key not in rows and key not in ended], moment)
    queue.cancel([row.id for row in rows.values() if not is_called_for(row, plans)], moment)
    _leave_out(work, over, rows, ended, moment)


def _leave_out(
    work: UnitOfWork,
    over: Mapping[Key, ReminderPlan],
    rows: Mapping[Key, ReminderRecord],
    ended: Mapping[Key, ReminderRecord],
    moment: datetime,
) -> None:
    """Write down of each reminder over the cap that it will not be said, unless its row says so already."""
    waiting = [row.id for key, row in rows.items() if key in over]
    new = [plan for key, plan in over.items() if key not in rows and key not in ended]
    work.reminder_plans.cancel(waiting, moment, OVER_CAP)
    work.reminder_plans.add_left_out(new, moment, OVER_CAP)
    if waiting or new:
        _log.warning("%d reminders left out: over the most that a day may have", len(waiting) + len(new))


def _ended(work: UnitOfWork, plans: Sequence[ReminderPlan]) -> dict[Key, ReminderRecord]:
    """The reminders behind ``plans`` that have come to an end."""
    if not plans:
        return {}
    doses = {(plan.subject_id, plan.dose_id) for plan in plans}
    return {row.key: row for row in work.reminder_plans.ended(doses)}


def _over_cap(
    work: UnitOfWork, wanted: Sequence[WantedReminders], ended: Mapping[Key, ReminderRecord]
) -> dict[Key, ReminderPlan]:
    """What is over the cap of a recipient's day. What was said is asked for only where it can matter."""
    found: dict[Key, ReminderPlan] = {}
    for of_patient in wanted:
        if of_patient.may_be_over_cap:
            to_say = [plan for plan in of_patient.plans.values() if _is_to_be_said(plan, ended)]
            over = left_out(to_say, of_patient.caps, _said(work, of_patient, ended), of_patient.day_of)
            found |= {plan.key: plan for plan in over}
    return found


def _said(
    work: UnitOfWork, of_patient: WantedReminders, ended: Mapping[Key, ReminderRecord]
) -> Counter[RecipientDay]:
    """How much each recipient was told on each day, without what is to be said again.

    Its row is the same, so counted twice it would leave another out until it waits and is counted once.
    """
    said = work.reminder_plans.said(of_patient.patient_id, of_patient.doses)
    again = (ended[key] for key, plan in of_patient.plans.items() if key in ended and _is_again(plan, ended))
    released = Counter((row.recipient_id, of_patient.day_of(row.due_at)) for row in again if row.was_said)
    return Counter((recipient, of_patient.day_of(at)) for recipient, at in said) - released


def _is_to_be_said(plan: ReminderPlan, ended: Mapping[Key, ReminderRecord]) -> bool:
    return plan.key not in ended or _is_again(plan, ended)


def _is_again(plan: ReminderPlan, ended: Mapping[Key, ReminderRecord]) -> bool:
    return is_called_for_again(ended[plan.key], plan)


def _answers(
    work: UnitOfWork, patient_ids: Sequence[str], moment: datetime
) -> defaultdict[str, list[AnswerRecord]]:
    """What people asked to be told later, or a while ago, of doses that may still be open."""
    grouped: defaultdict[str, list[AnswerRecord]] = defaultdict(list)
    for answer in work.answers.to_be_told(patient_ids, moment - _ASKED_BEFORE):
        grouped[answer.patient_id].append(answer)
    return grouped


def _by_patient(rows: Iterable[ReminderRecord]) -> defaultdict[str, list[ReminderRecord]]:
    grouped: defaultdict[str, list[ReminderRecord]] = defaultdict(list)
    for row in rows:
        grouped[row.subject_id].append(row)
    return grouped
