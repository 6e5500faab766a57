"""What goes after a while, and what stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduler.actions.feed import issue_feed, rotate_feed
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.feed_rendering import refresh_feed
from scheduler.actions.recipient import remove_recipient
from scheduler.actions.retention import KeptFor, LetGo, let_go, may_go
from scheduler.errors import SettingsError
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.privacy import Privacy
from scheduler.reminders.planner import plan_everyone
from scheduler.store.channel_health import ChannelHealth
from scheduler.store.unit_of_work import Store
from tests.support.dispatching import DispatchedWard, ObedientChannel
from tests.support.one_patient import DEPOT, MORNING, add_patient
from tests.support.waiting_reminders import (
    NOON,
    add_patient_with_recipient,
    attempts,
    everything,
    planned,
    queue,
)
from tests.support.ward import remind

DAY = timedelta(days=1)
KEPT = KeptFor(reminders=100 * DAY, addresses=20 * DAY, calendars=40 * DAY)
NOTHING = LetGo(reminders=0, addresses=0, calendars=0, daemons=0)


@pytest.fixture
def told(store: Store) -> Store:
    """Two reminders were sent at noon; the dose of one may be open for ever."""
    add_patient_with_recipient(store)
    queue(store, planned(1, not_after=NOON + DAY), planned(2))
    DispatchedWard(store).dispatch({"smtp": ObedientChannel()})
    return store


def test_the_log_goes_when_it_was_kept_long_enough(told: Store) -> None:
    assert may_go(told, NOON + 100 * DAY, KEPT) == NOTHING
    late = NOON + 102 * DAY
    assert may_go(told, late, KEPT).reminders == 1
    assert let_go(told, late, KEPT).reminders == 1
    assert [record.dose_id for record in everything(told)] == ["lar#2"]
    assert [attempt.reminder.dose_id for attempt in attempts(told)] == ["lar#2"]


def test_to_look_deletes_nothing(told: Store) -> None:
    may_go(told, NOON + 500 * DAY, KEPT)
    assert len(everything(told)) == 2


def test_many_go_page_by_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.actions.retention._PAGE", 3)
    add_patient_with_recipient(store)
    queue(store, *(planned(number, not_after=NOON + DAY) for number in range(8)))
    DispatchedWard(store).dispatch({"smtp": ObedientChannel()})
    assert let_go(store, NOON + 200 * DAY, KEPT).reminders == 8


def test_a_dose_that_is_open_still_is_told_of_no_more_than_before(store: Store) -> None:
    patient = add_patient(store, DEPOT)
    remind(store, patient, MORNING)
    ward = DispatchedWard(store)
    channel = ObedientChannel()
    for day in range(0, 300, 10):
        ward.clock.now = MORNING + day * DAY
        plan_everyone(store, ward.clock.now)
        ward.dispatch({"smtp": channel})
    let_go(store, ward.clock.now, KEPT)
    said = len(channel.keys)
    plan_everyone(store, ward.clock.now)
    ward.dispatch({"smtp": channel})
    assert len(channel.keys) == said


def test_the_address_of_whoever_left_is_forgotten(store: Store, database_url: str) -> None:
    patient = add_patient(store)
    recipient = remind(store, patient, MORNING)
    remind(store, patient, MORNING, address="stays@example.org")
    remove_recipient(store, recipient.id, MORNING)
    late = MORNING + 21 * DAY
    assert may_go(store, MORNING + 19 * DAY, KEPT).addresses == 0
    assert let_go(store, late, KEPT).addresses == 1
    assert may_go(store, late, KEPT) == NOTHING
    with store.reading() as work:
        assert [r.address for r in work.recipients.of_all()] == ["stays@example.org"]


def test_a_calendar_whose_address_was_changed_answers_still_that_it_has_ended(store: Store) -> None:
    patient = add_patient(store)
    style = FeedStyle(privacy=Privacy.FULL)
    token = issue_feed(store, patient, MORNING, label="", style=style)
    refresh_feed(store, load_formulary(), token.key_id, MORNING)
    rotate_feed(store, token.key_id, MORNING, overlap=14 * DAY)
    assert let_go(store, MORNING + 53 * DAY, KEPT).calendars == 0
    assert let_go(store, MORNING + 55 * DAY, KEPT).calendars == 1
    lookup = store.feed_lookups().find([token.key_id])[token.key_id]
    assert lookup.revoked_at == MORNING + 14 * DAY


def test_a_daemon_of_long_ago_is_forgotten_with_its_channels(store: Store) -> None:
    health = ChannelHealth(channel="smtp", node="gone", state="open", failures=5, changed_at=NOON)
    with store.transaction() as work:
        work.nodes.start("gone", NOON)
        work.nodes.start("here", NOON + 20 * DAY)
        work.channel_health.put(health)
    assert let_go(store, NOON + 31 * DAY, KEPT).daemons == 1
    with store.reading() as work:
        assert [node.name for node in work.nodes.all()] == ["here"]
        assert work.channel_health.all() == []


def test_what_is_needed_cannot_be_let_go_of() -> None:
    with pytest.raises(SettingsError, match="needed for 60 days"):
        KeptFor(reminders=59 * DAY)
    with pytest.raises(SettingsError, match="needed for 30 days"):
        KeptFor(calendars=29 * DAY)
