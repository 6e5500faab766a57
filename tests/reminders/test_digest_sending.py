"""A digest on its way: worded as things stand when it is sent, and never lost."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from scheduler.actions import record_dose
from scheduler.actions.caseload import remove_caseload, remove_from_caseload
from scheduler.actions.patient import remove_patient
from scheduler.ical.privacy import Privacy
from scheduler.reminders.auditor import Problem, audit
from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater
from scheduler.reminders.digest_planner import plan_every_digest
from scheduler.reminders.digest_writer import DigestWriter
from scheduler.reminders.parcel import parcels
from scheduler.store.engine import make_engine
from scheduler.store.reminder_row import AttemptRecord, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.digests import EVE, SEVEN, WARD, choose_digest, make_caseload, reach, take_in
from tests.support.dispatching import DispatchedWard, ObedientChannel, finish
from tests.support.waiting_reminders import attempts, begin, claim, everything, sweep
from tests.support.ward import DEPOT, THRICE_DAILY

HOUR, DAY, MINUTE, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
THRICE = THRICE_DAILY.format(start="2026-12-02")
TODAY = DEPOT.format(start="2026-12-02")
NEXT_YEAR = DEPOT.format(start="2027-01-01")


@pytest.fixture
def ward(store: Store) -> DispatchedWard:
    """Zoe has three doses today and Sam a depot; their nurse gets a digest at 07:00, and it is 07:00."""
    make_caseload(store)
    take_in(store, "p-1", THRICE, place="room 12")
    take_in(store, "p-2", TODAY, name="Sam Ort")
    reach(store)
    dispatched = DispatchedWard(store)
    dispatched.clock.now = SEVEN
    return dispatched


def alter(database_url: str, statement: str) -> None:
    """What no part of the program would do."""
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def sent(ward: DispatchedWard, outcome: Outcome | None = None) -> list[str]:
    """Send everything that is due now; what was said."""
    answer = outcome or Accepted(provider_id="<1@x>")
    channel = ObedientChannel(lambda _: answer)
    ward.dispatch({"smtp": channel})
    return channel.texts


def give(ward: DispatchedWard, patient_id: str, dose: str, moment: datetime) -> None:
    record_dose.give(ward.store, patient_id, dose, moment, at=None, site=None)


def state(store: Store) -> tuple[ReminderState, str | None]:
    first, *_ = everything(store)
    return first.state, first.last_error


def tried(store: Store) -> list[AttemptRecord]:
    return attempts(store)


def due_lines(message: str) -> list[str]:
    part = next(part for part in message.split("\n\n") if part.startswith("Due today"))
    return part.splitlines()


def test_one_message_tells_who_is_due(ward: DispatchedWard) -> None:
    (message,) = sent(ward)
    assert due_lines(message) == [
        "Due today: 2 people, 4 doses.",
        "- ZM, room 12: 07:00, 15:00, 23:00",
        "- SO: 10:00",
    ]
    assert "To get ready: 2 people, 4 tasks." in message
    assert state(ward.store)[0] is ReminderState.SENT
    assert sent(ward) == []


def test_each_digest_is_a_message_of_its_own(ward: DispatchedWard) -> None:
    (claimed,) = claim(ward.store, moment=SEVEN)
    other = replace(claimed, record=replace(claimed.record, id=claimed.record.id + 1))
    assert [parcel.rows for parcel in parcels([claimed, other], SEVEN + HOUR, 0.0)] == [(claimed,), (other,)]


def test_a_dose_recorded_ten_minutes_before_is_not_in_it(ward: DispatchedWard) -> None:
    give(ward, "p-1", "octreotide@2026-12-02/1", SEVEN - 10 * MINUTE)
    assert "- ZM, room 12: 15:00, 23:00" in due_lines(sent(ward)[0])


def test_one_recorded_between_the_claim_and_the_sending_is_not_in_it_either(ward: DispatchedWard) -> None:
    channel = ObedientChannel()
    ward.clock.now = SEVEN - SECOND
    dispatcher = ward.dispatcher({"smtp": channel})
    assert dispatcher.claim() == 1
    give(ward, "p-1", "octreotide@2026-12-02/1", SEVEN - SECOND)
    ward.clock.pass_by(SECOND)
    finish(dispatcher)
    dispatcher.close()
    assert "- ZM, room 12: 15:00, 23:00" in due_lines(channel.texts[0])


def test_who_left_or_was_removed_is_not_in_it(ward: DispatchedWard) -> None:
    remove_from_caseload(ward.store, WARD, ["p-1"], SEVEN)
    assert due_lines(sent(ward)[0]) == ["Due today: 1 person, 1 dose.", "- SO: 10:00"]
    ward.clock.pass_by(DAY)
    remove_patient(ward.store, "p-2")
    plan_every_digest(ward.store, ward.clock.now)
    assert "Nobody is in this caseload" in sent(ward)[0]


def test_a_caseload_that_was_removed_after_the_claim_gets_nothing(ward: DispatchedWard) -> None:
    channel = ObedientChannel()
    ward.clock.now = SEVEN - SECOND
    dispatcher = ward.dispatcher({"smtp": channel})
    assert dispatcher.claim() == 1
    remove_caseload(ward.store, WARD)
    ward.clock.pass_by(SECOND)
    finish(dispatcher)
    dispatcher.close()
    assert channel.texts == []
    assert audit(ward.store, SEVEN + HOUR).count == 0


def test_only_who_chose_full_privacy_is_told_of_medicines(ward: DispatchedWard) -> None:
    reach(ward.store, "full@example.org", privacy=Privacy.FULL)
    channel = ObedientChannel()
    ward.dispatch({"smtp": channel})
    by_address = dict(zip(channel.addresses, channel.texts, strict=True))
    assert "- SO (p-2): 10:00 Octreotide LAR 20 mg" in by_address["full@example.org"]
    assert "ctreotide" not in by_address["nurse@example.org"]


def test_where_nobody_is_due_it_says_so_or_is_silent_as_chosen(ward: DispatchedWard) -> None:
    remove_from_caseload(ward.store, WARD, ["p-1", "p-2"], EVE)
    take_in(ward.store, "p-3", NEXT_YEAR)
    assert "Nobody is due today" in sent(ward)[0]
    choose_digest(ward.store, SEVEN + HOUR, when_empty="silent")
    ward.clock.pass_by(DAY)
    assert sent(ward) == []
    ended = {record.dose_id: (record.state, record.last_error) for record in everything(ward.store)}
    why = "nothing to tell, and silence was chosen for that"
    assert ended["digest@2026-12-03"] == (ReminderState.CANCELLED, why)
    assert [attempt.outcome for attempt in tried(ward.store)] == ["accepted", "not needed"]
    plan_every_digest(ward.store, SEVEN + DAY + MINUTE)
    assert sent(ward) == []
    assert [f for f in audit(ward.store, SEVEN + DAY + HOUR).shown if f.caseload_id] == []


def test_silence_is_chosen_for_nothing_to_tell_alone(ward: DispatchedWard) -> None:
    choose_digest(ward.store, EVE, when_empty="silent")
    assert len(sent(ward)) == 1


def test_after_an_outage_it_says_that_it_is_late_and_tells_how_things_stand(ward: DispatchedWard) -> None:
    ward.clock.now = SEVEN + 9 * HOUR
    give(ward, "p-2", "lar#1", SEVEN + 4 * HOUR)
    (message,) = sent(ward)
    assert "the digest of 07:00, sent late: it tells how things stand at 16:00" in message
    assert due_lines(message) == ["Due today: 1 person, 2 doses.", "- ZM, room 12: 15:00, 23:00"]
    assert "- ZM, room 12: Wed 2 Dec 07:00" in message


def test_what_was_missed_in_days_without_a_daemon_is_told_by_the_first_one_after_them(
    ward: DispatchedWard,
) -> None:
    sent(ward)
    ward.clock.now = SEVEN + 3 * DAY
    plan_every_digest(ward.store, ward.clock.now)
    (message,) = sent(ward)
    part = next(part for part in message.split("\n\n") if part.startswith("Missed"))
    # From 07:00 on the 2nd, of use until 15:00, to 23:00 on the 4th, of use until this very moment.
    assert part.splitlines()[0] == "Missed or not recorded since Wed 2 Dec 07:00: 1 person, 9 doses."
    assert part.splitlines()[1].endswith("and 1 more")


def test_a_message_that_fails_for_a_while_is_tried_again_with_the_same_key(ward: DispatchedWard) -> None:
    failing, working = ObedientChannel(lambda _: RetryLater(detail="busy")), ObedientChannel()
    ward.dispatch({"smtp": failing})
    assert state(ward.store) == (ReminderState.PENDING, "busy")
    ward.clock.pass_by(6 * MINUTE)
    ward.dispatch({"smtp": working})
    assert working.keys == failing.keys
    assert working.keys[0].startswith(f"{WARD}/digest@2026-12-02/digest/r-")


def test_a_daemon_that_dies_while_sending_costs_a_copy_and_no_digest(ward: DispatchedWard) -> None:
    begin(ward.store, *claim(ward.store, moment=SEVEN))
    assert sent(ward) == []
    sweep(ward.store, SEVEN + MINUTE)
    ward.clock.pass_by(MINUTE)
    assert len(sent(ward)) == 1
    assert [attempt.outcome for attempt in tried(ward.store)] == ["lost", "accepted"]


def test_one_that_is_refused_is_told_to_the_stand_in_and_planning_leaves_that_alone(
    ward: DispatchedWard,
) -> None:
    stand_in = reach(ward.store, "ward@example.org", stands_in=True)
    sent(ward, Refused(detail="no such mailbox"))
    plan_every_digest(ward.store, SEVEN + MINUTE)
    (waiting,) = [record for record in everything(ward.store) if record.recipient_id == stand_in.id]
    assert (waiting.dose_id, waiting.state) == ("digest@2026-12-02", ReminderState.PENDING)
    ward.clock.pass_by(MINUTE)
    assert due_lines(sent(ward)[0])[0] == "Due today: 2 people, 4 doses."
    assert audit(ward.store, SEVEN + HOUR).count == 0


def test_a_stand_in_is_told_no_more_than_it_may_be(ward: DispatchedWard) -> None:
    reach(ward.store, "full@example.org", privacy=Privacy.FULL, stands_in=True)
    choose_digest(ward.store, EVE, when_empty="silent")
    sent(ward, Refused(detail="no such mailbox"))
    (waiting,) = [record for record in everything(ward.store) if record.state is ReminderState.PENDING]
    assert (waiting.policy["privacy"], waiting.policy["empty"]) == ("discreet", "silent")


def test_with_nobody_else_to_tell_the_operator_hears_of_it(
    ward: DispatchedWard, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        sent(ward, Refused(detail="no such mailbox"))
    assert "told nobody" in caplog.text
    assert "nurse@" not in caplog.text


def test_one_plan_that_cannot_be_read_hides_nobody_else_and_is_counted(
    ward: DispatchedWard, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    alter(database_url, "UPDATE regimen_version SET document = '{}' WHERE patient_id = 'p-1'")
    (message,) = sent(ward)
    assert "The plan of 1 person cannot be read" in message
    assert due_lines(message) == ["Due today: 1 person, 1 dose.", "- SO: 10:00"]
    assert "patient=p-1 cannot be told of in a digest" in caplog.text


def test_a_patient_without_any_regimen_has_nothing_to_tell(ward: DispatchedWard, database_url: str) -> None:
    alter(database_url, "DELETE FROM regimen_version WHERE patient_id = 'p-1'")
    (message,) = sent(ward)
    assert "cannot be read" not in message
    assert "ZM" not in message


def test_a_digest_that_cannot_be_worded_is_tried_again_and_keeps_nobody_else_waiting(
    ward: DispatchedWard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(DigestWriter, "message", broken)
        assert sent(ward) == []
    assert state(ward.store) == (ReminderState.PENDING, "ZeroDivisionError")
    ward.clock.pass_by(6 * MINUTE)
    assert len(sent(ward)) == 1


class TestAudit:
    def test_a_digest_that_nobody_tried_to_send_is_found_after_a_minute(self, ward: DispatchedWard) -> None:
        assert audit(ward.store, SEVEN + MINUTE - SECOND).count == 0
        (finding,) = audit(ward.store, SEVEN + MINUTE).shown
        assert (finding.problem, finding.patient_id, finding.caseload_id) == (
            Problem.DIGEST_NOT_TRIED,
            None,
            WARD,
        )
        sent(ward)
        report = audit(ward.store, SEVEN + HOUR)
        assert (report.count, report.caseloads, report.patients) == (0, 1, 2)

    def test_one_without_a_row_is_found(self, ward: DispatchedWard, database_url: str) -> None:
        alter(database_url, "DELETE FROM reminder")
        assert audit(ward.store, SEVEN + MINUTE - SECOND).count == 0
        report = audit(ward.store, SEVEN + MINUTE)
        (finding,) = report.shown
        assert (finding.problem, finding.reminder_id, report.count) == (Problem.NO_DIGEST, None, 1)

    def test_one_that_ended_without_a_reason_is_found(self, ward: DispatchedWard, database_url: str) -> None:
        alter(database_url, "UPDATE reminder SET state = 'cancelled', ended_at = 1")
        assert [f.problem for f in audit(ward.store, SEVEN + HOUR).shown] == [Problem.DIGEST_NOT_EXPLAINED]

    def test_digests_that_nobody_plans_any_more_are_found(self, ward: DispatchedWard) -> None:
        sent(ward)
        assert audit(ward.store, EVE + DAY - SECOND).count == 0
        problems = [f.problem for f in audit(ward.store, EVE + DAY + MINUTE).shown]
        assert Problem.DIGEST_SHORT_HORIZON in problems

    def test_a_choice_that_cannot_be_read_is_found(self, ward: DispatchedWard, database_url: str) -> None:
        choose_digest(ward.store, EVE, at="07:00")
        alter(database_url, """UPDATE digest SET document = '{"at": "soon"}'""")
        assert [f.problem for f in audit(ward.store, EVE).shown] == [Problem.DIGEST_NOT_READABLE]

    def test_nothing_is_asked_of_a_choice_before_it_was_made(self, ward: DispatchedWard) -> None:
        choose_digest(ward.store, EVE, days=["thu"])
        choose_digest(ward.store, SEVEN + 2 * HOUR, days=["wed", "thu"])
        assert audit(ward.store, SEVEN + 3 * HOUR).count == 0

    def test_nothing_is_asked_of_who_came_later(self, ward: DispatchedWard) -> None:
        sent(ward)
        reach(ward.store, "late@example.org", SEVEN + 2 * HOUR)
        assert audit(ward.store, SEVEN + 3 * HOUR).count == 0
