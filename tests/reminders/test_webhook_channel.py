"""What becomes of a message to somebody's own server, told truthfully."""

from __future__ import annotations

import base64
import hmac
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler.reminders.channels import http_call
from scheduler.reminders.channels.channel import Accepted, Outcome, Refused, RetryLater, Unknown
from scheduler.reminders.channels.http_outcome import retry_after
from scheduler.reminders.channels.webhook import WebhookChannel, signing_key
from scheduler.reminders.message import Message
from tests.support.http_servers import DRIP, HttpServer, http_server, status
from tests.support.mail_ledger import free_port
from tests.support.mail_servers import CUT, HANG, make_certificate

SECRET = "s" * 64
MESSAGE = Message(subject="Reminder", text="Reminder: your 08:00 is due. ✓")
KEY = "p-1/octreotide@2026-12-01/1/due/r-1/1"
_SHORT = timedelta(seconds=0.4)
_SECRETS = ("hook", "token", "08:00", "octreotide", "p-1", "127.0.0.1")


def channel(**options: Any) -> WebhookChannel:
    return WebhookChannel(SECRET, **{"private_too": True, "deadline": _SHORT, **options})


@contextmanager
def posting_to(answer: str) -> Iterator[tuple[Outcome, HttpServer]]:
    with http_server(answer) as server:
        yield channel().send(MESSAGE, f"http://127.0.0.1:{server.port}/hook?token=1", KEY), server


def test_a_message_is_posted_discreetly_and_signed_with_the_addresss_own_key() -> None:
    with posting_to(status(204)) as (outcome, server):
        request = server.requests[0]
    address = f"http://127.0.0.1:{server.port}/hook?token=1"
    assert request.line == "POST /hook?token=1 HTTP/1.1"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    told = request.headers
    assert outcome == Accepted(provider_id=told["webhook-id"])
    key = base64.b64decode(signing_key(SECRET, address).removeprefix("whsec_"))
    content = f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + request.body
    made = base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    assert told["webhook-signature"] == f"v1,{made}"
    assert abs(int(told["webhook-timestamp"]) - time.time()) < 5
    assert request.json == {
        "type": "reminder",
        "id": told["webhook-id"],
        "subject": MESSAGE.subject,
        "text": MESSAGE.text,
    }
    assert b"octreotide" not in request.body + told["webhook-id"].encode()


def test_a_second_try_has_the_same_idempotency_key_and_another_reminder_another() -> None:
    with http_server() as server:
        for key in (KEY, KEY, "other"):
            channel().send(MESSAGE, f"http://127.0.0.1:{server.port}/", key)
    first, again, other = (request.headers["idempotency-key"] for request in server.requests)
    assert first == again != other


def test_each_address_has_a_signing_key_of_its_own() -> None:
    assert signing_key(SECRET, "https://a.example/") != signing_key(SECRET, "https://b.example/")
    assert signing_key(SECRET, "https://a.example/") != signing_key("t" * 64, "https://a.example/")


@pytest.mark.parametrize("code", [200, 201, 202, 204])
def test_a_yes_is_accepted(code: int) -> None:
    with posting_to(status(code)) as (outcome, _):
        assert isinstance(outcome, Accepted)


@pytest.mark.parametrize("code", [301, 302, 307, 308, 400, 401, 403, 404, 405, 410, 413, 422, 501])
def test_a_final_no_and_a_redirect_are_refusals(code: int) -> None:
    with http_server() as elsewhere, http_server() as server:
        server.answer = status(code, f"Location: http://127.0.0.1:{elsewhere.port}/")
        outcome = channel().send(MESSAGE, f"http://127.0.0.1:{server.port}/", KEY)
    assert isinstance(outcome, Refused)
    assert str(code) in outcome.detail
    assert elsewhere.requests == []


@pytest.mark.parametrize("code", [408, 425, 429, 500, 503, 507])
def test_a_passing_no_is_tried_again_when_the_server_wishes(code: int) -> None:
    with posting_to(status(code, "Retry-After: 120")) as (outcome, _):
        assert outcome == RetryLater(
            detail=f"the answer was {code}", after=timedelta(minutes=2), of_address=True
        )


