"""The link in the head of a mail: who made it, whose it is, until when, and which mails have one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.reminders.answer_token import AnswerToken, LinkPurpose, LinkSigner
from scheduler.reminders.channels.mail import Envelope, mail_bytes
from scheduler.reminders.dispatcher import Dispatcher
from scheduler.reminders.message import Message
from scheduler.reminders.unsubscribe_links import UnsubscribeLinks
from scheduler.reminders.unsubscribe_token import GOOD_FOR, UnsubscribeSigner, UnsubscribeToken
from scheduler.store.recipients import RecipientRecord
from scheduler.store.unit_of_work import Store
from tests.reminders.test_answer_tokens import DUE, NEW, OLD, RECORD, STRANGE
from tests.support.answer_world import AT_SEVEN, World, way_out_of
from tests.support.dispatching import StandingClock, finish
from tests.support.remembering_channel import RememberingChannel

TOKEN = UnsubscribeToken.of(RECORD)
RECIPIENT = RecipientRecord(
    id="r-1", patient_id="p-1", channel="smtp", address="z@a.b", privacy="discreet", added_at=DUE
)
PLAIN = Message(subject="Reminder", text="Reminder: your 07:00 is due.")
TOKENS = st.builds(
    UnsubscribeToken,
    recipient_id=st.from_regex(r"r-[0-9a-z]{1,14}", fullmatch=True),
    expires_at=st.integers(0, 900_000).map(lambda hours: datetime.fromtimestamp(hours * 3600, UTC)),
    mark=st.binary(min_size=4, max_size=4),
)


@given(TOKENS, st.binary(min_size=32, max_size=32))
def test_what_was_signed_is_read_and_stands_in_an_address_as_it_is(
    token: UnsubscribeToken, key: bytes
) -> None:
    text = UnsubscribeSigner([key]).sign(token)
    assert UnsubscribeSigner([key]).read(text) == token
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", text)


@given(st.text(max_size=80))
def test_no_text_is_taken_for_a_token(text: str) -> None:
    assert UnsubscribeSigner([NEW]).read(text) is None


def test_neither_link_is_taken_for_the_other() -> None:
    for purpose in LinkPurpose:
        assert UnsubscribeSigner([NEW]).read(LinkSigner([NEW]).sign(AnswerToken.of(RECORD, purpose))) is None
    long = replace(TOKEN, recipient_id="r-12345")  # as long as an answer's
    text = UnsubscribeSigner([NEW]).sign(long)
    assert len(text) == len(LinkSigner([NEW]).sign(AnswerToken.of(RECORD, LinkPurpose.ONE)))
    assert LinkSigner([NEW]).read(text) is None


def test_the_newest_key_signs_and_all_that_stand_are_taken() -> None:
    both = UnsubscribeSigner([OLD, NEW])
    assert both.read(UnsubscribeSigner([OLD]).sign(TOKEN)) == TOKEN
    assert UnsubscribeSigner([NEW]).read(both.sign(TOKEN)) == TOKEN
    assert UnsubscribeSigner([OLD]).read(both.sign(TOKEN)) is None
    assert both.read(UnsubscribeSigner([STRANGE]).sign(TOKEN)) is None


def test_it_is_bound_to_the_contact_point_and_whose_it_is() -> None:
    assert TOKEN.is_of(RECIPIENT)
    assert not TOKEN.is_of(replace(RECIPIENT, id="r-2"))
    assert not TOKEN.is_of(replace(RECIPIENT, patient_id="p-2"))


def test_it_is_good_for_thirty_five_days_from_when_its_message_was_to_be_said() -> None:
    assert TOKEN.expires_at == DUE + GOOD_FOR == DUE + timedelta(days=35)
    assert not TOKEN.is_over(DUE + GOOD_FOR - timedelta(seconds=1))
    assert TOKEN.is_over(DUE + GOOD_FOR)
    later = replace(RECORD, policy={"at": (DUE + timedelta(days=7)).isoformat()})
    assert UnsubscribeToken.of(later).expires_at == DUE + timedelta(days=42)
    odd = replace(RECORD, dose_due_at=DUE + timedelta(minutes=1))
    assert UnsubscribeToken.of(odd).expires_at == DUE + GOOD_FOR + timedelta(hours=1)


def test_a_copy_of_a_message_has_the_same_link() -> None:
    retried = replace(RECORD, due_at=DUE + timedelta(minutes=4), attempt=3)
    assert UnsubscribeToken.of(retried) == TOKEN


def test_mails_alone_have_one_and_none_before_there_is_a_key() -> None:
    links = UnsubscribeLinks("https://doses.example")
    assert links.over(PLAIN, [RECORD]) is PLAIN
    links.renew([NEW])
    assert links.over(PLAIN, [replace(RECORD, channel="ntfy")]) is PLAIN
    assert way_out_of(links.over(PLAIN, [RECORD])).startswith("/unsubscribe/")


def test_of_several_reminders_the_one_that_is_due_last_says_how_long() -> None:
    links = UnsubscribeLinks("https://doses.example")
    links.renew([NEW])
    last = replace(RECORD, id=8, dose_due_at=DUE + timedelta(days=2))
    assert links.over(PLAIN, [last, RECORD]) == links.over(PLAIN, [last])


def test_what_a_dispatcher_sends_has_the_link_in_its_head_and_not_in_its_words(store: Store) -> None:
    world, channel, clock = World(store), RememberingChannel(), StandingClock()
    world.plan(AT_SEVEN)
    clock.now = AT_SEVEN
    dispatcher = Dispatcher(store, {"smtp": channel}, clock.trusted(), "ward@1", 4, links=world.links)
    finish(dispatcher)
    dispatcher.close()
    (message,) = channel.messages
    assert "unsubscribe" not in message.text
    with world.browser:
        assert world.get(way_out_of(message)).status_code == 200


@pytest.mark.parametrize(
    ("url", "post"),
    [("https://a.b/unsubscribe/x", "List-Unsubscribe=One-Click"), ("http://a.b/unsubscribe/x", None)],
)
def test_one_click_is_offered_over_https_alone(url: str, post: str | None) -> None:
    from email import message_from_bytes

    envelope = Envelope(sender="a@b.c", to="d@e.f", message_id="1@b.c", unsubscribe_url=url)
    mail = message_from_bytes(mail_bytes(envelope, PLAIN))
    assert mail["List-Unsubscribe"] == f"<{url}>"
    assert mail["List-Unsubscribe-Post"] == post
