"""The rows of the digests follow what is chosen, whatever is chosen and whoever is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from scheduler.actions.caseload import create_caseload, remove_caseload
from scheduler.actions.caseload_contact import add_contact, remove_contact
from scheduler.ical.privacy import Privacy
from scheduler.reminders.digest_planner import plan_every_digest
from scheduler.reminders.planner import HORIZON
from scheduler.store.engine import make_engine
from scheduler.store.reminder_row import AttemptResult, ReminderRecord, ReminderState
from scheduler.store.unit_of_work import Store
from tests.support.digests import EVE, NEW_YORK, SEVEN, WARD, choose_digest, make_caseload, reach
from tests.support.waiting_reminders import claim, everything

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
PENDING, CANCELLED, SENT = ReminderState.PENDING, ReminderState.CANCELLED, ReminderState.SENT


@pytest.fixture
def ward(store: Store) -> Store:
    """A caseload whose digest goes to one contact point from 17:00 on the day before."""
    make_caseload(store)
    reach(store)
    return store


def states(store: Store) -> dict[str, str]:
    return {record.dose_id: record.state.value for record in everything(store)}


def row(store: Store, digest: str = "digest@2026-12-02") -> ReminderRecord:
    (record,) = [record for record in everything(store) if record.dose_id == digest]
    return record


def send_what_is_due(store: Store, moment: datetime) -> list[str]:
    with store.transaction() as work:
        work.reminders.expire(moment)
    claimed = claim(store, moment=moment)
    with store.transaction() as work:
        for reminder in claimed:
            work.reminders.finish(reminder, AttemptResult(state=SENT, outcome="accepted"), moment)
    return [reminder.record.dose_id for reminder in claimed]


def test_a_digest_is_planned_up_to_the_horizon_with_all_that_it_needs(ward: Store) -> None:
    planned = row(ward)
    assert (planned.patient_id, planned.caseload_id, planned.step) == (None, WARD, "digest")
    assert (planned.due_at, planned.dose_due_at, planned.not_after) == (SEVEN, SEVEN, SEVEN + DAY)
    assert (planned.wall_due.isoformat(), planned.zone) == ("2026-12-02T07:00:00", "America/New_York")
    assert planned.policy == {"privacy": "discreet", "empty": "tell", "leads": "prepare"}
    assert states(ward) == {"digest@2026-12-02": "pending"}
    plan_every_digest(ward, SEVEN + DAY - HORIZON + MINUTE)
    assert states(ward) == {"digest@2026-12-02": "pending", "digest@2026-12-03": "pending"}


def test_planning_twice_changes_nothing(ward: Store) -> None:
    before = everything(ward)
    assert [plan_every_digest(ward, EVE), plan_every_digest(ward, EVE)] == [1, 1]
    assert everything(ward) == before


def test_who_is_added_later_gets_no_digest_of_before(ward: Store) -> None:
    reach(ward, "late@example.org", SEVEN + MINUTE)
    told = {(record.dose_id, record.recipient_id) for record in everything(ward)}
    assert [dose for dose, _ in sorted(told)] == [
        "digest@2026-12-02",
        "digest@2026-12-03",
        "digest@2026-12-03",
    ]


def test_who_is_added_after_an_outage_is_not_told_of_it(ward: Store) -> None:
    late = reach(ward, "late@example.org", SEVEN + 2 * DAY + HOUR)
    told = {record.dose_id for record in everything(ward) if record.recipient_id == late.id}
    assert told == {"digest@2026-12-05"}


def test_the_time_the_zone_the_days_and_the_words_follow_what_is_chosen_at_once(ward: Store) -> None:
    choose_digest(ward, EVE, at="06:30", zone="Europe/Paris", when_empty="silent", leads=["order=7"])
    moved = row(ward)
    assert moved.due_at == datetime(2026, 12, 2, 5, 30, tzinfo=UTC)
    assert (moved.wall_due.isoformat(), moved.zone) == ("2026-12-02T06:30:00", "Europe/Paris")
    assert moved.policy == {"privacy": "discreet", "empty": "silent", "leads": "order=7"}
    choose_digest(ward, EVE, days=["thu"])
    assert row(ward).state is CANCELLED
    assert row(ward, "digest@2026-12-03").due_at == datetime(2026, 12, 3, 5, 30, tzinfo=UTC)


def test_a_digest_put_to_an_earlier_time_that_is_over_is_still_told(ward: Store) -> None:
    choose_digest(ward, SEVEN - 15 * MINUTE, at="06:30")
    assert (row(ward).state, row(ward).due_at) == (PENDING, SEVEN - 30 * MINUTE)
    assert send_what_is_due(ward, SEVEN - 15 * MINUTE) == ["digest@2026-12-02"]


def test_one_that_was_told_is_told_again_where_its_time_is_put_later_and_not_where_it_is_put_earlier(
    ward: Store,
) -> None:
    assert send_what_is_due(ward, SEVEN) == ["digest@2026-12-02"]
    choose_digest(ward, SEVEN + HOUR, at="06:00")
    assert row(ward).state is SENT
    choose_digest(ward, SEVEN + HOUR, at="09:00")
    assert (row(ward).state, row(ward).due_at) == (PENDING, SEVEN + 2 * HOUR)


def test_off_takes_back_what_waits_and_on_plans_it_again(ward: Store) -> None:
    choose_digest(ward, EVE, is_on=False)
    assert states(ward) == {"digest@2026-12-02": "cancelled"}
    plan_every_digest(ward, EVE + MINUTE)
    assert states(ward) == {"digest@2026-12-02": "cancelled"}
    choose_digest(ward, EVE + HOUR, is_on=True)
    assert states(ward) == {"digest@2026-12-02": "pending"}


def test_what_was_off_for_a_week_is_not_made_up_for(ward: Store) -> None:
    choose_digest(ward, EVE, is_on=False)
    choose_digest(ward, SEVEN + 7 * DAY + HOUR, is_on=True)
    assert states(ward) == {"digest@2026-12-02": "cancelled", "digest@2026-12-10": "pending"}


def test_what_came_due_in_an_outage_is_planned_and_only_the_latest_is_sent(ward: Store) -> None:
    back = SEVEN + 3 * DAY + HOUR
    plan_every_digest(ward, back)
    assert send_what_is_due(ward, back) == ["digest@2026-12-05"]
    ended = {record.dose_id: (record.state.value, record.last_error) for record in everything(ward)}
    why = "not sent while it was useful"
    assert {day: ended[f"digest@2026-12-0{day}"] for day in (2, 3, 4)} == dict.fromkeys(
        (2, 3, 4), ("expired", why)
    )


def test_a_choice_made_after_an_outage_does_not_hide_what_came_due_by_the_one_before(ward: Store) -> None:
    choose_digest(ward, SEVEN + 2 * DAY + HOUR, at="06:00")
    assert {"digest@2026-12-03", "digest@2026-12-04"} <= states(ward).keys()


def test_who_is_removed_is_told_nothing_more(ward: Store) -> None:
    other = reach(ward, "other@example.org")
    remove_contact(ward, WARD, other.id, EVE)
    plan_every_digest(ward, EVE + MINUTE)
    assert {record.state for record in everything(ward) if record.recipient_id == other.id} == {CANCELLED}
    assert {record.state for record in everything(ward) if record.recipient_id != other.id} == {PENDING}


def test_a_stand_in_has_no_row_of_its_own(ward: Store) -> None:
    stand_in = reach(ward, "ward@example.org", stands_in=True)
    plan_every_digest(ward, EVE + MINUTE)
    assert stand_in.id not in {record.recipient_id for record in everything(ward)}


def test_a_removed_caseload_takes_its_digests_and_attempts_along(ward: Store, database_url: str) -> None:
    claim(ward, moment=SEVEN)
    remove_caseload(ward, WARD)
    assert everything(ward) == []
    assert plan_every_digest(ward, SEVEN) == 0
    engine = make_engine(database_url)
    with engine.connect() as connection:
        for table in ("attempt", "recipient", "digest"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    engine.dispose()


def test_one_choice_that_cannot_be_read_silences_no_other_caseload(ward: Store, database_url: str) -> None:
    create_caseload(ward, "night", "Night shift", NEW_YORK, EVE)
    add_contact(
        ward, "night", EVE, channel="smtp", address="n@example.org", privacy=Privacy.DISCREET, by_hand="asked"
    )
    choose_digest(ward, EVE, at="06:00")
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("""UPDATE digest SET document = '{"at": "soon"}'"""))
    engine.dispose()
    plan_every_digest(ward, EVE + DAY)
    planned = {(record.caseload_id, record.dose_id) for record in everything(ward)}
    assert ("night", "digest@2026-12-03") in planned
    assert (WARD, "digest@2026-12-03") not in planned


def test_a_row_is_of_a_patient_or_of_a_caseload_and_never_of_both_or_of_neither(
    ward: Store, database_url: str
) -> None:
    engine = make_engine(database_url)
    for table in ("recipient", "reminder"):
        with pytest.raises(Exception, match=r"(?i)check"), engine.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET caseload_id = NULL"))
    engine.dispose()
