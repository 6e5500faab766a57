"""Which messages end with a link, and by which keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.actions.link_key import list_link_keys, rotate_link_key
from scheduler.reminders.answer_links import AnswerLinks
from scheduler.reminders.daemon import Daemon
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.message import Message
from scheduler.store.unit_of_work import Store
from tests.support.answer_world import AT_SEVEN, World, path_in
from tests.support.dispatching import ObedientChannel, StandingClock, finish

PLAIN = Message(subject="Reminder", text="Reminder: your 07:00 is due.")


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    made.plan(AT_SEVEN)
    made.send_what_is_due()
    with made.browser:
        yield made


def test_without_keys_a_message_stays_as_it_is(world: World) -> None:
    assert AnswerLinks("https://doses.example").under(PLAIN, [world.rows()["due"]]) is PLAIN


@pytest.mark.parametrize("step", ["escalate", "lead-food"])
def test_what_asks_for_no_dose_has_no_link(world: World, step: str) -> None:
    assert world.links.under(PLAIN, [replace(world.rows()["due"], step=step)]) is PLAIN


@pytest.mark.parametrize("step", ["due", "follow-1", "missed", "snooze-1", "asked-1"])
def test_what_tells_of_a_dose_has_one(world: World, step: str) -> None:
    text = world.links.under(PLAIN, [replace(world.rows()["due"], step=step)]).text
    assert text.startswith(f"{PLAIN.text}\nhttps://doses.example/answer/")


def test_a_dose_that_is_told_twice_in_one_message_has_a_link_of_its_own(world: World) -> None:
    both = world.say(world.rows()["due"], world.rows()["follow-1"])
    assert "<h1>Your 07:00</h1>" in world.get(path_in(both)).text


def test_the_first_daemon_makes_a_key_and_the_next_one_takes_it(world: World) -> None:
    (key,) = list_link_keys(world.store, world.moment)
    other = AnswerLinks("https://doses.example")
    other.renew(world.store, world.moment)
    records = [world.rows()["due"]]
    assert other.under(PLAIN, records) == world.links.under(PLAIN, records)
    assert list_link_keys(world.store, world.moment) == [key]


def test_links_of_the_key_before_go_on_until_they_are_too_old(world: World) -> None:
    path = f"/answer/{world.token_for()}"
    rotate_link_key(world.store, world.moment, ends_others=False)
    old, new = list_link_keys(world.store, world.moment)
    assert old.ends_at == world.moment + timedelta(days=37)
    assert new.ends_at is None
    assert world.get(path).status_code == 200
    world.moment += timedelta(days=29)
    assert world.get(path).status_code == 200
    world.moment += timedelta(days=1)
    expired = world.get(path)
    assert (expired.status_code, "This link is too old" in expired.text) == (410, True)
    world.moment += timedelta(days=8)
    assert world.get(path).status_code == 404
    assert list_link_keys(world.store, world.moment) == [new]


def test_links_sent_before_can_be_ended_at_once(world: World) -> None:
    path = f"/answer/{world.token_for()}"
    rotate_link_key(world.store, world.moment, ends_others=True)
    answer = world.press(path, "given")
    assert answer.status_code == 404
    assert "it has been switched off" in answer.text
    assert world.recorded() is None
    world.links.renew(world.store, world.moment)
    assert (
        world.get(world.say(world.rows()["due"]).text.partition("https://doses.example")[2]).status_code
        == 200
    )


def test_a_second_rotation_does_not_keep_an_older_key_longer(world: World) -> None:
    rotate_link_key(world.store, world.moment, ends_others=False)
    rotate_link_key(world.store, world.moment + timedelta(days=10), ends_others=False)
    ends = [key.ends_at for key in list_link_keys(world.store, world.moment + timedelta(days=10))]
    assert ends == [world.moment + timedelta(days=37), world.moment + timedelta(days=47), None]


def test_a_forged_link_asks_the_database_for_no_reminder(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def must_not_be_called(*_: object) -> None:
        raise AssertionError("a forged link was looked up")

    text = world.token_for()
    monkeypatch.setattr("scheduler.store.reminder_log.ReminderLog.find", must_not_be_called)
    assert world.get(f"/answer/{'A' * 20}.{'A' * 43}").status_code == 404
    assert world.get(f"/answer/{text[:-2]}AA").status_code == 404


def test_a_link_of_a_row_that_was_counted_anew_for_somebody_else_does_not_work(world: World) -> None:
    path = f"/answer/{world.token_for()}"
    from sqlalchemy import text

    with world.store.transaction() as work:
        connection = work._connection
        connection.execute(
            text("UPDATE reminder SET dose_id = 'octreotide@2026-12-01/9' WHERE id = :id"),
            {"id": world.rows()["due"].id},
        )
    assert world.get(path).status_code == 404


def test_what_a_dispatcher_sends_ends_with_a_link(store: Store) -> None:
    world, channel, clock = World(store), ObedientChannel(), StandingClock()
    world.plan(AT_SEVEN)
    clock.now = AT_SEVEN
    channels = {"smtp": channel}
    dispatcher = Dispatcher(store, channels, clock.trusted(), "ward@1", 4, links=world.links)
    finish(dispatcher)
    dispatcher.close()
    (text,) = channel.texts
    with world.browser:
        assert world.get(path_in(Message(subject="", text=text))).status_code == 200


def test_a_daemon_has_a_key_before_it_sends_anything(world: World) -> None:
    links = AnswerLinks("https://doses.example")
    Daemon(world.store, {}, lambda: world.moment, "ward", 2, links=links)
    assert "/answer/" in links.under(PLAIN, [world.rows()["due"]]).text
