"""Mail servers that take commands together (RFC 2920), and what else the reading of answers has to stand."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.channels.smtp import SmtpChannel
from scheduler.reminders.channels.smtp_connection import connect
from scheduler.reminders.message import Message
from scheduler.settings import SmtpSecurity, SmtpSettings
from tests.support.mail_servers import CUT, HANG, TOGETHER, Script, make_certificate, scripted_server

ADDRESS = "zoe@example.org"
MESSAGE = Message(subject="Reminder", text="Reminder: your 08:00 is due.")
KEY = "p-1/lar#1/due/r-1"
_DEADLINE = timedelta(seconds=0.5)


def settings(port: int, security: SmtpSecurity = SmtpSecurity.NONE) -> SmtpSettings:
    host = "127.0.0.1" if security is SmtpSecurity.NONE else "localhost"
    sender = "The clinic <clinic@example.org>"
    return SmtpSettings(host=host, port=port, security=security, user=None, password=None, sender=sender)


def sent(port: int, times: int = 1) -> list[Outcome]:
    with closing(SmtpChannel(settings(port), deadline=_DEADLINE)) as channel:
        return [channel.send(MESSAGE, ADDRESS, f"{KEY}/{number}") for number in range(times)]


@contextmanager
def taking_together(**answers: str) -> Iterator[Script]:
    told = {name.replace("_", " "): answer for name, answer in answers.items()}
    with scripted_server({"EHLO": TOGETHER, **told}) as script:
        yield script


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that talks to one client as told, greeting included."""

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


def heard(connection: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        chunk = connection.recv(4096)
        if not chunk:
            raise ConnectionResetError
        received += chunk
    return received


def greet(connection: socket.socket, answer: str = TOGETHER) -> None:
    connection.sendall(b"220 localhost\r\n")
    heard(connection, b"\r\n")
    connection.sendall(answer.encode() + b"\r\n")


def test_a_server_that_says_so_gets_the_commands_of_a_mail_at_once() -> None:
    commands: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        greet(connection)
        commands.append(heard(connection, b"DATA\r\n"))
        connection.sendall(b"250 OK\r\n250 OK\r\n354 Go ahead\r\n")
        heard(connection, b"\r\n.\r\n")
        connection.sendall(b"250 Taken\r\n")

    with server(talk) as port:
        assert isinstance(sent(port)[0], Accepted)
    assert commands == [b"mail FROM:<clinic@example.org>\r\nrcpt TO:<zoe@example.org>\r\nDATA\r\n"]


def test_a_server_that_does_not_gets_one_after_the_other() -> None:
    commands: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        greet(connection, "250 localhost")
        for answer in (b"250 OK\r\n", b"250 OK\r\n", b"354 Go ahead\r\n"):
            commands.append(heard(connection, b"\r\n"))
            connection.sendall(answer)
        heard(connection, b"\r\n.\r\n")
        connection.sendall(b"250 Taken\r\n")

    with server(talk) as port:
        assert isinstance(sent(port)[0], Accepted)
    assert commands == [b"mail FROM:<clinic@example.org>\r\n", b"rcpt TO:<zoe@example.org>\r\n", b"DATA\r\n"]


def test_an_answer_may_come_in_pieces_and_have_several_lines() -> None:
    pieces = (b"2", b"50-fine\r\n250", b" OK\r", b"\n250 OK\r\n354 Go", b" ahead\r\n")

    def talk(connection: socket.socket) -> None:
        greet(connection)
        heard(connection, b"DATA\r\n")
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.01)
        heard(connection, b"\r\n.\r\n")
        connection.sendall(b"250-Taken\r\n250 Goodbye\r\n")

    with server(talk) as port:
        assert isinstance(sent(port)[0], Accepted)


def test_many_mails_go_over_one_connection_together_too() -> None:
    with taking_together() as script:
        outcomes = sent(script.port, times=3)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len(script.mails) == 3
    assert sum(command.startswith("ehlo") for command in script.commands) == 1


def test_nothing_goes_to_a_recipient_whom_the_server_refused_though_it_would_take_the_data() -> None:
    with taking_together(RCPT="550 No such user") as script:
        outcome = sent(script.port)[0]
    assert outcome == Refused(detail="the mail server answered 550")
    assert b"".join(script.mails) == b""


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "end_of_mail"])
def test_a_passing_no_is_tried_again(command: str) -> None:
    with taking_together(**{command: "451 Greylisted"}) as script:
        assert isinstance(sent(script.port)[0], RetryLater)


