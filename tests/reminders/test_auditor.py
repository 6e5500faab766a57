"""The audit finds what nobody was told of, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from scheduler.actions import record_dose
from scheduler.ical.privacy import Privacy
from scheduler.reminders import auditor
from scheduler.reminders.auditor import AuditReport, Problem, audit, audit_job, open_doses_due
from scheduler.reminders.dead_mans_switch import DeadMansSwitch
from scheduler.reminders.planner import plan_everyone
from scheduler.store.audit import Audit, AuditedReminder
from scheduler.store.engine import make_engine
from scheduler.store.patients import PatientRecord
from scheduler.store.plans import Plans, StoredPlan
from scheduler.store.recipients import RecipientRole
from scheduler.store.reminder_row import AttemptResult, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.ping_server import open_ping_server
from tests.support.plan_text import plan_file
from tests.support.policies import choose
from tests.support.waiting_reminders import begin, claim, everything, sweep
from tests.support.ward import DEPOT, THRICE_DAILY, admit, remind

MORNING = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
"""06:00 in New York, an hour before the first dose of the day."""

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
SEVEN = MORNING + HOUR
"""When the first dose is due."""

THRICE = THRICE_DAILY.format(start="2026-12-01")
FIRST = "octreotide@2026-12-01/1"


@pytest.fixture
def zoe(store: Store) -> str:
    """Zoe, who is told of three doses a day."""
    patient = admit(store, THRICE, MORNING)
    remind(store, patient, MORNING, privacy=Privacy.FULL)
    return patient


def problems(store: Store, moment: datetime) -> list[Problem]:
    report = audit(store, moment)
    assert report.count == len(report.shown)
    return [finding.problem for finding in report.shown]


def alter(database_url: str, statement: str) -> None:
    """What no part of the program would do."""
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def end(store: Store, moment: datetime, state: ReminderState, *, retry_at: datetime | None = None) -> None:
    """Send what is due, and let every attempt come to this."""
    claimed = claim(store, moment=moment)
    assert claimed
    begin(store, *claimed)
    result = AttemptResult(state=state, outcome="tried", detail="said why", retry_at=retry_at)
    with store.transaction() as work:
        work.reminders.finish_all([(row, result) for row in claimed], moment)


def test_a_minute_is_left_to_tell_of_a_dose_and_no_more(store: Store, zoe: str) -> None:
    assert problems(store, SEVEN - SECOND) == []
    assert problems(store, SEVEN + MINUTE - SECOND) == []
    assert problems(store, SEVEN + MINUTE) == [Problem.NOT_TRIED]


def test_what_was_sent_is_well_though_it_was_refused_or_waits_for_another_try(store: Store, zoe: str) -> None:
    end(store, SEVEN, ReminderState.PENDING, retry_at=SEVEN + 5 * MINUTE)
    assert problems(store, SEVEN + 2 * MINUTE) == []
    end(store, SEVEN + 5 * MINUTE, ReminderState.FAILED)
    assert problems(store, SEVEN + HOUR) == []


def test_an_attempt_that_reached_no_channel_told_nobody(store: Store, zoe: str) -> None:
    claim(store, moment=SEVEN)
    assert problems(store, SEVEN + MINUTE) == [Problem.NOT_TRIED]
    sweep(store, SEVEN + MINUTE)
    assert problems(store, SEVEN + MINUTE) == [Problem.NOT_TRIED]
    (claimed,) = claim(store, moment=SEVEN + MINUTE)
    given_back = AttemptResult(state=ReminderState.PENDING, outcome="given back", detail="no seat in time")
    with store.transaction() as work:
        work.reminders.finish(claimed, given_back, SEVEN + MINUTE)
    assert problems(store, SEVEN + 2 * MINUTE) == [Problem.NOT_TRIED]
    end(store, SEVEN + 2 * MINUTE, ReminderState.SENT)
    assert problems(store, SEVEN + 2 * MINUTE) == []


def test_one_that_is_being_sent_is_under_way(store: Store, zoe: str) -> None:
    begin(store, *claim(store, moment=SEVEN))
    assert problems(store, SEVEN + MINUTE) == []


def test_a_dose_without_any_reminder_is_found(store: Store, database_url: str, zoe: str) -> None:
    alter(database_url, "DELETE FROM reminder")
    assert problems(store, SEVEN + MINUTE - SECOND) == []
    (finding,) = audit(store, SEVEN + MINUTE).shown
    assert (finding.problem, finding.patient_id, finding.reminder_id) == (Problem.NOT_PLANNED, zoe, None)


def test_each_person_is_looked_at_by_themselves(store: Store, database_url: str, zoe: str) -> None:
    other = remind(store, zoe, MORNING, address="sam@example.org")
    end(store, SEVEN, ReminderState.SENT)
    assert problems(store, SEVEN + 2 * MINUTE) == []
    alter(database_url, f"DELETE FROM reminder WHERE recipient_id = '{other.id}'")
    (finding,) = audit(store, SEVEN + 2 * MINUTE).shown
    assert finding.recipient_id == other.id


def test_nobody_had_to_hear_of_what_was_due_before_they_were_added(store: Store, zoe: str) -> None:
    end(store, SEVEN, ReminderState.SENT)
    remind(store, zoe, SEVEN + MINUTE, address="late@example.org")
    assert problems(store, SEVEN + HOUR) == []


def test_whoever_is_told_on_escalation_alone_has_to_hear_of_nothing_else(
    store: Store, database_url: str, zoe: str
) -> None:
    alter(database_url, f"UPDATE recipient SET role = '{RecipientRole.ESCALATION.value}', consented_at = 0")
    alter(database_url, "DELETE FROM reminder")
    assert problems(store, SEVEN + 2 * MINUTE) == []


def test_a_dose_recorded_or_withheld_needs_no_word(store: Store, zoe: str) -> None:
    record_dose.give(store, zoe, FIRST, MORNING, at=None, site=None)
    assert problems(store, SEVEN + 2 * MINUTE) == []


def test_one_that_is_open_again_does(store: Store, database_url: str, zoe: str) -> None:
    record_dose.give(store, zoe, FIRST, MORNING, at=None, site=None)
    record_dose.undo(store, zoe, FIRST, SEVEN + HOUR)
    assert problems(store, SEVEN + HOUR + SECOND) == []
    assert problems(store, SEVEN + HOUR + MINUTE) == [Problem.NOT_TRIED]


@pytest.mark.parametrize("state", ["cancelled", "expired", "failed"])
def test_what_ended_untried_needs_a_reason(store: Store, database_url: str, zoe: str, state: str) -> None:
    ended = f"UPDATE reminder SET state = '{state}', ended_at = due_at"
    alter(database_url, f"{ended}, last_error = 'left out'")
    assert problems(store, SEVEN + 2 * MINUTE) == []
    alter(database_url, f"{ended}, last_error = NULL")
    assert problems(store, SEVEN + 2 * MINUTE) == [Problem.NOT_EXPLAINED]


def test_a_dose_told_at_an_earlier_time_has_to_be_told_at_its_own(
    store: Store, database_url: str, zoe: str
) -> None:
    end(store, SEVEN, ReminderState.SENT)
    later = datetime(2026, 12, 1, 9, 0)  # noqa: DTZ001  # a wall time
    record_dose.move(store, zoe, FIRST, SEVEN + MINUTE, to=later, reason="asleep")
    nine = SEVEN + 2 * HOUR
    assert problems(store, nine - SECOND) == []
    assert problems(store, nine + MINUTE) == [Problem.NOT_TRIED]
    alter(database_url, "UPDATE reminder SET state = 'sent', ended_at = due_at WHERE attempt > 0")
    alter(database_url, "UPDATE reminder SET last_error = NULL")
    assert problems(store, nine + MINUTE) == [Problem.NOT_EXPLAINED]
    alter(database_url, "UPDATE reminder SET state = 'pending', ended_at = NULL WHERE attempt > 0")
    end(store, nine, ReminderState.SENT)
    assert problems(store, nine + MINUTE) == []


def test_a_reminder_put_off_by_quiet_hours_is_awaited_until_then(store: Store) -> None:
    patient = admit(store, DEPOT.format(start="2026-12-01"), MORNING)
    choose(store, patient, MORNING, quiet="06:00-12:00")
    remind(store, patient, MORNING)
    noon = MORNING + 6 * HOUR
    assert problems(store, noon) == []
    assert problems(store, noon + MINUTE) == [Problem.NOT_TRIED]
    end(store, noon + MINUTE, ReminderState.SENT)
    assert problems(store, noon + HOUR) == []


def test_it_looks_back_for_twenty_five_hours(store: Store) -> None:
    patient = admit(store, DEPOT.format(start="2026-12-01"), MORNING)
    remind(store, patient, MORNING)
    ten = MORNING + 4 * HOUR
    with store.transaction() as work:
        work.reminder_plans.set_planned_until([patient], ten + 60 * HOUR)
    assert problems(store, ten + 25 * HOUR) == [Problem.NOT_TRIED]
    assert problems(store, ten + 25 * HOUR + SECOND) == []


def test_a_dose_whose_use_ends_with_the_next_one_is_asked_for_until_then() -> None:
    plan = plan_file(DEPOT.format(start="2026-12-01").replace("4 wk", "1 d")).plan
    ten = MORNING + 4 * HOUR
    for moment, due in [(ten + 24 * HOUR - SECOND, [1]), (ten + 24 * HOUR, []), (ten + 25 * HOUR, [2])]:
        assert [dose.number for dose in open_doses_due(plan, moment)] == due


def test_a_row_that_cannot_be_read_is_judged_by_its_dose(store: Store, database_url: str, zoe: str) -> None:
    alter(database_url, "UPDATE reminder SET policy = '[7'")
    assert problems(store, SEVEN + MINUTE) == [Problem.NOT_TRIED]


def test_a_horizon_that_ends_within_twelve_hours_is_found(store: Store, zoe: str) -> None:
    record_dose.give(store, zoe, FIRST, MORNING, at=None, site=None)
    for dose in ("octreotide@2026-12-01/2", "octreotide@2026-12-01/3"):
        record_dose.skip(store, zoe, dose, MORNING, at=None, reason="asleep")
    assert problems(store, MORNING + 24 * HOUR) == []
    found = problems(store, MORNING + 24 * HOUR + SECOND)
    assert found == [Problem.SHORT_HORIZON]
    plan_everyone(store, MORNING + 24 * HOUR)
    assert problems(store, MORNING + 24 * HOUR + SECOND) == []


def test_a_patient_of_this_minute_may_wait_for_the_planner(store: Store, zoe: str) -> None:
    moment = MORNING + MINUTE
    with store.transaction() as work:
        work.patients.add("p-new", work.patients.get(zoe).patient, moment)
    assert problems(store, moment + MINUTE - SECOND) == []
    assert problems(store, moment + MINUTE) == [Problem.SHORT_HORIZON]


def test_one_plan_that_cannot_be_read_hides_nobody_elses(
    store: Store, database_url: str, zoe: str, caplog: pytest.LogCaptureFixture
) -> None:
    admit(store, THRICE, MORNING, patient_id="p-broken", name="Sam Ortiz")
    remind(store, "p-broken", MORNING)
    alter(database_url, "UPDATE regimen_version SET document = '{\"x\": 1}' WHERE patient_id = 'p-broken'")
    found = {f.patient_id: f.problem for f in audit(store, SEVEN + MINUTE).shown}
    assert found == {"p-broken": Problem.NOT_READABLE, zoe: Problem.NOT_TRIED}
    assert "patient=p-broken cannot be checked" in caplog.text


def test_what_changes_while_the_audit_reads_is_not_a_finding(
    store: Store, zoe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads the plan, the dose is moved to a later time, and then it reads the reminders."""
    load_many, seen = Plans.load_many, list[str]()
    later = datetime(2026, 12, 1, 9, 0)  # noqa: DTZ001  # a wall time

    def load_what_moves_at_once(self: Plans, records: Sequence[PatientRecord]) -> list[StoredPlan]:
        plans = load_many(self, records)
        seen.extend(record.id for record in records)
        return plans

    def told_due(self: Audit, patients: Collection[str], doses: Collection[str]) -> list[AuditedReminder]:
        if len(seen) == 1:
            record_dose.move(store, zoe, FIRST, SEVEN + MINUTE, to=later, reason="asleep")
        return read(self, patients, doses)

    read = Audit.told_due
    monkeypatch.setattr(Plans, "load_many", load_what_moves_at_once)
    monkeypatch.setattr(Audit, "told_due", told_due)
    assert problems(store, SEVEN + MINUTE) == []


