"""Every step of a reminder is a row of its own, planned ahead and taken back with its dose."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scheduler.actions import record_dose
from scheduler.actions.patient import remove_patient
from scheduler.actions.recipient import add_recipient
from scheduler.errors import DosecalError
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.privacy import Privacy
from scheduler.reminders.planner import OVER_CAP, plan_everyone
from scheduler.store.recipients import RecipientRecord, RecipientRole
from scheduler.store.reminder_row import AttemptResult, ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store
from tests.conftest import new_sqlite
from tests.support.policies import choose
from tests.support.waiting_reminders import claim, everything
from tests.support.ward import DEPOT, THRICE_DAILY, admit, remind

MORNING = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
"""06:00 in New York, an hour before the first dose of the day."""
THRICE = THRICE_DAILY.format(start="2026-12-01")
LAR = DEPOT.format(start="2026-12-01")
FIRST = "octreotide@2026-12-01/1"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PENDING, CANCELLED = ReminderState.PENDING, ReminderState.CANCELLED
NEW_YORK = ZoneInfo("America/New_York")


def zoe(store: Store, body: str = THRICE) -> str:
    """Zoe with ``body`` and a recipient who is told everything."""
    patient = admit(store, body, MORNING)
    remind(store, patient, MORNING, privacy=Privacy.FULL)
    return patient


def carer(store: Store, patient: str, moment: datetime = MORNING) -> RecipientRecord:
    """Somebody who agreed to be told when nobody answers."""
    return add_recipient(
        store,
        patient,
        moment,
        channel="smtp",
        address="anna@example.org",
        privacy=Privacy.FULL,
        role=RecipientRole.ESCALATION,
        consented=True,
        by_hand="asked",
    )


def of(store: Store, dose: str) -> dict[str, ReminderRecord]:
    return {record.step: record for record in everything(store) if record.dose_id == dose}


def states(store: Store, dose: str) -> dict[str, str]:
    return {step: record.state.value for step, record in of(store, dose).items()}


def send_what_is_due(store: Store, moment: datetime) -> list[tuple[str, str]]:
    """What a daemon would do, without the mail: the doses and steps."""
    with store.transaction() as work:
        work.reminders.expire(moment)
    claimed = claim(store, moment=moment)
    with store.transaction() as work:
        for reminder in claimed:
            result = AttemptResult(state=ReminderState.SENT, outcome="accepted")
            work.reminders.finish(reminder, result, moment)
    return sorted((reminder.record.dose_id, reminder.record.step) for reminder in claimed)


def test_every_step_waits_from_the_start_at_its_own_time(store: Store) -> None:
    patient = zoe(store)
    carer(store, patient)
    rows = of(store, FIRST)
    assert {step: row.due_at for step, row in rows.items()} == {
        "due": MORNING + HOUR,
        "follow-1": MORNING + 70 * MINUTE,
        "follow-2": MORNING + 90 * MINUTE,
        "escalate": MORNING + 2 * HOUR,
        "missed": MORNING + 9 * HOUR,
    }
    assert {row.dose_due_at for row in rows.values()} == {MORNING + HOUR}


def test_planning_twice_changes_nothing(store: Store) -> None:
    patient = zoe(store, THRICE + LAR)
    carer(store, patient)
    choose(store, patient, MORNING, quiet="22:00-07:00", spread="10 min", leads=["prepare", "order=7"], cap=5)
    before = everything(store)
    for _ in range(2):
        plan_everyone(store, MORNING)
    assert everything(store) == before


def test_a_depots_follow_ups_are_planned_when_their_own_time_comes_within_the_horizon(store: Store) -> None:
    zoe(store, LAR)
    assert list(of(store, "lar#1")) == ["due", "follow-1"]
    for days, steps in [(1, 2), (2, 3), (4, 3), (6, 4)]:
        send_what_is_due(store, MORNING + days * DAY)
        plan_everyone(store, MORNING + days * DAY)
        assert len(of(store, "lar#1")) == steps
    assert states(store, "lar#1")["follow-3"] == "pending"
    assert send_what_is_due(store, MORNING + 7 * DAY + 4 * HOUR) == [("lar#1", "follow-3")]


def test_a_depots_follow_up_is_planned_though_the_daemon_stood_still_for_days(store: Store) -> None:
    zoe(store, LAR)
    send_what_is_due(store, MORNING + 4 * HOUR)
    plan_everyone(store, MORNING + 9 * DAY)
    assert {"follow-1", "follow-2", "follow-3"} <= set(of(store, "lar#1"))


def test_the_last_depot_of_a_short_course_is_asked_for_to_the_end(store: Store) -> None:
    zoe(store, LAR.replace("4 wk", "2 d") + "\n      doses = 1\n")
    for days in (1, 3, 5, 6):
        plan_everyone(store, MORNING + days * DAY)
        send_what_is_due(store, MORNING + days * DAY)
    assert states(store, "lar#1")["follow-3"] == "pending"


def test_after_recording_a_dose_nothing_of_it_waits(store: Store) -> None:
    patient = zoe(store)
    carer(store, patient)
    send_what_is_due(store, MORNING + HOUR)
    record_dose.give(store, patient, FIRST, MORNING + HOUR + MINUTE, at=None, site=None)
    assert states(store, FIRST) == {
        "due": "sent",
        "follow-1": "cancelled",
        "follow-2": "cancelled",
        "escalate": "cancelled",
        "missed": "cancelled",
    }
    plan_everyone(store, MORNING + 2 * HOUR)
    assert send_what_is_due(store, MORNING + 2 * HOUR) == []


def test_moving_a_dose_moves_all_its_steps(store: Store) -> None:
    patient = zoe(store)
    to = datetime(2026, 12, 1, 9, 0)  # noqa: DTZ001
    record_dose.move(store, patient, FIRST, MORNING, to=to, reason="visitors")
    found = of(store, FIRST)
    assert found["due"].due_at == MORNING + 3 * HOUR
    assert found["follow-2"].due_at == MORNING + 3 * HOUR + 30 * MINUTE
    assert {row.wall_due for row in found.values()} == {to}
    assert {row.state for row in found.values()} == {PENDING}


def test_a_dose_moved_after_its_follow_up_was_said_is_asked_for_again_at_its_new_time(store: Store) -> None:
    patient = zoe(store)
    assert (FIRST, "follow-1") in send_what_is_due(store, MORNING + 71 * MINUTE)
    to = datetime(2026, 12, 1, 10, 0)  # noqa: DTZ001
    record_dose.move(store, patient, FIRST, MORNING + 75 * MINUTE, to=to, reason="visitors")
    assert set(states(store, FIRST).values()) == {"pending"}
    plan_everyone(store, MORNING + 76 * MINUTE)
    assert send_what_is_due(store, MORNING + 4 * HOUR) == [(FIRST, "due")]
    assert send_what_is_due(store, MORNING + 4 * HOUR + 10 * MINUTE) == [(FIRST, "follow-1")]


def test_a_record_taken_back_long_after_is_told_once_and_escalated(store: Store) -> None:
    patient = zoe(store)
    carer(store, patient)
    record_dose.give(store, patient, FIRST, MORNING, at=None, site=None)
    record_dose.undo(store, patient, FIRST, MORNING + 4 * HOUR)
    assert states(store, FIRST) == {
        "due": "pending",
        "escalate": "pending",
        "follow-1": "cancelled",
        "follow-2": "cancelled",
        "missed": "pending",
    }


def test_after_an_outage_what_is_pointless_is_not_planned_and_what_was_missed_is(store: Store) -> None:
    zoe(store)
    later = datetime(2026, 12, 5, 17, 0, tzinfo=UTC)  # noon on the fifth day; planned until the second
    plan_everyone(store, later)
    assert states(store, "octreotide@2026-12-03/1") == {"due": "pending"}
    assert states(store, "octreotide@2026-12-04/1") == {"due": "pending", "missed": "pending"}
    sent = send_what_is_due(store, later)
    assert ("octreotide@2026-12-04/3", "missed") in sent
    assert ("octreotide@2026-12-03/3", "missed") not in sent


def test_somebody_who_did_not_consent_is_told_nothing(store: Store) -> None:
    patient = zoe(store)
    silent = RecipientRecord(
        id="r-silent",
        patient_id=patient,
        channel="smtp",
        address="bo@example.org",
        privacy="discreet",
        added_at=MORNING,
        verified_at=MORNING,
        role=RecipientRole.ESCALATION,
    )
    with store.transaction() as work:
        work.recipients.add(silent)
    plan_everyone(store, MORNING)
    assert all(record.recipient_id != "r-silent" for record in everything(store))


def test_escalation_names_the_patient_by_initials_in_full_and_never_the_medicine(store: Store) -> None:
    patient = zoe(store)
    carer(store, patient)
    policy = of(store, FIRST)["escalate"].policy
    assert policy["who"] == "ZM"
    assert not {"title", "late", "lead"} & policy.keys()


def test_what_the_label_says_goes_along_with_what_was_missed_and_before_a_dose_in_full(store: Store) -> None:
    patient = zoe(store)
    choose(store, patient, MORNING, leads=["prepare"])
    found = of(store, "octreotide@2026-12-01/2")
    assert found["missed"].policy["late"]
    assert "(" in found["lead-prepare1"].policy["lead"]
    assert "late" not in found["lead-prepare1"].policy


def test_a_lead_of_three_weeks_is_planned_for_a_depot_far_ahead(store: Store) -> None:
    patient = zoe(store, LAR)
    choose(store, patient, MORNING, leads=["order=21"])
    assert "lead-order" not in of(store, "lar#2")
    plan_everyone(store, MORNING + 6 * DAY)
    (row,) = of(store, "lar#2").values()
    assert (row.step, row.due_at) == ("lead-order", MORNING + 7 * DAY + 4 * HOUR)
    assert row.not_after == row.dose_due_at == MORNING + 28 * DAY + 4 * HOUR


def test_a_policy_is_followed_at_once_by_what_waits_and_not_by_what_was_said(store: Store) -> None:
    patient = zoe(store)
    sent = send_what_is_due(store, MORNING + 71 * MINUTE)
    assert sent == [(FIRST, "due"), (FIRST, "follow-1")]
    change = choose(store, patient, MORNING + 75 * MINUTE, follow_ups=["20 min", "40 min"])
    assert of(store, FIRST)["follow-1"].state is ReminderState.SENT
    assert of(store, FIRST)["follow-2"].due_at == MORNING + 100 * MINUTE
    # Of the five other doses within the horizon both, of the first the second alone.
    assert (change.added, change.planned_anew, change.taken_back) == (0, 9, 0)


def test_a_choice_that_is_only_tried_out_changes_nothing(store: Store) -> None:
    patient = zoe(store)
    before = everything(store)
    change = choose(store, patient, MORNING, follow_ups=[], rehearsed=True)
    assert (change.added, change.planned_anew, change.taken_back) == (0, 0, 10)
    assert everything(store) == before
    with store.reading() as work:
        assert work.policies.of([patient]) == {}


def test_a_choice_and_its_reminders_happen_together_or_not_at_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = zoe(store)
    before = everything(store)

    def fail(*arguments: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("scheduler.store.reminder_plans.ReminderPlans.set_planned_until", fail)
    with pytest.raises(RuntimeError, match="the power went"):
        choose(store, patient, MORNING, follow_ups=[])
    assert everything(store) == before
    with store.reading() as work:
        assert work.policies.of([patient]) == {}


def test_a_policy_of_one_recipient_changes_nobody_elses_reminders(store: Store) -> None:
    patient = zoe(store)
    other = remind(store, patient, MORNING, address="sam@example.org")
    choose(store, patient, MORNING, recipient_id=other.id, follow_ups=[], missed=False)
    waiting = [record for record in everything(store) if record.state is PENDING]
    assert {record.step for record in waiting if record.recipient_id == other.id} == {"due"}
    assert len({record.step for record in waiting if record.recipient_id != other.id}) == 4


def test_a_retry_of_a_spread_reminder_is_left_alone_by_planning(store: Store) -> None:
    patient = zoe(store)
    choose(store, patient, MORNING, spread="10 min")
    due = of(store, FIRST)["due"].due_at
    (claimed,) = [c for c in claim(store, moment=due) if c.record.step == "due"]
    later = AttemptResult(state=PENDING, outcome="retry later", retry_at=due + 5 * MINUTE)
    with store.transaction() as work:
        work.reminders.finish(claimed, later, due)
    plan_everyone(store, due + MINUTE)
    assert of(store, FIRST)["due"].due_at == due + 5 * MINUTE


def test_the_cap_leaves_follow_ups_out_first_and_the_log_says_so(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    patient = zoe(store)
    with caplog.at_level(logging.WARNING):
        choose(store, patient, MORNING, cap=6)
    of_today = [r for r in everything(store) if r.dose_id.startswith("octreotide@2026-12-01")]
    out = [record for record in of_today if record.state is CANCELLED]
    assert {record.step for record in out} == {"follow-1", "follow-2"}
    assert {record.last_error for record in out} == {OVER_CAP}
    # 3 due and 2 missed on this day: one of 6 follow-ups fits, the earliest.
    kept = [record for record in of_today if record.step.startswith("follow") and record.state is PENDING]
    assert [(record.dose_id, record.step) for record in kept] == [(FIRST, "follow-1")]
    assert "left out: over the most that a day may have" in caplog.text
    assert patient not in caplog.text


def test_what_was_said_counts_for_the_cap_and_what_was_taken_back_does_not(store: Store) -> None:
    patient = zoe(store)
    choose(store, patient, MORNING, cap=6)
    # 3 due and 2 missed today, and one follow-up.
    assert states(store, FIRST) == {
        "due": "pending",
        "follow-1": "pending",
        "follow-2": "cancelled",
        "missed": "pending",
    }
    send_what_is_due(store, MORNING + 71 * MINUTE)
    plan_everyone(store, MORNING + 72 * MINUTE)
    assert states(store, "octreotide@2026-12-01/2")["missed"] == "pending"
    record_dose.give(store, patient, FIRST, MORNING + 75 * MINUTE, at=None, site=None)
    # 2 said, 2 due and 1 missed to come: the place of the other goes to the next dose's first follow-up.
    assert states(store, "octreotide@2026-12-01/2")["follow-1"] == "pending"
    assert states(store, "octreotide@2026-12-01/2")["follow-2"] == "cancelled"
    before = everything(store)
    plan_everyone(store, MORNING + 75 * MINUTE)
    assert everything(store) == before


def test_a_cap_of_one_recipient_leaves_out_nothing_of_anybody_elses(store: Store) -> None:
    patient = zoe(store)
    other = remind(store, patient, MORNING, address="sam@example.org")
    choose(store, patient, MORNING, recipient_id=other.id, cap=5)
    out = [record for record in everything(store) if record.state is CANCELLED]
    assert out
    assert {record.recipient_id for record in out} == {other.id}


_act = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 600)),
    st.tuples(st.sampled_from(["give", "skip", "undo", "move"]), st.integers(0, 5)),
    st.tuples(st.just("cap"), st.integers(5, 12)),
    st.tuples(st.just("quiet"), st.integers(0, 23)),
    st.tuples(st.just("follow"), st.integers(0, 6)),
)


@example(  # more was said by the policy of before than the one in force would have said
    acts=[("wait", 428), ("wait", 419), ("cap", 7), ("wait", 1), ("follow", 0)]
)
@example(acts=[("wait", 70), ("cap", 7), ("move", 0)])  # what was said is to be said again
@given(acts=st.lists(_act, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_done_planning_twice_changes_nothing_and_caps_hold(
    law_store: Store, acts: list[tuple[str, int]]
) -> None:
    ward = _Ward(law_store)
    for act, number in acts:
        ward.do(act, number)
        ward.check()
    remove_patient(law_store, ward.patient)


@pytest.fixture(scope="module")
def law_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One for all examples: each has a patient of its own and removes them."""
    opened = Store(new_sqlite(tmp_path_factory.mktemp("steps") / "dosecal.db"), load_formulary())
    yield opened
    opened.close()