@pytest.mark.parametrize("fault", [CUT, HANG, "hello"])
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_what_breaks_before_the_data_means_nothing_was_sent(command: str, fault: str) -> None:
    with taking_together(**{command: fault}) as script:
        assert isinstance(sent(script.port)[0], RetryLater)
    assert b"".join(script.mails) == b""


@pytest.mark.parametrize("fault", [CUT, HANG, "???"])
def test_what_breaks_after_the_dot_leaves_it_unknown(fault: str) -> None:
    with taking_together(end_of_mail=fault) as script:
        assert isinstance(sent(script.port)[0], Unknown)


@pytest.mark.parametrize("fault", [CUT, "421 Bye"])
def test_a_kept_connection_that_the_server_ended_costs_nothing(fault: str) -> None:
    with (
        taking_together() as script,
        closing(SmtpChannel(settings(script.port), deadline=_DEADLINE)) as channel,
    ):
        assert isinstance(channel.send(MESSAGE, ADDRESS, KEY), Accepted)
        script.answers = {**script.answers, "MAIL": fault}
        script.answer_once("MAIL")
        assert isinstance(channel.send(MESSAGE, ADDRESS, KEY), Accepted)
    # Of the first connection it heard DATA as well, and then nothing.
    assert len([mail for mail in script.mails if mail]) == 2


def test_a_server_that_answers_drop_by_drop_has_no_longer_than_the_deadline() -> None:
    def talk(connection: socket.socket) -> None:
        greet(connection)
        heard(connection, b"DATA\r\n")
        for _ in range(40):
            connection.sendall(b"250-wait\r\n")
            time.sleep(0.1)

    with server(talk) as port:
        began = time.monotonic()
        outcome = sent(port)[0]
        took = time.monotonic() - began
    assert isinstance(outcome, RetryLater)
    assert took < 1.5


def test_all_answers_of_a_mail_together_have_its_time_and_the_next_mail_its_own() -> None:
    def talk(connection: socket.socket) -> None:
        greet(connection, "250 localhost")
        for waits_s in ((0.0, 0.8, 0.0), (0.5, 0.0, 0.0)):
            for wait_s, answer in zip(waits_s, (b"250 OK\r\n", b"250 OK\r\n", b"354 Go\r\n"), strict=True):
                heard(connection, b"\r\n")
                time.sleep(wait_s)
                connection.sendall(answer)
            heard(connection, b"\r\n.\r\n")
            connection.sendall(b"250 Taken\r\n")
        heard(connection, b"\r\n")
        time.sleep(0.8)
        connection.sendall(b"250 OK\r\n")
        with suppress(OSError):
            heard(connection, b"nothing more")

    one_second = timedelta(seconds=1)
    with server(talk) as port, closing(SmtpChannel(settings(port), deadline=one_second)) as channel:
        outcomes = [channel.send(MESSAGE, ADDRESS, f"{KEY}/{number}") for number in range(2)]
        began = time.monotonic()
        outcomes.append(channel.send(MESSAGE, ADDRESS, KEY))
        took = time.monotonic() - began
    assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted, RetryLater]
    assert took < 1.5


def test_an_answer_without_an_end_is_not_kept() -> None:
    def talk(connection: socket.socket) -> None:
        greet(connection)
        heard(connection, b"DATA\r\n")
        while True:
            connection.sendall(b"2" * 4096)

    with server(talk) as port:
        outcome = sent(port)[0]
    assert outcome == RetryLater(detail="before the mail was sent: SMTPResponseException 500")


def test_what_was_said_before_encryption_is_forgotten(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)

    def talk(connection: socket.socket) -> None:
        greet(connection, "250-localhost\r\n250 STARTTLS")
        heard(connection, b"\r\n")
        connection.sendall(b"220 Go ahead\r\n" + TOGETHER.encode() + b"\r\n")
        with certificate.server_context().wrap_socket(connection, server_side=True) as encrypted:
            encrypted.recv(4096)
            encrypted.sendall(b"250 localhost\r\n")
            encrypted.recv(4096)

    trusting = ssl.create_default_context(cafile=str(certificate.certificate))
    with server(talk) as port:
        connection = connect(settings(port, SmtpSecurity.STARTTLS), trusting, time.monotonic() + 5)
        with closing(connection):
            assert not connection.has_extn("pipelining")
