"""A mail's bytes, read back by the standard library."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.reminders.channels.mail import Envelope, UnfitMailError, is_mailbox, mail_bytes
from scheduler.reminders.message import Message


def mail(subject: str = "Reminder", text: str = "due", **envelope: Any) -> bytes:
    about = {"sender": "dosecal <d@example.org>", "to": "zoe@example.org", "message_id": "a1@example.org"}
    return mail_bytes(Envelope(**{**about, **envelope}), Message(subject=subject, text=text))


def parsed(content: bytes) -> EmailMessage:
    found = message_from_bytes(content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


@given(
    subject=st.text(
        st.characters(categories=["L", "N", "P", "S"], include_characters=" "), min_size=1, max_size=120
    ),
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=1500),
)
def test_any_words_come_out_as_they_went_in(subject: str, text: str) -> None:
    content = mail(subject, text)
    found = parsed(content)
    body = found.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    assert str(body.get_content()).replace("\r\n", "\n") in {text, text + "\n"}
    assert str(found["Subject"]).split() == subject.split()
    assert content.isascii()
    assert all(
        len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in content.split(b"\r\n")
    )
    assert found.defects == []


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@y.z", "a\nb", "a\r\n b", "a\x00", "a\x7f"])
def test_a_subject_adds_no_header(subject: str) -> None:
    with pytest.raises(UnfitMailError):
        mail(subject)


@pytest.mark.parametrize("url", ["https://a.b/\r\nBcc: x@y.z", "https://a.b/ü"])
def test_a_link_adds_no_header(url: str) -> None:
    with pytest.raises(UnfitMailError):
        mail(unsubscribe_url=url)


@pytest.mark.parametrize(
    "address", ["zoe@example.org", "z.o+e@xn--bcher-kva.example", "o'neill@mail-1.example"]
)
def test_an_address_is_one_mailbox(address: str) -> None:
    assert is_mailbox(address)


@pytest.mark.parametrize(
    "address", ["zoe@", "@a.b", "z..e@a.b", ".z@a.b", "z@-a.b", "z@a..b", '"z e"@a.b', "z@a.b\n", "zoë@a.b"]
)
def test_anything_else_is_none(address: str) -> None:
    assert not is_mailbox(address)
