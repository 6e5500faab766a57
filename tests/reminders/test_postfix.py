"""Mail through the mail server that most of the world's mail goes through."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from scheduler.reminders.bounce import Bounce, bounces
from scheduler.reminders.channels.channel import Accepted, Refused
from scheduler.reminders.channels.smtp import SmtpChannel
from scheduler.reminders.message import Message
from scheduler.settings import SmtpSecurity, SmtpSettings
from tests.support.postfix_server import Postfix, running_postfix

MESSAGE = Message(subject="Reminder: Octréotide", text="Reminder: your 08:00 is due.\n.\nÉcoutez ✓")


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    with running_postfix() as server:
        yield server


@pytest.fixture
def trusted(postfix: Postfix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(postfix.certificate.certificate))


def settings(postfix: Postfix, security: SmtpSecurity) -> SmtpSettings:
    return SmtpSettings(
        host="localhost" if security is not SmtpSecurity.NONE else "127.0.0.1",
        port=postfix.tls_port if security is SmtpSecurity.TLS else postfix.port,
        security=security,
        user=None,
        password=None,
        sender="clinic@example.org",
    )


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("security", list(SmtpSecurity))
def test_it_takes_the_mail_in_the_clear_and_encrypted(postfix: Postfix, security: SmtpSecurity) -> None:
    before = len(list(postfix.mailboxes.glob("zoe/new/*")))
    with closing(SmtpChannel(settings(postfix, security))) as channel:
        outcomes = [channel.send(MESSAGE, "zoe@example.org", f"{security}/{n}") for n in range(3)]
    mails = dict(_text(file) for file in postfix.mails("zoe", before + 3))
    assert {outcome.provider_id for outcome in outcomes if isinstance(outcome, Accepted)} <= mails.keys()
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert set(mails.values()) == {MESSAGE.text}


def test_whom_it_does_not_know_is_refused_and_the_next_mail_goes_out(postfix: Postfix) -> None:
    with closing(SmtpChannel(settings(postfix, SmtpSecurity.NONE))) as channel:
        assert channel.send(MESSAGE, "nobody@example.org", "k") == Refused(
            detail="the mail server answered 550"
        )
        assert isinstance(channel.send(MESSAGE, "zoe@example.org", "k"), Accepted)


def test_it_takes_mail_from_as_many_seats_as_the_channel_has(postfix: Postfix) -> None:
    with (
        closing(SmtpChannel(settings(postfix, SmtpSecurity.NONE))) as channel,
        ThreadPoolExecutor(channel.most_at_once) as seats,
    ):
        told = [seats.submit(channel.send, MESSAGE, "clinic@example.org", f"s/{n}") for n in range(200)]
    assert all(isinstance(one.result(), Accepted) for one in told)
    assert len(postfix.mails("clinic", 200)) == 200


def test_what_it_sends_back_is_read_as_a_bounce(postfix: Postfix) -> None:
    before = len(list(postfix.mailboxes.glob("clinic/new/*")))
    open_to_all = replace(settings(postfix, SmtpSecurity.NONE), port=postfix.bouncing_port)
    with closing(SmtpChannel(open_to_all)) as channel:
        outcome = channel.send(MESSAGE, "gone@example.org", "k")
    assert isinstance(outcome, Accepted)
    files = postfix.mails("clinic", before + 1)
    found = [bounce for file in files for bounce in bounces(file.read_bytes())]
    expected = Bounce(message_id=outcome.provider_id or "", address="gone@example.org", status="5.1.1")
    assert found == [expected]


def _text(file: Path) -> tuple[str, str]:
    mail = message_from_bytes(file.read_bytes(), policy=default)
    body = mail.get_body(("plain",))
    assert body is not None
    return mail["Message-ID"], body.get_content().rstrip()
