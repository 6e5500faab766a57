"""A dose moved to a fraction of a millisecond is told once, although rows hold whole milliseconds."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.actions import record_dose
from scheduler.actions.recipient import add_recipient
from scheduler.ical.privacy import Privacy
from scheduler.reminders.planner import plan_everyone
from scheduler.store.reminder_row import AttemptResult, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.one_patient import MORNING, add_patient


def test_it_is_sent_once_however_often_it_is_planned(store: Store) -> None:
    patient = add_patient(store)
    add_recipient(store, patient, MORNING, channel="console", address="Zoe", privacy=Privacy.DISCREET)
    to = datetime(2026, 12, 1, 8, 0, 0, 123)  # noqa: DTZ001  # a reading of the patient's clock
    record_dose.move(store, patient, "octreotide@2026-12-01/1", MORNING, to=to, reason="")
    moment = MORNING + timedelta(hours=4, minutes=1)
    sent = 0
    for _ in range(3):
        plan_everyone(store, moment)
        with store.transaction() as work:
            for claimed in work.reminders.claim("test@1", moment, moment + timedelta(seconds=30), 10):
                result = AttemptResult(state=ReminderState.SENT, outcome="accepted")
                sent += work.reminders.finish(claimed, result, moment)
        moment += timedelta(seconds=30)
    assert sent == 1