class _Ward:
    def __init__(self, store: Store) -> None:
        with store.reading() as work:
            left_over = work.patients.ids("", 10)
        for patient in left_over:
            remove_patient(store, patient)
        self._store = store
        self._now = MORNING
        self._cap = 30
        self.patient = zoe(store, THRICE + DEPOT.format(start="2026-12-02").replace("4 wk", "3 d"))
        carer(store, self.patient)

    def do(self, act: str, number: int) -> None:
        try:
            self._do(act, number)
        except DosecalError:
            return

    def _do(self, act: str, number: int) -> None:
        store, now = self._store, self._now
        dose = f"octreotide@2026-12-0{1 + number // 3}/{1 + number % 3}"
        match act:
            case "wait":
                self._now += timedelta(minutes=number)
                plan_everyone(store, self._now)
                send_what_is_due(store, self._now)
            case "give":
                record_dose.give(store, self.patient, dose, now, at=None, site=None)
                assert not [r for r in everything(store) if r.dose_id == dose and r.ended_at is None]
            case "skip":
                record_dose.skip(store, self.patient, dose, now, at=None, reason="vomiting")
            case "undo":
                record_dose.undo(store, self.patient, dose, now)
            case "move":
                to = (now + timedelta(hours=number)).astimezone(NEW_YORK).replace(tzinfo=None, second=0)
                record_dose.move(store, self.patient, dose, now, to=to, reason="")
            case "cap":
                self._cap = number
                choose(store, self.patient, now, cap=number)
            case "quiet":
                choose(store, self.patient, now, quiet=f"{number:02}:00-{(number + 9) % 24:02}:00")
            case _:
                choose(store, self.patient, now, follow_ups=[f"{10 * n} min" for n in range(1, number + 1)])

    def check(self) -> None:
        plan_everyone(self._store, self._now)
        before = everything(self._store)
        plan_everyone(self._store, self._now)
        assert everything(self._store) == before
        waiting = [record for record in before if record.ended_at is None]
        said = [record for record in before if record.state is ReminderState.SENT]
        of_day = Counter((r.recipient_id, r.due_at.astimezone(NEW_YORK).date()) for r in [*waiting, *said])
        for key in {(r.recipient_id, r.due_at.astimezone(NEW_YORK).date()) for r in waiting}:
            told = sum((r.recipient_id, r.due_at.astimezone(NEW_YORK).date()) == key for r in said)
            assert of_day[key] <= max(self._cap, told)
        assert all(r.due_at >= r.dose_due_at for r in waiting if not r.step.startswith("lead-"))
