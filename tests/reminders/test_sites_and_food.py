"""What goes along with a reminder beside its slot: whose dose, which site, what the label says of food."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from scheduler.actions import record_dose
from scheduler.actions.recipient import add_recipient
from scheduler.dosing.expansion import find
from scheduler.dosing.occurrence_id import parse_occurrence_id
from scheduler.ical.privacy import Privacy
from scheduler.reminders.message import reminder_message
from scheduler.reminders.planner import plan_everyone
from scheduler.store.recipients import RecipientRole
from scheduler.store.reminder_row import ReminderRecord
from scheduler.store.unit_of_work import Store
from tests.reminders.test_messages import CAREFUL, DUE, FULL
from tests.support.regimen_text import CABOZANTINIB
from tests.support.waiting_reminders import everything
from tests.support.ward import THRICE_DAILY, admit, remind

MORNING = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SITES = ("abdomen-left", "thigh-right", "thigh-left", "abdomen-right")
SITED = THRICE_DAILY.format(start="2026-12-01").replace(
    'product = "octreotide-sc"', f'product = "octreotide-sc"\n    sites = {list(SITES)}'.replace("'", '"')
)


def zoe(store: Store, body: str, privacy: Privacy = Privacy.FULL) -> str:
    patient = admit(store, body, MORNING)
    remind(store, patient, MORNING, privacy=privacy)
    return patient


def dose_on(day: date, number: int) -> str:
    return f"octreotide@{day}/{number}"


def told_of(store: Store, dose: str) -> dict[str, ReminderRecord]:
    return {record.step: record for record in everything(store) if record.dose_id == dose}


def site_in_the_plan(store: Store, patient: str, dose: str) -> str | None:
    with store.reading() as work:
        found = find(work.plans.load(work.patients.get(patient)).plan, parse_occurrence_id(dose))
    assert found is not None
    return found.site


FIRST, SECOND = dose_on(MORNING.date(), 1), dose_on(MORNING.date(), 2)


def test_in_full_the_site_in_turn_goes_along_where_a_dose_is_asked_for(store: Store) -> None:
    zoe(store, SITED)
    assert told_of(store, FIRST)["due"].policy["site"] == SITES[0]
    second = told_of(store, SECOND)
    assert second["due"].policy["site"] == second["follow-1"].policy["site"] == SITES[1]
    assert "site" not in second["missed"].policy


def test_it_moves_on_with_what_is_recorded(store: Store) -> None:
    patient = zoe(store, SITED)
    record_dose.give(store, patient, FIRST, MORNING + timedelta(hours=2), at=None, site=SITES[1])
    expected = site_in_the_plan(store, patient, SECOND)
    assert expected != SITES[1]
    assert told_of(store, SECOND)["due"].policy["site"] == expected


def test_months_later_it_still_counts_from_every_record(store: Store) -> None:
    patient = zoe(store, SITED)
    for number in range(10):
        at = MORNING + number * DAY + timedelta(hours=9)
        record_dose.give(store, patient, dose_on(at.date(), 2), at, at=None, site=SITES[number % 2])
    later = MORNING + 60 * DAY
    # The first pass plans from the last record on, and the second from there, long after it.
    for moment in (later - 2 * DAY, later):
        with store.transaction() as work:
            work.reminders.expire(moment)
        plan_everyone(store, moment)
    dose = dose_on(later.date(), 2)
    assert told_of(store, dose)["due"].policy["site"] == site_in_the_plan(store, patient, dose)


def test_with_initials_it_says_whose_dose_it_is_and_nothing_else(store: Store) -> None:
    zoe(store, SITED, Privacy.INITIALS)
    row = told_of(store, FIRST)["due"]
    assert row.policy == {"privacy": "initials", "title": "ZM"}
    message = reminder_message(row, row.dose_due_at)
    assert (message.subject, message.text) == ("Reminder: ZM", "Reminder: your 07:00 (ZM) is due.")


def test_by_initials_whoever_is_told_that_nobody_answered_learns_of_whom(store: Store) -> None:
    patient = admit(store, SITED, MORNING)
    add_recipient(
        store,
        patient,
        MORNING,
        channel="smtp",
        address="anna@example.org",
        privacy=Privacy.INITIALS,
        role=RecipientRole.ESCALATION,
        consented=True,
        by_hand="asked",
    )
    message = reminder_message(told_of(store, FIRST)["escalate"], MORNING)
    assert message.text == "A reminder of somebody you care for (ZM) was not answered."


def test_discreetly_nothing_goes_along(store: Store) -> None:
    zoe(store, SITED, Privacy.DISCREET)
    assert told_of(store, FIRST)["due"].policy == {"privacy": "discreet"}


def test_in_full_what_the_label_says_of_food_goes_along_with_its_source(store: Store) -> None:
    zoe(store, CABOZANTINIB)
    row = told_of(store, "cabozantinib@2026-12-01/1")["due"]
    assert "(" in row.policy["food"]
    assert row.policy["food"] in reminder_message(row, row.dose_due_at).text


def test_site_and_food_stand_behind_what_is_asked_and_what_is_said_of_late_doses() -> None:
    record = replace(
        FULL, policy={**FULL.policy, "site": "thigh-left", "food": "Not with food (label)", "late": "Ask"}
    )
    assert reminder_message(record, DUE).text == (
        "Reminder: your 07:00 (Octreotide LAR 20 mg) is due. The site in turn: thigh left. "
        "About food: Not with food (label)"
    )
    late = reminder_message(record, DUE + timedelta(hours=1)).text
    rule = "What is said about a late dose: Ask"
    assert late.endswith(f"{CAREFUL} {rule} The site in turn: thigh left. About food: Not with food (label)")