def test_many_are_counted_and_the_first_are_shown(
    store: Store, database_url: str, zoe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditor, "PAGE", 2)
    monkeypatch.setattr(auditor, "MOST_SHOWN", 3)
    for number in range(4):
        patient = admit(store, THRICE, MORNING, patient_id=f"p-{number}", name=f"Patient {number}")
        remind(store, patient, MORNING)
    report = audit(store, SEVEN + MINUTE)
    assert (report.patients, report.count) == (5, 5)
    assert [finding.patient_id for finding in report.shown] == ["p-0", "p-1", "p-2"]


def test_nobody_is_well(store: Store) -> None:
    assert audit(store, MORNING) == AuditReport(patients=0, count=0, shown=())


def test_the_log_tells_by_ids_and_names_neither_person_nor_medicine(
    store: Store, zoe: str, caplog: pytest.LogCaptureFixture
) -> None:
    audit_job(store, lambda: SEVEN + MINUTE, None)
    row = next(r for r in everything(store) if r.dose_id == FIRST and r.step == "due")
    where = f"patient={zoe} recipient={row.recipient_id} reminder={row.id}"
    told = f"audit: {where}: a dose was due, and its reminder was never tried"
    assert caplog.messages == ["audit: faults=1 patients=1", told]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert "octreotide" not in caplog.text
    assert "Zoe" not in caplog.text


def test_the_switch_hears_of_every_pass(
    store: Store, zoe: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with open_ping_server() as server:
        switch = DeadMansSwitch(f"{server.url}/a1b2c3")
        audit_job(store, lambda: SEVEN, switch)
        assert caplog.messages == []
        audit_job(store, lambda: SEVEN + MINUTE, switch)
        assert server.paths == ["/a1b2c3", "/a1b2c3/fail"]
    assert "a1b2c3" not in caplog.text
