"""A mail provider tells by a signed webhook that a mail came back."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from scheduler.actions.feed_address import BaseUrl
from scheduler.errors import SettingsError
from scheduler.formulary.formulary import load_formulary
from scheduler.reminders.channels.channel import Accepted
from scheduler.reminders.channels.standard_webhook import is_signed, signature_headers, written_key
from scheduler.settings import BounceSettings
from scheduler.store.recipients import BrokenHow
from scheduler.store.reminder_row import ReminderState
from scheduler.store.unit_of_work import Store
from scheduler.web.app import make_app
from tests.actions.test_bounces import rows, zoe
from tests.support.dispatching import DispatchedWard, ObedientChannel
from tests.support.feed_world import lose_the_database
from tests.support.waiting_reminders import NOON, everything
from tests.support.ward import THRICE_DAILY, admit, remind

OUTSIDE = BaseUrl.parse("https://doses.example")
KEY = written_key(b"k" * 32)
OTHER_KEY = written_key(b"o" * 32)
MINUTE = timedelta(minutes=1)
HARD = {"message_id": "<1@example.org>", "recipient": "ZOE@example.org", "kind": "hard", "code": "5.1.1"}


class Provider:
    """Tells a server what came back. It is two minutes past noon."""

    def __init__(self, store: Store, key: str | None = KEY) -> None:
        self.store = store
        self.moment = NOON + 2 * MINUTE
        settings = None if key is None else BounceSettings.parse(key)
        app = make_app(store, load_formulary(), lambda: self.moment, OUTSIDE, OUTSIDE, settings)
        self.server = TestClient(app, raise_server_exceptions=False)

    def tell(self, told: object, key: str = KEY, late: timedelta = timedelta(0)) -> Response:
        return self.post(json.dumps(told).encode(), key, late)

    def post(self, body: bytes, key: str = KEY, late: timedelta = timedelta(0)) -> Response:
        headers = signature_headers(key, "msg_1", body, int((self.moment - late).timestamp()))
        return self.send(body, headers)

    def send(self, body: bytes, headers: Mapping[str, str]) -> Response:
        return self.server.post("/bounces", content=body, headers=dict(headers))


@pytest.fixture
def provider(store: Store) -> Iterator[Provider]:
    """Zoe was told by mail at noon that her dose is due, and has a console beside."""
    patient = admit(store, THRICE_DAILY.format(start="2026-12-01"), NOON - timedelta(hours=1))
    remind(store, patient, NOON - timedelta(hours=1))
    told = ObedientChannel(lambda _: Accepted(provider_id="<1@example.org>"))
    DispatchedWard(store).dispatch({"smtp": told})
    remind(store, patient, NOON + MINUTE, channel="console", address="Zoe")
    made = Provider(store)
    with made.server:
        yield made


def test_a_bounce_has_the_effect_of_one_in_the_mailbox(provider: Provider) -> None:
    answer = provider.tell(HARD)
    assert (answer.status_code, answer.text) == (202, "accepted\n")
    found = rows(provider.store)
    mail = found["smtp", "due"]
    assert (mail.state, mail.last_error) == (ReminderState.FAILED, "it came back (5.1.1)")
    assert found["console", "due"].state is ReminderState.PENDING
    assert found["console", "broken"].state is ReminderState.PENDING
    assert zoe(provider.store).broken_how is BrokenHow.BOUNCED


def test_the_reference_vector_of_standard_webhooks_is_signed_and_taken() -> None:
    key, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    headers = signature_headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", body, 1614265330)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert is_signed(key, headers, body, datetime.fromtimestamp(1614265330, UTC))


def test_a_passing_one_is_told_in_another_way_and_breaks_nothing(provider: Provider) -> None:
    told = {"message_id": "1@example.org", "recipient": "zoe@example.org", "kind": "soft"}
    assert provider.tell(told).status_code == 202
    assert rows(provider.store)["smtp", "due"].last_error == "it came back (4.0.0)"
    assert rows(provider.store)["console", "due"].state is ReminderState.PENDING
    assert zoe(provider.store).broken_at is None


def test_when_it_came_back_is_kept_and_why_is_not(provider: Provider) -> None:
    at = "2026-12-01T13:01:30+01:00"
    assert provider.tell({**HARD, "at": at, "reason": "550 zoe@example.org unknown"}).status_code == 202
    assert zoe(provider.store).broken_at == datetime.fromisoformat(at)
    assert not any("550" in str(row.last_error) for row in everything(provider.store))


def test_a_replay_does_nothing_twice(provider: Provider) -> None:
    provider.tell(HARD)
    before = everything(provider.store)
    assert provider.tell(HARD).status_code == 202
    assert everything(provider.store) == before


@pytest.mark.parametrize(
    "other", [{"message_id": "<2@example.org>"}, {"recipient": "nobody@example.org"}, {"recipient": "';--"}]
)
def test_a_mail_that_nobody_here_sent_is_answered_as_any_other(
    provider: Provider, other: dict[str, str]
) -> None:
    before = everything(provider.store)
    unknown = provider.tell({**HARD, **other})
    assert everything(provider.store) == before
    known = provider.tell(HARD)
    assert (
        (unknown.status_code, unknown.content) == (known.status_code, known.content) == (202, b"accepted\n")
    )
    assert dict(unknown.headers) == dict(known.headers)


@pytest.mark.parametrize("late", [timedelta(minutes=5), -timedelta(minutes=5), timedelta(0)])
def test_five_minutes_on_either_side_are_near_enough(provider: Provider, late: timedelta) -> None:
    assert provider.tell(HARD, late=late).status_code == 202


@pytest.mark.parametrize("late", [timedelta(minutes=5, seconds=1), -timedelta(minutes=5, seconds=1)])
def test_what_was_caught_on_the_way_is_of_no_use_later(provider: Provider, late: timedelta) -> None:
    assert provider.tell(HARD, late=late).status_code == 403
    assert zoe(provider.store).broken_at is None


def test_nobody_else_can_tell_of_one(provider: Provider) -> None:
    body = json.dumps(HARD).encode()
    good = signature_headers(KEY, "msg_1", body, int(provider.moment.timestamp()))
    forged: list[tuple[bytes, dict[str, str]]] = [
        (body, {}),
        (body + b" ", good),
        (body, {**good, "webhook-id": "msg_2"}),
        (body, {**good, "webhook-timestamp": str(int(provider.moment.timestamp()) + 1)}),
        (body, {**good, "webhook-timestamp": "soon"}),
        (body, {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v0,")}),
        (body, {**good, "webhook-signature": ""}),
        (body, signature_headers(OTHER_KEY, "msg_1", body, int(provider.moment.timestamp()))),
        *((body, {name: value for name, value in good.items() if name != left_out}) for left_out in good),
    ]
    for sent, headers in forged:
        answer = provider.send(sent, headers)
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"].startswith("the signature does not fit")
    assert zoe(provider.store).broken_at is None


def test_one_of_several_signatures_is_enough(provider: Provider) -> None:
    body = json.dumps(HARD).encode()
    at = int(provider.moment.timestamp())
    old, new = (signature_headers(key, "msg_1", body, at)["webhook-signature"] for key in (OTHER_KEY, KEY))
    headers = {**signature_headers(KEY, "msg_1", body, at), "webhook-signature": f"{old} {new}"}
    assert provider.send(body, headers).status_code == 202


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body is not a JSON object"),
        (b"\xff", "the body is not a JSON object"),
        (b"[" * 8000, "the body is not a JSON object"),
        (b"[]", "the body is not a JSON object"),
        (b"{}", "missing or not as it should be: kind, message_id, recipient"),
        (json.dumps({**HARD, "kind": "zoe@example.org"}).encode(), "missing or not as it should be: kind"),
        (json.dumps({**HARD, "code": "2.0.0"}).encode(), "missing or not as it should be: code"),
        (json.dumps({**HARD, "at": "2026-12-01T12:00"}).encode(), "missing or not as it should be: at"),
        (json.dumps({**HARD, "at": 1}).encode(), "missing or not as it should be: at"),
        (
            json.dumps({**HARD, "recipient": "zoe\0@a.b"}).encode(),
            "missing or not as it should be: recipient",
        ),
        (json.dumps({**HARD, "recipient": "z" * 321}).encode(), "missing or not as it should be: recipient"),
        (
            json.dumps({**HARD, "message_id": "<1> <2>"}).encode(),
            "missing or not as it should be: message_id",
        ),
        (json.dumps({**HARD, "reason": 7}).encode(), "missing or not as it should be: reason"),
    ],
)
def test_what_cannot_be_read_is_said_without_what_it_holds(
    provider: Provider, body: bytes, detail: str
) -> None:
    answer = provider.post(body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"title": "Bad Request", "status": 400, "detail": detail}
    assert zoe(provider.store).broken_at is None


def test_what_else_a_provider_sends_along_is_left_alone(provider: Provider) -> None:
    assert provider.tell({**HARD, "campaign": {"id": 7}}).status_code == 202


def test_more_than_a_bounce_is_not_read(provider: Provider) -> None:
    answer = provider.tell({**HARD, "reason": "x" * 9000})
    assert answer.status_code == 413
    assert answer.json()["detail"] == "a bounce has at most 8192 bytes"


def test_without_a_secret_there_is_no_such_place(store: Store) -> None:
    with Provider(store, key=None).server as server:
        assert server.post("/bounces", content=b"{}").status_code == 404


def test_nothing_but_a_post_is_answered(provider: Provider) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        assert provider.server.request(method, "/bounces").status_code == 405


@pytest.mark.parametrize(
    "secret", ["", "x" * 64, "whsec_", "whsec_????", written_key(b"k" * 23), written_key(b"k" * 65)]
)
def test_a_secret_that_can_be_guessed_or_read_wrong_is_refused(secret: str) -> None:
    with pytest.raises(SettingsError) as refused:
        BounceSettings.parse(secret)
    assert "whsec_ and the base64 of 24 to 64 bytes" in str(refused.value)
    assert secret in {"", "whsec_"} or secret not in str(refused.value)


def test_a_secret_is_shown_to_nobody() -> None:
    assert base64.b64encode(b"k" * 32).decode() not in repr(BounceSettings.parse(KEY))


def test_a_fault_is_told_to_send_again_and_names_nobody(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: Any) -> None:
        raise ValueError("zoe@example.org")

    with monkeypatch.context() as patch:
        patch.setattr("scheduler.actions.bounce.mark_broken", broken)
        answer = provider.tell(HARD)
    assert answer.status_code == 500
    assert answer.json()["detail"] == "nothing was noted: send it again later"
    assert "zoe" not in caplog.text.lower()
    assert rows(provider.store)["smtp", "due"].state is ReminderState.SENT
    assert provider.tell(HARD).status_code == 202


def test_a_database_that_is_gone_asks_to_send_it_again(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_database(monkeypatch)
    answer = provider.tell(HARD)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"


def test_the_log_names_contact_points_and_no_address(
    provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="scheduler")
    provider.tell({**HARD, "reason": "550 Zoe Marsh is no more"})
    own = [record.getMessage() for record in caplog.records if record.name.startswith("scheduler")]
    assert any(f"recipient={zoe(provider.store).id} is broken (bounced)" in line for line in own)
    assert "zoe" not in " ".join(own).lower()
