"""A code may come to a stranger: one click ends it, tells nothing of anybody, and stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from scheduler.actions.contact_problem import contact_problem
from scheduler.actions.recipient import add_recipient, get_recipient
from scheduler.actions.verification import issue_code, send_code, verify_by_code, verify_by_hand
from scheduler.errors import RefusedError
from scheduler.ical.privacy import Privacy
from scheduler.reminders.message import Message
from scheduler.store.recipients import RecipientRecord
from scheduler.store.unit_of_work import Store
from tests.support.answer_world import World, reminded_at_seven, way_out_of
from tests.support.remembering_channel import RememberingChannel
from tests.support.waiting_reminders import everything

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
TELLING = re.compile("octreotide|dose|reminder|zoe|plan|push|example.org", re.IGNORECASE)
HOUR = timedelta(hours=1)


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    with reminded_at_seven(store) as made:
        yield made


@pytest.fixture
def stranger(world: World) -> RecipientRecord:
    """An address with a slip of the pen in it, where nobody verified anything."""
    return add_recipient(
        world.store,
        world.patient,
        world.moment,
        channel="smtp",
        address="zoo@example.org",
        privacy=Privacy.DISCREET,
    )


def code_sent(world: World, recipient_id: str) -> Message:
    channel = RememberingChannel()
    issued = issue_code(world.store, recipient_id, world.moment, lambda: "123456")
    send_code(issued, channel, world.links.to_unsubscribe)
    (message,) = channel.messages
    return message


def test_a_code_by_mail_says_in_its_head_how_it_is_the_last(world: World, stranger: RecipientRecord) -> None:
    message = code_sent(world, stranger.id)
    assert way_out_of(message).startswith("/unsubscribe/")
    assert "unsubscribe" not in message.text


def test_no_other_channel_has_it(world: World) -> None:
    topic, privacy = "zoe-topic-0123456789", Privacy.DISCREET
    pushed = add_recipient(
        world.store, world.patient, world.moment, channel="ntfy", address=topic, privacy=privacy
    )
    assert code_sent(world, pushed.id).unsubscribe_url is None


def test_the_page_tells_a_stranger_nothing(world: World, stranger: RecipientRecord) -> None:
    path = way_out_of(code_sent(world, stranger.id))
    for answer in (world.get(path), world.browser.post(path, data=ONE_CLICK)):
        assert answer.status_code == 200
        words = re.sub(r"<(style|title)>.*?</\1>|<[^>]*>", " ", answer.text, flags=re.DOTALL)
        assert TELLING.search(words) is None


def test_after_one_click_no_code_goes_there_again(world: World, stranger: RecipientRecord) -> None:
    world.browser.post(way_out_of(code_sent(world, stranger.id)), data=ONE_CLICK)
    world.moment += HOUR
    with pytest.raises(RefusedError, match="wants no more"):
        code_sent(world, stranger.id)
    problem = contact_problem(get_recipient(world.store, stranger.id))
    assert problem is not None
    assert problem.startswith("was unsubscribed")


def test_nobody_else_hears_of_it(world: World, stranger: RecipientRecord) -> None:
    before = everything(world.store)
    world.browser.post(way_out_of(code_sent(world, stranger.id)), data=ONE_CLICK)
    assert everything(world.store) == before


def test_whoever_says_the_code_all_the_same_is_its_owner(world: World, stranger: RecipientRecord) -> None:
    world.browser.post(way_out_of(code_sent(world, stranger.id)), data=ONE_CLICK)
    verify_by_code(world.store, stranger.id, "123456", world.moment)
    assert get_recipient(world.store, stranger.id).is_told


def test_somebody_may_answer_for_it_and_later_a_code_goes_there_again(
    world: World, stranger: RecipientRecord
) -> None:
    world.browser.post(way_out_of(code_sent(world, stranger.id)), data=ONE_CLICK)
    verify_by_hand(world.store, stranger.id, "she showed me her phone", world.moment)
    assert code_sent(world, stranger.id)


def test_who_ended_reminders_gets_one_code_more_and_may_end_these_too(world: World) -> None:
    world.browser.post(world.way_out(), data=ONE_CLICK)
    world.moment += HOUR
    path = way_out_of(code_sent(world, world.zoe.id))
    world.moment += HOUR
    assert world.browser.post(path, data=ONE_CLICK).status_code == 200
    with pytest.raises(RefusedError, match="wants no more"):
        code_sent(world, world.zoe.id)


def test_the_link_is_good_for_as_long_as_one_of_a_reminder(world: World, stranger: RecipientRecord) -> None:
    path = way_out_of(code_sent(world, stranger.id))
    world.moment += timedelta(days=35) - timedelta(seconds=1)
    assert world.get(path).status_code == 200
    world.moment += HOUR + timedelta(seconds=1)
    assert world.get(path).status_code == 410
