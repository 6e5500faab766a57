"""What becomes of a mail, told truthfully, in conversations with real mail servers."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path

import pytest

from scheduler.errors import SettingsError
from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.channels.kept_connections import LONGEST_IDLE_S, MOST_MAILS, KeptConnections
from scheduler.reminders.channels.smtp import SmtpChannel
from scheduler.reminders.channels.smtp_connection import connect
from scheduler.reminders.message import Message
from scheduler.settings import SmtpSecurity, SmtpSettings
from tests.support.mail_ledger import free_port
from tests.support.mail_servers import (
    CUT,
    HANG,
    Script,
    encrypted_server,
    make_certificate,
    real_server,
    scripted_server,
)

ADDRESS = "zoe@example.org"
MESSAGE = Message(subject="Reminder", text="Reminder: your 08:00 is due.")
KEY = "p-1/lar#1/due/r-1"
_SHORT = timedelta(seconds=0.5)


def settings(
    port: int,
    security: SmtpSecurity = SmtpSecurity.NONE,
    user: str | None = None,
    password: str | None = None,
) -> SmtpSettings:
    host = "127.0.0.1" if security is SmtpSecurity.NONE else "localhost"
    return SmtpSettings(
        host=host, port=port, security=security, user=user, password=password, sender="clinic@example.org"
    )


@contextmanager
def talking_to(answers: Mapping[str, str]) -> Iterator[tuple[SmtpChannel, Script]]:
    with (
        scripted_server(answers) as script,
        closing(SmtpChannel(settings(script.port), deadline=_SHORT)) as channel,
    ):
        yield channel, script


def outcome_of(answers: Mapping[str, str]) -> Outcome:
    with talking_to(answers) as (channel, _):
        return channel.send(MESSAGE, ADDRESS, KEY)


def test_a_mail_that_the_server_takes_is_accepted_under_its_message_id() -> None:
    with talking_to({}) as (channel, script):
        outcome = channel.send(MESSAGE, ADDRESS, KEY)
    mail = _parsed(script.mails[0])
    assert outcome == Accepted(provider_id=mail["Message-ID"])
    assert mail["To"] == ADDRESS
    assert mail["Auto-Submitted"] == "auto-generated"


def test_copies_carry_one_message_id_and_another_reminder_another() -> None:
    with talking_to({}) as (channel, script):
        for key in (KEY, KEY, "p-1/lar#2/due/r-1"):
            channel.send(MESSAGE, ADDRESS, key)
    first, copy, other = (_parsed(mail)["Message-ID"] for mail in script.mails)
    assert first == copy != other
    assert "p-1" not in first


@pytest.mark.parametrize("answer", ["550 No such user", "553 Not here", "521 No mail"])
@pytest.mark.parametrize("command", ["RCPT", "DATA", "end of mail"])
def test_a_final_no_is_a_refusal(command: str, answer: str) -> None:
    outcome = outcome_of({command: answer})
    assert outcome == Refused(detail=f"the mail server answered {answer[:3]}")


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "end of mail"])
def test_a_passing_no_is_tried_again(command: str) -> None:
    assert isinstance(outcome_of({command: "451 Greylisted"}), RetryLater)


@pytest.mark.parametrize("command", ["greeting", "EHLO", "MAIL"])
def test_a_server_that_will_not_have_us_refuses_nobody_for_good(command: str) -> None:
    answers = {command: "550 You are not welcome", "HELO": "550 You are not welcome"}
    assert isinstance(outcome_of(answers), RetryLater)


@pytest.mark.parametrize("fault", [CUT, HANG])
@pytest.mark.parametrize("command", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_line_that_breaks_before_the_mail_was_sent_means_nothing_was_sent(command: str, fault: str) -> None:
    assert isinstance(outcome_of({command: fault}), RetryLater)


@pytest.mark.parametrize("fault", [CUT, HANG, "???", "000", "354 Go on"])
def test_whoever_gives_no_answer_after_the_dot_may_have_the_mail(fault: str) -> None:
    assert isinstance(outcome_of({"end of mail": fault}), Unknown)


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_an_answer_that_makes_no_sense_is_no_yes(command: str) -> None:
    assert isinstance(outcome_of({command: "hello"}), RetryLater)


def test_a_server_that_is_not_there_is_tried_again() -> None:
    channel = SmtpChannel(settings(free_port()), deadline=_SHORT)
    outcome = channel.send(MESSAGE, ADDRESS, KEY)
    assert outcome == RetryLater(detail="connecting: ConnectionRefusedError")


def test_a_mail_comes_out_as_it_went_in_dots_and_accents_included() -> None:
    text = ".a line that begins with a dot\n.\n..two\nDosis fällig: 30 µg für Zoë, 08:00 ✓\n" + "long " * 400
    message = Message(subject="Erinnerung: Octréotide ✓", text=text)
    with real_server() as server, closing(SmtpChannel(settings(server.port))) as channel:
        outcome = channel.send(message, ADDRESS, KEY)
    mail = _parsed(server.mails[0])
    assert isinstance(outcome, Accepted)
    assert mail["Subject"] == message.subject
    assert _content(mail, "plain").rstrip("\n") == text
    assert all(len(line) <= 998 for line in server.mails[0].split(b"\r\n"))


def test_the_mail_goes_through_starttls_and_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
    with real_server(certificate, "clinic", "s3cret") as server:
        mail_settings = settings(server.port, SmtpSecurity.STARTTLS, "clinic", "s3cret")
        with closing(SmtpChannel(mail_settings)) as channel:
            assert isinstance(channel.send(MESSAGE, ADDRESS, KEY), Accepted)
    assert len(server.mails) == 1


def test_the_mail_goes_encrypted_from_the_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
    with (
        encrypted_server(certificate) as server,
        closing(SmtpChannel(settings(server.port, SmtpSecurity.TLS))) as channel,
    ):
        for _ in range(3):
            assert isinstance(channel.send(MESSAGE, ADDRESS, KEY), Accepted)
    assert len(server.mails) == 3
    assert len(set(server.sessions)) == 1


def test_a_server_that_does_not_encrypt_gets_no_mail_meant_to_be_encrypted() -> None:
    with scripted_server({}) as script:
        outcome = SmtpChannel(settings(script.port, SmtpSecurity.TLS), deadline=_SHORT).send(
            MESSAGE, ADDRESS, KEY
        )
    assert isinstance(outcome, RetryLater)
    assert script.mails == []


def test_a_wrong_password_is_the_operators_to_mend_and_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
    with real_server(certificate, "clinic", "s3cret") as server:
        channel = SmtpChannel(settings(server.port, SmtpSecurity.STARTTLS, "clinic", "wr0ng"))
        outcome = channel.send(MESSAGE, ADDRESS, KEY)
    assert outcome == RetryLater(detail="connecting: SMTPAuthenticationError 535")


def test_a_certificate_that_nobody_vouches_for_gets_no_mail(tmp_path: Path) -> None:
    with real_server(make_certificate(tmp_path)) as server:
        outcome = SmtpChannel(settings(server.port, SmtpSecurity.STARTTLS)).send(MESSAGE, ADDRESS, KEY)
    assert outcome == RetryLater(detail="connecting: SSLCertVerificationError")
    assert server.mails == []


def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    with scripted_server({}) as script:
        outcome = SmtpChannel(settings(script.port, SmtpSecurity.STARTTLS)).send(MESSAGE, ADDRESS, KEY)
    assert isinstance(outcome, RetryLater)
    assert script.mails == []


@pytest.mark.parametrize(
    "address",
    [
        "zoe@example.org\r\nBcc: all@example.org",
        "zoe@example.org\nRCPT TO:<all@example.org>",
        "zoe@example.org, all@example.org",
        "Zoe <zoe@example.org>",
        "zoë@example.org",
        "zoe",
        "",
        "@",
        "zoe@",
        "<zoe@example.org>",
    ],
)
def test_a_hostile_address_is_refused_before_anything_is_said(address: str) -> None:
    with talking_to({}) as (channel, script):
        outcome = channel.send(MESSAGE, address, KEY)
    assert isinstance(outcome, Refused)
    assert script.commands == []


def test_a_subject_cannot_add_a_header() -> None:
    with talking_to({}) as (channel, script):
        outcome = channel.send(Message(subject="Reminder\r\nBcc: a@b.org", text="due"), ADDRESS, KEY)
    assert isinstance(outcome, Refused)
    assert script.commands == []


@pytest.mark.parametrize("command", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "end of mail"])
@pytest.mark.parametrize("answer", [f"550 {ADDRESS} {MESSAGE.text}", f"451 {ADDRESS} {MESSAGE.text}", CUT])
def test_no_detail_holds_the_address_or_the_message(command: str, answer: str) -> None:
    outcome = outcome_of({command: answer, "HELO": answer})
    assert isinstance(outcome, Refused | RetryLater | Unknown)
    for secret in (ADDRESS, "zoe", "08:00", "Reminder"):
        assert secret not in outcome.detail


def test_many_mails_go_over_one_connection() -> None:
    with talking_to({}) as (channel, script):
        for number in range(5):
            assert isinstance(channel.send(MESSAGE, ADDRESS, f"{KEY}/{number}"), Accepted)
    assert script.commands.count("mail FROM:<clinic@example.org>") == 5
    assert [c for c in script.commands if c.startswith("ehlo")] == script.commands[:1]


def test_each_mail_over_a_kept_connection_has_its_own_time() -> None:
    with talking_to({}) as (channel, script):
        channel.send(MESSAGE, ADDRESS, KEY)
        time.sleep(_SHORT.total_seconds())
        assert isinstance(channel.send(MESSAGE, ADDRESS, KEY), Accepted)
    assert len([c for c in script.commands if c.startswith("ehlo")]) == 1


def test_seats_that_send_at_once_have_a_connection_each_and_use_it_again() -> None:
    with real_server() as server, closing(SmtpChannel(settings(server.port))) as channel:
        with ThreadPoolExecutor(8) as seats:
            outcomes = list(seats.map(lambda n: channel.send(MESSAGE, ADDRESS, f"k/{n}"), range(200)))
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(server.mails) == 200
    assert len(set(server.sessions)) <= 8


def test_a_connection_is_not_used_without_end() -> None:
    with real_server() as server, closing(SmtpChannel(settings(server.port))) as channel:
        for number in range(MOST_MAILS + 1):
            channel.send(MESSAGE, ADDRESS, f"k/{number}")
    assert len(set(server.sessions)) == 2


def test_a_connection_that_was_idle_for_long_is_not_used() -> None:
    elapsed = [0.0]
    kept = KeptConnections(lambda: elapsed[0])
    with real_server() as server, closing(kept):
        connection = connect(settings(server.port), ssl.create_default_context(), time.monotonic() + 5)
        kept.put(connection)
        elapsed[0] = LONGEST_IDLE_S + 0.1
        assert kept.take() is None
        assert connection.sock is None


@pytest.mark.parametrize("fault", [CUT, "421 Bye"])
def test_a_kept_connection_that_the_server_ended_costs_nothing(fault: str) -> None:
    with talking_to({}) as (channel, script):
        assert isinstance(channel.send(MESSAGE, ADDRESS, KEY), Accepted)
        script.answers = {**script.answers, "MAIL": fault}
        script.answer_once("MAIL")
        assert isinstance(channel.send(MESSAGE, ADDRESS, KEY), Accepted)
    assert len(script.mails) == 2


@pytest.mark.parametrize("fault", [CUT, HANG])
def test_a_kept_connection_that_breaks_after_the_dot_leaves_it_unknown(fault: str) -> None:
    with talking_to({}) as (channel, script):
        channel.send(MESSAGE, ADDRESS, KEY)
        script.answers = {**script.answers, "end of mail": fault}
        assert isinstance(channel.send(MESSAGE, ADDRESS, KEY), Unknown)
    assert len(script.mails) == 2


def test_after_a_refusal_the_next_mail_begins_anew() -> None:
    with talking_to({"RCPT": "550 No such user"}) as (channel, script):
        assert isinstance(channel.send(MESSAGE, ADDRESS, KEY), Refused)
        script.answers = {**script.answers, "RCPT": "250 OK"}
        assert isinstance(channel.send(MESSAGE, ADDRESS, KEY), Accepted)
    assert len(script.mails) == 1


def test_the_html_says_the_same_and_nothing_of_it_is_taken_for_a_tag() -> None:
    text = "Your 08:00 <b>& more</b> is due.\nhttps://dosecal.example/a?b=1&c=2 <i>and</i> more"
    with talking_to({}) as (channel, script):
        channel.send(Message(subject="Reminder", text=text), ADDRESS, KEY)
    page = _content(_parsed(script.mails[0]), "html")
    assert "<b>" not in page
    assert "<i>" not in page
    link = "https://dosecal.example/a?b=1&amp;c=2"
    assert f'<a href="{link}">{link}</a>' in page
    words = unescape(re.sub(r"<[^>]*>", "", page)).strip()
    assert words == text


def test_a_mail_offers_to_end_the_reminders_only_where_a_page_does_so() -> None:
    url = "https://dosecal.example/u/abc"
    with talking_to({}) as (channel, script):
        channel.send(MESSAGE, ADDRESS, KEY)
        channel.send(replace(MESSAGE, unsubscribe_url=url), ADDRESS, KEY)
    without, offered = map(_parsed, script.mails)
    assert without["List-Unsubscribe"] is None
    assert offered["List-Unsubscribe"] == f"<{url}>"
    assert offered["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def _content(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


def _parsed(mail: bytes) -> EmailMessage:
    parsed = message_from_bytes(mail, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


@pytest.mark.parametrize(
    ("query", "connections"), [("", 40), ("?connections=1", 1), ("?connections=250", 250)]
)
def test_the_url_says_over_how_many_connections(query: str, connections: int) -> None:
    with closing(SmtpChannel(SmtpSettings.parse(f"smtp://127.0.0.1{query}", "a@example.org"))) as channel:
        assert channel.most_at_once == connections


@pytest.mark.parametrize("number", ["", "0", "251", "-1", "ten", "1.5", "٣", "9" * 5000])
def test_a_number_of_connections_that_is_none_is_told(number: str) -> None:
    with pytest.raises(SettingsError, match="connections in the mail server's URL is a whole number"):
        SmtpSettings.parse(f"smtp://127.0.0.1?connections={number}", "a@example.org")
