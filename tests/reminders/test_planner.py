"""The reminder rows follow the plans, whatever people do to the plans."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import text

from scheduler.actions import record_dose
from scheduler.actions.recipient import remove_recipient
from scheduler.dosing.administration import Administration, AdministrationStatus
from scheduler.dosing.occurrence_id import GridId
from scheduler.dosing.product import Market
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.privacy import Privacy
from scheduler.reminders.planner import HORIZON, PAGE, PAGE_OF_ONE_WRITER, plan_everyone
from scheduler.reminders.stand_in import INSTEAD_OF
from scheduler.store.engine import make_engine
from scheduler.store.patients import PatientRecord
from scheduler.store.plans import Origin, Plans, StoredPlan
from scheduler.store.reminder_row import AttemptResult, ReminderPlan, ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.policies import tell_due_alone
from tests.support.waiting_reminders import claim, everything
from tests.support.ward import DEPOT, THRICE_DAILY, admit, remind

MORNING = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
"""06:00 in New York, an hour before the first dose of the day."""

THRICE = THRICE_DAILY.format(start="2026-12-01")
DEPOT_TODAY = DEPOT.format(start="2026-12-01")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PENDING, CANCELLED, SENT = ReminderState.PENDING, ReminderState.CANCELLED, ReminderState.SENT


def zoe(
    store: Store, body: str = THRICE, moment: datetime = MORNING, *, privacy: Privacy = Privacy.FULL
) -> str:
    """Zoe with ``body`` and a recipient who is told that a dose is due, and nothing else."""
    patient = admit(store, body, moment)
    tell_due_alone(store, patient, moment)
    remind(store, patient, moment, privacy=privacy)
    return patient


def states(store: Store) -> dict[str, str]:
    return {record.dose_id: record.state.value for record in everything(store)}


def due(store: Store, dose: str) -> datetime:
    return row(store, dose).due_at


def row(store: Store, dose: str) -> ReminderRecord:
    (record,) = [record for record in everything(store) if record.dose_id == dose]
    return record


def send_what_is_due(store: Store, moment: datetime) -> list[str]:
    """What a daemon would do, without the mail."""
    with store.transaction() as work:
        work.reminders.expire(moment)
    claimed = claim(store, moment=moment)
    with store.transaction() as work:
        for reminder in claimed:
            work.reminders.finish(reminder, AttemptResult(state=SENT, outcome="accepted"), moment)
    return [reminder.record.dose_id for reminder in claimed]


def test_doses_are_planned_up_to_the_horizon_and_no_further(store: Store) -> None:
    zoe(store)
    planned = [record.due_at for record in everything(store)]
    assert planned == sorted(planned)
    assert planned[0] == MORNING + HOUR
    assert planned[-1] == datetime(2026, 12, 2, 20, 0, tzinfo=UTC)
    assert datetime(2026, 12, 2, 23, 0, tzinfo=UTC) == MORNING + HORIZON


def test_planning_twice_changes_nothing(store: Store) -> None:
    zoe(store, THRICE + DEPOT_TODAY)
    before = everything(store)
    for _ in range(2):
        assert plan_everyone(store, MORNING) == 1
    assert everything(store) == before


def planned_after_months(store: Store, privacy: Privacy) -> StoredPlan:
    """What planning read of a patient of whom a month was recorded now and then."""
    patient = zoe(store, privacy=privacy)
    for day in (1, 2, 28, 29, 30):
        for slot in (1, 2, 3):
            dose = f"octreotide@2026-12-{day:02}/{slot}"
            record_dose.give(store, patient, dose, MORNING + 30 * DAY, at=None, site=None)
    later = MORNING + 30 * DAY
    plan_everyone(store, later)
    read: list[StoredPlan] = []
    with mock.patch.object(Plans, "load_recent", _noting(Plans.load_recent, read)):
        plan_everyone(store, later)
    (stored,) = read
    return stored


@pytest.mark.parametrize("privacy", [Privacy.DISCREET, Privacy.INITIALS])
def test_planning_reads_no_more_after_months_of_records(store: Store, privacy: Privacy) -> None:
    stored = planned_after_months(store, privacy)
    assert {str(entry.value.dose)[11:21] for entry in stored.administrations} <= {
        f"2026-12-{day}" for day in (27, 28, 29, 30)
    }
    assert str(stored.administrations[-1].value.dose) == "octreotide@2026-12-30/3"


def test_where_somebody_is_told_of_sites_it_reads_all_that_was_recorded(store: Store) -> None:
    assert len(planned_after_months(store, Privacy.FULL).administrations) == 15


def test_what_waits_is_taken_back_for_a_record_however_old_its_dose(store: Store) -> None:
    patient, later = zoe(store), MORNING + 10 * DAY
    plan_everyone(store, later)
    first, at = (
        GridId(regimen="octreotide", on=date(2026, 12, 1), slot=1),
        datetime.fromisoformat("2026-12-01T07:00"),
    )
    given = Administration(dose=first, status=AdministrationStatus.GIVEN, at=at, site=None, reason="")
    with store.transaction() as work:
        work.plans.add(patient, given, Origin.RECORDED, later)
    assert states(store)[str(first)] == PENDING
    plan_everyone(store, later)
    assert states(store)[str(first)] == CANCELLED


def _noting(load: Callable[..., list[StoredPlan]], read: list[StoredPlan]) -> Callable[..., list[StoredPlan]]:
    def noting(*args: Any) -> list[StoredPlan]:
        found = load(*args)
        read.extend(found)
        return found

    return noting


def test_planning_goes_on_where_it_stopped(store: Store) -> None:
    zoe(store)
    plan_everyone(store, MORNING + 4 * HOUR)
    assert "octreotide@2026-12-02/3" not in states(store)
    plan_everyone(store, MORNING + 18 * HOUR)
    assert {"octreotide@2026-12-02/3", "octreotide@2026-12-03/1"} <= set(states(store))


def test_a_patient_whom_nobody_reminds_costs_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    admit(store, THRICE, MORNING)
    admit(store, DEPOT_TODAY, MORNING, patient_id="p-2", name="Sam Ortiz")

    def no_plan_is_read(self: Plans, records: list[PatientRecord], *_: object) -> list[StoredPlan]:
        assert records == []
        return []

    for name in ("load_many", "load_recent"):
        monkeypatch.setattr(Plans, name, no_plan_is_read)
    assert plan_everyone(store, MORNING) == 2
    assert everything(store) == []


def test_a_dose_that_came_due_while_no_daemon_ran_is_sent_late_or_explained(store: Store) -> None:
    zoe(store, THRICE + DEPOT.format(start="2026-12-03"))
    later = datetime(2026, 12, 5, 17, 0, tzinfo=UTC)  # noon on the fifth day; planned until the second
    plan_everyone(store, later)
    sent = send_what_is_due(store, later)
    assert sent == ["lar#1", "octreotide@2026-12-05/1"]
    told = states(store)
    for day, slot in [(1, 3), (2, 1), (2, 3), (3, 1), (3, 2), (4, 1), (4, 3)]:
        dose = f"octreotide@2026-12-0{day}/{slot}"
        assert told[dose] == "expired"
        assert row(store, dose).last_error == "not sent while it was useful"


def test_recording_a_dose_takes_its_reminder_back_in_the_same_transaction(store: Store) -> None:
    patient = zoe(store)
    record_dose.give(store, patient, "octreotide@2026-12-01/1", MORNING + HOUR / 2, at=None, site=None)
    assert states(store)["octreotide@2026-12-01/1"] == "cancelled"
    assert list(states(store).values()).count("pending") == 4


def test_a_dose_not_given_is_not_reminded_of(store: Store) -> None:
    patient = zoe(store)
    record_dose.skip(store, patient, "octreotide@2026-12-01/1", MORNING, at=None, reason="vomiting")
    assert states(store)["octreotide@2026-12-01/1"] == "cancelled"


def test_undoing_a_record_queues_the_reminder_again_though_its_time_has_passed(store: Store) -> None:
    patient, dose = zoe(store), "octreotide@2026-12-01/1"
    record_dose.give(store, patient, dose, MORNING, at=None, site=None)
    record_dose.undo(store, patient, dose, MORNING + 3 * HOUR)
    assert states(store)[dose] == "pending"
    assert send_what_is_due(store, MORNING + 3 * HOUR) == [dose]


def test_undoing_a_record_of_long_ago_queues_the_reminder_again(store: Store) -> None:
    patient = zoe(store, DEPOT.format(start="2026-12-01"))
    record_dose.give(store, patient, "lar#1", MORNING, at=None, site=None)
    record_dose.undo(store, patient, "lar#1", MORNING + 6 * DAY)
    assert send_what_is_due(store, MORNING + 6 * DAY) == ["lar#1"]


def test_undoing_does_not_say_again_what_was_said(store: Store) -> None:
    patient = zoe(store, DEPOT.format(start="2026-12-01"))
    assert send_what_is_due(store, MORNING + 4 * HOUR) == ["lar#1"]
    record_dose.give(store, patient, "lar#1", MORNING + 5 * HOUR, at=None, site=None)
    record_dose.undo(store, patient, "lar#1", MORNING + 6 * HOUR)
    assert states(store) == {"lar#1": "sent"}


def test_a_depot_that_a_late_record_puts_into_the_past_is_reminded_of(store: Store) -> None:
    patient = zoe(store, DEPOT.format(start="2026-12-01"))
    now = datetime(2026, 12, 27, 15, 0, tzinfo=UTC)
    plan_everyone(store, now)
    send_what_is_due(store, now)
    assert "lar#2" not in states(store)
    early = datetime(2026, 11, 28, 10, 0)  # noqa: DTZ001
    record_dose.give(store, patient, "lar#1", now, at=early, site=None)
    assert due(store, "lar#2") == datetime(2026, 12, 26, 15, 0, tzinfo=UTC)
    assert send_what_is_due(store, now) == ["lar#2"]


def test_moving_a_dose_moves_its_reminder(store: Store) -> None:
    patient, dose = zoe(store), "octreotide@2026-12-01/2"
    to = datetime(2026, 12, 1, 16, 30)  # noqa: DTZ001
    record_dose.move(store, patient, dose, MORNING, to=to, reason="visitors")
    assert due(store, dose) == datetime(2026, 12, 1, 21, 30, tzinfo=UTC)
    assert row(store, dose).wall_due == to


def test_a_dose_moved_past_the_horizon_waits_until_the_horizon_reaches_it(store: Store) -> None:
    patient = zoe(store, DEPOT_TODAY)
    record_dose.move(store, patient, "lar#1", MORNING, to=datetime(2026, 12, 9, 10), reason="x")  # noqa: DTZ001
    assert states(store) == {"lar#1": "cancelled"}
    plan_everyone(store, MORNING + 7 * DAY)
    assert states(store) == {"lar#1": "pending"}
    assert due(store, "lar#1") == datetime(2026, 12, 9, 15, 0, tzinfo=UTC)


def test_a_dose_moved_to_a_moment_ago_is_said_at_once(store: Store) -> None:
    patient, dose, now = zoe(store), "octreotide@2026-12-01/2", MORNING + HOUR / 2
    record_dose.move(store, patient, dose, now, to=datetime(2026, 12, 1, 6, 29), reason="x")  # noqa: DTZ001
    assert send_what_is_due(store, now) == [dose]


def test_a_sent_reminder_whose_dose_is_moved_later_is_sent_again(store: Store) -> None:
    patient = zoe(store, DEPOT_TODAY)
    assert send_what_is_due(store, MORNING + 4 * HOUR) == ["lar#1"]
    to = datetime(2026, 12, 2, 10, 0)  # noqa: DTZ001
    record_dose.move(store, patient, "lar#1", MORNING + 5 * HOUR, to=to, reason="nurse ill")
    assert states(store) == {"lar#1": "pending"}
    assert send_what_is_due(store, MORNING + 27 * HOUR) == []
    assert send_what_is_due(store, MORNING + 28 * HOUR) == ["lar#1"]
    plan_everyone(store, MORNING + 29 * HOUR)
    assert states(store) == {"lar#1": "sent"}


def test_a_dose_moved_while_it_is_being_sent_is_sent_again_at_its_new_time(store: Store) -> None:
    patient = zoe(store, DEPOT_TODAY)
    (claimed,) = claim(store, moment=MORNING + 4 * HOUR)
    to = datetime(2026, 12, 1, 18, 0)  # noqa: DTZ001
    record_dose.move(store, patient, "lar#1", MORNING + 4 * HOUR, to=to, reason="nurse late")
    with store.transaction() as work:
        work.reminders.finish(claimed, AttemptResult(state=SENT, outcome="accepted"), MORNING + 4 * HOUR)
    plan_everyone(store, MORNING + 4 * HOUR)
    assert due(store, "lar#1") == datetime(2026, 12, 1, 23, 0, tzinfo=UTC)
    assert states(store) == {"lar#1": "pending"}


def test_holding_by_import_takes_reminders_back_and_lifting_the_hold_brings_them_back(store: Store) -> None:
    patient = zoe(store)
    hold = '\n[[hold]]\nregimen = "octreotide"\nfrom = 2026-12-01\nuntil = 2026-12-01\nreason = "surgery"\n'
    admit(store, THRICE + hold, MORNING, patient_id=patient)
    assert [s for dose, s in states(store).items() if "12-01" in dose] == ["cancelled"] * 3
    assert [s for dose, s in states(store).items() if "12-02" in dose] == ["pending"] * 2
    admit(store, THRICE, MORNING + 2 * HOUR, patient_id=patient)
    assert set(states(store).values()) == {"pending"}
    assert send_what_is_due(store, MORNING + 2 * HOUR) == ["octreotide@2026-12-01/1"]


def test_amending_by_import_moves_what_waits(store: Store) -> None:
    patient = zoe(store)
    admit(store, THRICE.replace("15:00", "14:00"), MORNING, patient_id=patient)
    assert due(store, "octreotide@2026-12-01/2") == datetime(2026, 12, 1, 19, 0, tzinfo=UTC)
    admit(store, THRICE.replace("100 ug", "200 ug"), MORNING, patient_id=patient)
    assert "200 micrograms" in row(store, "octreotide@2026-12-01/2").policy["title"]


def test_what_the_label_says_about_a_late_dose_goes_along_at_full_privacy_alone(store: Store) -> None:
    late = str(load_formulary().find("octreotide-sc", Market.US).late)
    zoe(store)
    assert row(store, "octreotide@2026-12-01/2").policy["late"] == late
    discreet = admit(store, THRICE, MORNING, patient_id="other", name="Other Person")
    remind(store, discreet, MORNING)
    told = [record.policy for record in everything(store) if record.patient_id == discreet]
    assert told
    assert all("late" not in policy for policy in told)


def test_a_reminder_in_back_off_is_left_alone_by_planning(store: Store) -> None:
    zoe(store, THRICE + DEPOT_TODAY)
    moment = MORNING + 4 * HOUR
    retry_at = moment + timedelta(minutes=5)
    with store.transaction() as work:
        for claimed in work.reminders.claim("ward@1", moment, moment + HOUR, 10):
            later = AttemptResult(state=PENDING, outcome="retry later", retry_at=retry_at)
            work.reminders.finish(claimed, later, moment)
    for minutes in (1, 2, 4):
        plan_everyone(store, moment + timedelta(minutes=minutes))
        assert states(store)["lar#1"] == "pending"
        assert due(store, "lar#1") == retry_at
    assert set(claim_ids(store, retry_at)) == {"lar#1", "octreotide@2026-12-01/1"}


def claim_ids(store: Store, moment: datetime) -> list[str]:
    return [claimed.record.dose_id for claimed in claim(store, moment=moment)]


def test_a_reminder_whose_use_ran_out_in_back_off_expires_and_is_not_cancelled(store: Store) -> None:
    zoe(store)
    moment = MORNING + HOUR
    (claimed,) = claim(store, moment=moment)
    later = AttemptResult(state=PENDING, outcome="retry later", detail="451", retry_at=moment + 7 * HOUR)
    with store.transaction() as work:
        work.reminders.finish(claimed, later, moment)
    plan_everyone(store, moment + 9 * HOUR)
    send_what_is_due(store, moment + 9 * HOUR)
    assert row(store, "octreotide@2026-12-01/1").state is ReminderState.EXPIRED
    assert row(store, "octreotide@2026-12-01/1").last_error == "451"


def test_nobody_is_reminded_of_doses_from_before_they_were_added(store: Store) -> None:
    patient = admit(store, THRICE + DEPOT_TODAY, MORNING)
    later = MORNING + 5 * DAY  # no daemon ran: planning stopped on the second day
    remind(store, patient, later)
    plan_everyone(store, later)
    assert min(record.due_at for record in everything(store)) > later


def test_a_second_recipient_gets_what_is_still_to_come(store: Store) -> None:
    patient = zoe(store)
    other = remind(store, patient, MORNING + 2 * HOUR, address="carer@example.org")
    theirs = [record.dose_id for record in everything(store) if record.recipient_id == other.id]
    assert theirs[0] == "octreotide@2026-12-01/2"


def test_a_removed_recipient_is_told_nothing_more(store: Store) -> None:
    patient = zoe(store)
    other = remind(store, patient, MORNING, address="carer@example.org")
    remove_recipient(store, other.id, MORNING)
    plan_everyone(store, MORNING)
    assert {r.state for r in everything(store) if r.recipient_id == other.id} == {CANCELLED}
    assert {r.state for r in everything(store) if r.recipient_id != other.id} == {PENDING}


@pytest.mark.parametrize(
    ("wall", "day", "at"),
    [
        # 02:30 does not exist on 14 March 2027 in New York.
        ("02:30", "2027-03-14", datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
        ("02:30", "2027-03-15", datetime(2027, 3, 15, 6, 30, tzinfo=UTC)),
        # 01:30 exists twice on 7 November: the first counts.
        ("01:30", "2027-11-07", datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
        ("01:30", "2027-11-08", datetime(2027, 11, 8, 6, 30, tzinfo=UTC)),
    ],
)
def test_clocks_that_change_move_the_instant_and_neither_lose_nor_double_a_dose(
    store: Store, wall: str, day: str, at: datetime
) -> None:
    moment = at - 12 * HOUR
    zoe(store, THRICE.replace('["07:00", "15:00", "23:00"]', f'["{wall}"]'), moment)
    dose = f"octreotide@{day}/1"
    assert due(store, dose) == at
    plan_everyone(store, moment + HOUR)
    assert due(store, dose) == at
    assert [send_what_is_due(store, at - HOUR), send_what_is_due(store, at)] == [[], [dose]]
    assert dose not in send_what_is_due(store, at + HOUR)


def test_a_patient_who_moves_house_is_reminded_by_the_new_clock(store: Store) -> None:
    patient = zoe(store)
    admit(store, THRICE, MORNING, patient_id=patient, zone="America/Los_Angeles")
    assert due(store, "octreotide@2026-12-01/1") == MORNING + 4 * HOUR
    assert row(store, "octreotide@2026-12-01/1").zone == "America/Los_Angeles"


def test_a_plan_that_cannot_be_read_silences_nobody_else(store: Store, database_url: str) -> None:
    for number in range(5):
        patient = admit(store, THRICE, MORNING, patient_id=f"p-{number}", name=f"Patient {number}")
        remind(store, patient, MORNING)
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE regimen_version SET document = '{' WHERE patient_id = 'p-1'"))
        connection.execute(text("UPDATE patient SET document = '{' WHERE id = 'p-3'"))
        connection.execute(text("DELETE FROM reminder"))
    engine.dispose()
    plan_everyone(store, MORNING)
    assert {record.patient_id for record in everything(store)} == {"p-0", "p-2", "p-4"}


def test_every_page_of_patients_is_planned(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for page in ("PAGE", "PAGE_OF_ONE_WRITER"):
        monkeypatch.setattr(f"scheduler.reminders.planner.{page}", 2)
    for number in range(5):
        remind(store, admit(store, THRICE, MORNING, patient_id=f"p-{number}", name=f"P {number}"), MORNING)
    assert plan_everyone(store, MORNING + DAY) == 5
    late = [r for r in everything(store) if r.due_at > MORNING + HORIZON]
    assert {record.patient_id for record in late} == {f"p-{number}" for number in range(5)}


@pytest.mark.parametrize(
    "change",
    [
        lambda store, patient: record_dose.give(
            store, patient, "octreotide@2026-12-01/1", MORNING, at=None, site=None
        ),
        lambda store, patient: record_dose.move(
            store,
            patient,
            "octreotide@2026-12-01/1",
            MORNING,
            to=datetime(2026, 12, 1, 9),  # noqa: DTZ001
            reason="",
        ),
        lambda store, patient: admit(store, THRICE.replace("07:00", "08:00"), MORNING, patient_id=patient),
    ],
    ids=["recording", "moving", "amending"],
)
def test_a_change_and_its_reminders_happen_together_or_not_at_all(
    store: Store, monkeypatch: pytest.MonkeyPatch, change: Callable[[Store, str], object]
) -> None:
    patient = zoe(store)
    with store.reading() as work:
        revision = work.patients.get(patient).revision
    before = everything(store)

    def fail(*arguments: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("scheduler.store.reminder_plans.ReminderPlans.set_planned_until", fail)
    with pytest.raises(RuntimeError, match="the power went"):
        change(store, patient)
    with store.reading() as work:
        assert work.patients.get(patient).revision == revision
        assert work.plans.load(work.patients.get(patient)).administrations == ()
    assert everything(store) == before


def test_one_that_stands_in_for_another_contact_point_stands_as_long_as_that_is_called_for(
    store: Store,
) -> None:
    patient, late = zoe(store), MORNING + HOUR + timedelta(minutes=5)
    dose = "octreotide@2026-12-01/1"
    first = row(store, dose)
    other = remind(store, patient, late, address="other@example.org").id
    stand_in = ReminderPlan(
        patient_id=patient,
        dose_id=dose,
        step=first.step,
        recipient_id=other,
        channel=first.channel,
        shard=0,
        due_at=late,
        dose_due_at=first.dose_due_at,
        not_after=first.not_after,
        wall_due=first.wall_due,
        zone=first.zone,
        policy={"privacy": "discreet", INSTEAD_OF: first.recipient_id},
    )
    with store.transaction() as work:
        work.reminder_plans.add([stand_in], late)
    plan_everyone(store, late)
    assert state_of(store, dose, other) is PENDING
    record_dose.give(store, patient, dose, late, at=None, site=None)
    assert state_of(store, dose, other) is CANCELLED


def state_of(store: Store, dose: str, recipient: str) -> ReminderState:
    (found,) = [r for r in everything(store) if (r.dose_id, r.recipient_id) == (dose, recipient)]
    return found.state


class TestPasses:
    """Whoever changes a plan plans at once, so a pass has to look after the passing of time alone."""

    def test_one_with_a_limit_leaves_alone_who_is_planned_beyond_it(self, store: Store) -> None:
        zoe(store)
        before = everything(store)
        assert plan_everyone(store, MORNING + HOUR, short_of=MORNING + HORIZON) == 0
        assert everything(store) == before

    def test_one_with_a_limit_plans_on_for_who_is_not(self, store: Store) -> None:
        zoe(store)
        later = MORNING + 12 * HOUR
        assert plan_everyone(store, later, short_of=later + HORIZON - HOUR) == 1
        assert max(record.due_at for record in everything(store)) > MORNING + HORIZON

    def test_it_ends_between_two_pages_when_it_is_asked_to(self, store: Store) -> None:
        page = PAGE if store.file is None else PAGE_OF_ONE_WRITER
        for number in range(page + 1):
            admit(store, DEPOT_TODAY, MORNING, patient_id=f"p-{number}")
        rests: list[float] = []

        def stop(seconds: float) -> bool:
            rests.append(seconds)
            return True

        assert plan_everyone(store, MORNING, rest=stop) == page
        assert len(rests) == 1
        assert rests[0] > 0
