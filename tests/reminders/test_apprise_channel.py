"""What becomes of a message through Apprise, as far as Apprise tells."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

import apprise
import pytest

from scheduler.reminders.channels.address import shown_address
from scheduler.reminders.channels.apprise import AppriseChannel
from scheduler.reminders.channels.apprise_address import SERVICES, address_problem
from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.message import Message
from tests.support.http_servers import http_server, status
from tests.support.mail_ledger import free_port
from tests.support.mail_servers import CUT, HANG

# Plugins of Apprise's import what Python 3.13 has no more, if it is there.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

MESSAGE = Message(subject="Reminder", text="Reminder: your 08:00 is due. $HOME {{ x }} ✓")
ADDRESSES = {
    "bulksms": "bulksms://user:password@+15551234567",
    "clickatell": "clickatell://a1b2c3d4e5f6/15551234567",
    "d7sms": "d7sms://token@15551234567",
    "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "line": "line://abcdefghijklmnopqrstuvwxyz/U0123456789abcdef",
    "msgbird": "msgbird://abcdefghijklmnopqrstuvwxy/15551234567",
    "pbul": "pbul://abcdefghijklmnopqrstuvwxyz012345",
    "pover": "pover://abcdefghijklmnopqrstuvwxyz0123@ABCDEFGHIJKLMNOPQRSTUVWXYZ0123",
    "prowl": "prowl://0123456789abcdef0123456789abcdef01234567",
    "seven": "seven://abcdefghij/15551234567",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ward",
    "tgram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "twilio": "twilio://AC0123456789abcdef0123456789abcdef:0123456789abcdef0123456789abcdef@15551234567/15557654321",
    "vonage": "vonage://abcdefgh:0123456789abcdef@15551234567/15557654321",
}


def sent(port: int, deadline: timedelta = timedelta(seconds=6)) -> Outcome:
    """By a service whose server is at ``port`` of this machine."""
    channel = AppriseChannel({"json": ("127.0.0.1", port)}, deadline)
    return channel.send(MESSAGE, f"json://127.0.0.1:{port}/", "k")


def outcome_of(answer: str) -> Outcome:
    with http_server(answer) as server:
        return sent(server.port)


def test_a_message_goes_out_as_it_is_and_only_success_counts() -> None:
    with http_server() as server:
        assert sent(server.port) == Accepted(provider_id=None)
    (posted,) = (request for request in server.requests if request.line.startswith("POST"))
    assert posted.json["title"] == MESSAGE.subject
    assert posted.json["message"] == MESSAGE.text


@pytest.mark.parametrize("code", [301, 400, 401, 403, 404, 410])
def test_a_final_no_and_a_redirect_are_refusals(code: int) -> None:
    with http_server() as elsewhere:
        answer = status(code, f"Location: http://127.0.0.1:{elsewhere.port}/")
        assert outcome_of(answer) == Refused(detail=f"the answer was {code}")
    assert elsewhere.requests == []


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_passing_no_is_tried_again(code: int) -> None:
    assert outcome_of(status(code)) == RetryLater(detail=f"the answer was {code}", of_address=True)


@pytest.mark.parametrize("answer", [status(502), CUT])
def test_no_answer_after_it_was_sent_leaves_it_unknown(answer: str) -> None:
    assert isinstance(outcome_of(answer), Unknown)


def test_a_service_that_hangs_is_unknown_when_the_call_is_over() -> None:
    with http_server(HANG) as server:
        began = time.monotonic()
        outcome = sent(server.port, timedelta(seconds=4.5))
        took = time.monotonic() - began
    assert outcome == Unknown(detail="Apprise says timeout", of_address=True)
    assert took < 2


def test_a_service_that_is_not_there_got_nothing() -> None:
    assert sent(free_port()) == RetryLater(detail="connecting: ConnectionRefusedError", of_address=True)


def test_a_message_is_sent_once_whatever_an_address_asks_for() -> None:
    with http_server(status(500)) as server:
        channel = AppriseChannel({"json": ("127.0.0.1", server.port)})
        address = f"json://127.0.0.1:{server.port}/?retry=3"
        assert isinstance(channel.send(MESSAGE, address, "k"), Refused)
        sent(server.port)
    assert len([r for r in server.requests if r.line.startswith("POST")]) == 1


def test_many_messages_wait_for_no_throttle() -> None:
    with http_server() as server:
        began = time.monotonic()
        for _ in range(5):
            sent(server.port)
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_that_is_allowed_is_known_and_leads_to_its_own_server_alone(service: str) -> None:
    address = ADDRESSES[service]
    assert address_problem(address) is None
    opened = apprise.Apprise()
    assert opened.add(address)
    (plugin,) = opened.services
    assert not any("{host}" in template for template in plugin.templates)


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1/",
        "gotify://10.0.0.1/token",
        "file:///etc/passwd",
        "syslog://",
        "mailto://user:pass@example.org",
        "tgram://123456789:abcdefg_hijklmnop/1/?attach=file:///etc/passwd",
        "tgram://123456789:abcdefg_hijklmnop/1/?RETRY=5",
        "discord://a/b?avatar_url=http://10.0.0.1/",
        "twilio://x?verify=no",
        "tgram://a/b, json://127.0.0.1/",
        "tgram://a/b json://127.0.0.1/",
        "tgram",
        "",
    ],
)
def test_anything_else_is_refused_without_asking_apprise(address: str) -> None:
    assert address_problem(address) is not None
    assert isinstance(AppriseChannel().send(MESSAGE, address, "k"), Refused)


def test_nothing_of_it_is_logged_or_told(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG), http_server(status(401)) as server:
        outcome = sent(server.port)
    assert isinstance(outcome, Refused)
    written = caplog.text + capfd.readouterr().err + outcome.detail
    assert "127.0.0.1" not in written
    assert "08:00" not in written


def test_an_address_is_not_shown_because_it_holds_the_key_to_it() -> None:
    assert shown_address("apprise", ADDRESSES["tgram"]) == "tgram://..."
    assert shown_address("smtp", "zoe@example.org") == "zoe@example.org"
