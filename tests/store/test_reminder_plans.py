"""What the planner reads of reminders that were: of the doses that it names, and of no others."""

from __future__ import annotations

from datetime import timedelta

from scheduler.store.reminder_row import AttemptResult, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.waiting_reminders import NOON, add_patient_with_recipient, claim, planned, queue

SENT, FAILED = ReminderState.SENT, ReminderState.FAILED
LATER = NOON + timedelta(hours=2)


def two_patients(store: Store) -> None:
    """Both with a dose that was told of; Zoe with one that could not be, and one that waits."""
    add_patient_with_recipient(store)
    add_patient_with_recipient(store, "p-2", "r-2")
    theirs = planned(1, patient_id="p-2", recipient_id="r-2")
    queue(store, planned(1), planned(2), theirs, planned(3, LATER))
    claimed = claim(store)
    assert len(claimed) == 3
    with store.transaction() as work:
        for reminder in claimed:
            state = FAILED if reminder.record.dose_id == "lar#2" else SENT
            work.reminders.finish(reminder, AttemptResult(state=state, outcome="accepted"), NOON)


def test_what_ended_is_found_by_patient_and_dose(store: Store) -> None:
    two_patients(store)
    with store.reading() as work:
        found = work.reminder_plans.ended([("p-1", "lar#1"), ("p-1", "lar#3"), ("p-2", "lar#2")])
        both = work.reminder_plans.ended([("p-2", "lar#1"), ("p-1", "lar#2")])
        assert work.reminder_plans.ended([]) == []
    assert [record.key for record in found] == [("p-1", "lar#1", "due", "r-1")]
    assert {record.key[:2] for record in both} == {("p-2", "lar#1"), ("p-1", "lar#2")}


def test_only_what_was_sent_was_said(store: Store) -> None:
    two_patients(store)
    with store.reading() as work:
        assert work.reminder_plans.said("p-1", ["lar#1", "lar#2", "lar#3"]) == [("r-1", NOON)]
        assert work.reminder_plans.said("p-1", ["lar#2"]) == []


def test_what_waits_is_found_by_patient(store: Store) -> None:
    two_patients(store)
    with store.reading() as work:
        assert [record.key[:2] for record in work.reminder_plans.open(["p-1", "p-2"])] == [("p-1", "lar#3")]
        assert work.reminder_plans.open(["p-2"]) == []


def test_how_far_each_patient_is_planned_is_kept_for_each(store: Store) -> None:
    two_patients(store)
    with store.transaction() as work:
        work.reminder_plans.set_planned_until(["p-2"], LATER)
    with store.reading() as work:
        assert work.reminder_plans.planned_until(["p-2", "p-1"]) == {"p-1": NOON, "p-2": LATER}