@pytest.mark.parametrize("answer", [status(502), status(504), "nonsense\r\n\r\n", "HTTP/1.1 x\r\n\r\n", CUT])
def test_an_answer_that_tells_nothing_leaves_it_unknown(answer: str) -> None:
    with posting_to(answer) as (outcome, _):
        assert isinstance(outcome, Unknown)
        assert outcome.of_address


@pytest.mark.parametrize("answer", [HANG, DRIP])
def test_a_server_that_never_ends_its_answer_holds_a_seat_no_longer_than_a_call_may_take(answer: str) -> None:
    began = time.monotonic()
    with posting_to(answer) as (outcome, _):
        took = time.monotonic() - began
    assert outcome == Unknown(detail="after it was sent: TimeoutError", of_address=True)
    assert took < 1.0


def test_a_server_that_is_not_there_got_nothing() -> None:
    outcome = channel().send(MESSAGE, f"http://127.0.0.1:{free_port()}/", KEY)
    assert outcome == RetryLater(detail="connecting: ConnectionRefusedError", of_address=True)


def test_a_name_that_nobody_has_got_nothing() -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known: secret.example")

    outcome = channel(resolve=unknown).send(MESSAGE, "https://secret.example/hook", KEY)
    assert outcome == RetryLater(detail="connecting: gaierror", of_address=True)


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://2130706433/",
        "https://10.0.0.8/x",
    ],
)
def test_nothing_goes_into_a_private_network_unless_the_operator_says_so(address: str) -> None:
    outcome = channel(private_too=False).send(MESSAGE, address, KEY)
    assert outcome == Refused(detail="the address leads into a private network")


def test_a_name_that_changes_its_mind_leads_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["8.8.8.8", "127.0.0.1"])
    connected: list[Any] = []

    def resolve(_: str, port: int, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def refuse(place: Any, *_: Any) -> Any:
        connected.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(http_call, "_connected_to", refuse)
    hook = channel(private_too=False, resolve=resolve)
    assert isinstance(hook.send(MESSAGE, "https://rebind.example/", KEY), RetryLater)
    assert connected == [(socket.AF_INET, ("8.8.8.8", 443))]


def test_the_certificate_is_that_of_the_name_although_the_address_was_looked_up_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))

    def here(_: str, port: int, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    hook = channel(resolve=here, deadline=timedelta(seconds=5))
    with http_server(certificate=certificate) as server:
        right = hook.send(MESSAGE, f"https://localhost:{server.port}/", KEY)
        wrong = hook.send(MESSAGE, f"https://other.example:{server.port}/", KEY)
    assert isinstance(right, Accepted)
    assert wrong == RetryLater(detail="connecting: SSLCertVerificationError", of_address=True)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "zoe",
        "ftp://a.example/",
        "https://",
        "https://user:pass@a.example/",
        "https://a.example/\r\nX: y",
        "https://a.example/ b",
        "https://a.example:99999/",
        "https://[::1/",
        "https://ä.example/",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert channel().send(MESSAGE, address, KEY) == Refused(detail="the address is not a URL")


def test_reminders_do_not_go_in_the_clear_over_the_internet() -> None:
    outcome = channel(private_too=False).send(MESSAGE, "http://a.example/", KEY)
    assert outcome == Refused(detail="the address is not https")


@pytest.mark.parametrize("answer", [status(404), status(500), status(502), CUT, "rubbish\r\n\r\n"])
def test_no_detail_holds_the_address_or_the_message(answer: str) -> None:
    with posting_to(answer) as (outcome, _):
        assert not isinstance(outcome, Accepted)
        assert not any(secret in outcome.detail for secret in _SECRETS)


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        (None, None),
        ("0", 0),
        ("120", 120),
        ("999999999999", 86_400),
        ("Tue, 01 Dec 2026 12:01:00 GMT", 60),
        ("Tue, 01 Dec 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_the_wish_of_a_server_to_wait_is_read(header: str | None, wait_s: float | None) -> None:
    moment = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
    expected = None if wait_s is None else timedelta(seconds=wait_s)
    assert retry_after(header, moment) == expected


def test_the_json_is_utf_8() -> None:
    with posting_to(status(200)) as (_, server):
        assert "✓" in json.loads(server.requests[0].body.decode("utf-8"))["text"]
