"""Whatever is sent to any route: it is answered as described, tells no secret, and changes nothing unasked.

`routes.yaml` describes every route, and schemathesis makes requests of it, fitting ones and unfitting. Real
tokens are mixed in: of a feed, of an answer, of a link to unsubscribe, of a page of a dose.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Route

from scheduler.actions.dose_page import make_page_code
from scheduler.actions.feed import issue_feed
from scheduler.actions.feed_contents import FeedStyle
from scheduler.formulary.formulary import load_formulary
from scheduler.ical.audience import Audience
from scheduler.ical.privacy import Privacy
from scheduler.reminders.channels.standard_webhook import signature_headers, written_key
from scheduler.settings import BounceSettings
from scheduler.store import tables
from scheduler.store.unit_of_work import Store
from scheduler.web.app import PAGES, make_app
from tests.support.answer_world import AT_SEVEN, OUTSIDE, World
from tests.support.feed_world import lose_the_database
from tests.support.law import law as law_settings

DESCRIBED: Any = schemathesis.openapi.from_path(Path(__file__).with_name("routes.yaml"))
OPERATIONS = [found.ok() for found in DESCRIBED.get_all_operations()]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KEY = written_key(b"k" * 32)
NAMES = re.compile("zoe|marsh|example\\.org|octreotide|sandostatin|injection", re.IGNORECASE)
ASKED = [operation for operation in OPERATIONS if operation.method.upper() != "HEAD"]
"""HEAD is asked beside every GET."""

law = settings(
    law_settings,
    # Two databases, eleven routes, and several requests for each example.
    max_examples=law_settings.max_examples // 3,
    suppress_health_check=[*law_settings.suppress_health_check, HealthCheck.function_scoped_fixture],
)


@dataclass
class Rooms:
    """A server with a feed, a sent reminder and a secret for bounces, and what it logged."""

    world: World
    app: Any
    client: Any
    real: Mapping[str, Mapping[str, str]]
    lines: list[str] = field(default_factory=list)

    def parameters(self, path: str) -> Mapping[str, str]:
        """What stands in the address of something that there is; nothing for a path that holds nothing."""
        return next((values for begin, values in self.real.items() if path.startswith(begin)), {})

    @property
    def secrets(self) -> list[str]:
        return [value for values in self.real.values() for value in values.values()]

    def everything(self) -> dict[str, list[Any]]:
        """All that the database holds."""
        with self.world.store.reading() as work:
            connection = work._connection
            return {
                table.name: sorted(map(repr, connection.execute(table.select())))
                for table in tables.metadata.sorted_tables
            }


@pytest.fixture
def rooms(store: Store) -> Iterator[Rooms]:
    """On each database."""
    with opened(store) as made:
        yield made


@pytest.fixture
def rooms_on_a_file(sqlite_url: str) -> Iterator[Rooms]:
    """Where what is asked has no way into the database."""
    with closing(Store(sqlite_url, load_formulary())) as store, opened(store) as made:
        yield made


@contextmanager
def opened(store: Store) -> Iterator[Rooms]:
    """At three past seven, with the reminder of seven o'clock sent."""
    world = World(store)
    world.plan(AT_SEVEN)
    world.send_what_is_due()
    world.moment = AT_SEVEN + timedelta(minutes=3)
    feed = issue_feed(
        store,
        world.patient,
        world.moment,
        label="phone",
        style=FeedStyle(privacy=Privacy.DISCREET),
        audience=Audience.PATIENT,
    )
    app: Any = make_app(
        store, load_formulary(), lambda: world.moment, OUTSIDE, OUTSIDE, BounceSettings.parse(KEY)
    )
    make_page_code(store, feed.key_id)
    with asgi.get_client(app) as client:
        dose = re.search(
            r"/dose/([a-z2-9]{12})/([0-9a-f]{16})", _unfolded(client.get(f"/feeds/{feed}.ics").text)
        )
        assert dose is not None
        real = {
            "/feeds/": {"token": str(feed)},
            "/subscribe/": {"token": str(feed)},
            "/answer/": {"token": world.token_for()},
            "/unsubscribe/": {"token": world.way_out().rsplit("/", 1)[-1]},
            "/dose/": {"patient": dose[1], "dose": dose[2]},
        }
        made = Rooms(world=world, app=app, client=client, real=real)
        with KeptLog(made.lines):
            yield made


class KeptLog(logging.Handler):
    """Keeps every line that anything but the client of these tests logs, at any level."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(("urllib3", "httpx2", "asyncio")):
            self._lines.append(f"{record.getMessage()} {record.exc_info or ''}")

    def __enter__(self) -> None:
        root = logging.getLogger()
        self._before = root.level
        root.addHandler(self)
        root.setLevel(logging.DEBUG)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        logging.getLogger().setLevel(self._before)


def _unfolded(calendar: str) -> str:
    return re.sub("\r\n[ \t]", "", calendar)


def _name(operation: Any) -> str:
    return f"{operation.method.upper()} {operation.path}"


def _strange(operation: Any) -> st.SearchStrategy[Case[Any]]:
    """Requests that fit the description and ones that do not, with tokens of nobody's."""
    fitting: st.SearchStrategy[Case[Any]] = operation.as_strategy()
    if not (operation.path_parameters or operation.headers or operation.body):
        return fitting  # there is nothing to get wrong
    return st.one_of(fitting, operation.as_strategy(GenerationMode.NEGATIVE))


def _good(operation: Any, real: Mapping[str, str]) -> st.SearchStrategy[Case[Any]]:
    """The same, sent to where there is something."""
    fitting: st.SearchStrategy[Case[Any]] = operation.as_strategy(path_parameters=real)
    if not (operation.headers or operation.body):
        return fitting
    return st.one_of(fitting, operation.as_strategy(GenerationMode.NEGATIVE).map(partial(_at, real)))


def _at(real: Mapping[str, str], case: Case[Any]) -> Case[Any]:
    case.path_parameters = dict(real)
    return case


def _ask(rooms: Rooms, case: Case[Any]) -> None:
    """Ask once, and see that the answer is as described and tells nothing; HEAD has the headers of GET."""
    response = case.call(session=rooms.client, app=rooms.app, allow_redirects=False)
    case.validate_response(response, checks=CHECKS)
    _tells_nothing(rooms, response.status_code, response.headers, response.content, case)
    if case.method == "GET":
        case.method = "HEAD"
        head = case.call(session=rooms.client, app=rooms.app, allow_redirects=False)
        assert (head.status_code, dict(head.headers)) == (response.status_code, dict(response.headers))


def _tells_nothing(
    rooms: Rooms, status: int, headers: Mapping[str, Any], content: bytes, case: Case[Any] | None = None
) -> None:
    body = content.decode("utf-8", "replace")
    assert not {"set-cookie", "location"} & {name.lower() for name in headers}
    assert "Traceback" not in body
    # A page names the medicine in the answer to a pressed button alone.
    is_answered = case is not None and case.method == "POST" and case.path.startswith("/answer/")
    assert is_answered or NAMES.search(_without_secrets(rooms, body)) is None
    if status in {404, 405, 410, 413}:
        assert not any(secret in body for secret in rooms.secrets)


def _without_secrets(rooms: Rooms, body: str) -> str:
    """A page may lead to itself, and chance may spell a name in a token."""
    for secret in rooms.secrets:
        body = body.replace(secret, "")
    return body


def _logged_nothing(rooms: Rooms) -> None:
    told = "\n".join(rooms.lines)
    assert not NAMES.search(told)
    assert "Traceback" not in told
    assert not any(secret in told for secret in rooms.secrets)


def test_the_description_has_every_route_and_no_other(rooms_on_a_file: Rooms) -> None:
    rooms = rooms_on_a_file
    served = {(r.path, m) for r in rooms.app.routes if isinstance(r, Route) for m in r.methods or ()}
    assert served == {(operation.path, operation.method.upper()) for operation in OPERATIONS}


def test_what_nobody_here_signed_is_answered_as_described_and_changes_nothing(rooms: Rooms) -> None:
    before = rooms.everything()
    for operation in ASKED:

        @law
        @given(_strange(operation))
        def holds(case: Case[Any]) -> None:
            _ask(rooms, case)

        holds()
        assert rooms.everything() == before, _name(operation)
    _logged_nothing(rooms)


@pytest.mark.parametrize("operation", [o for o in ASKED if o.path_parameters], ids=_name)
def test_with_a_token_that_is_good_anything_sent_is_answered_as_described(
    rooms: Rooms, operation: Any
) -> None:
    before = rooms.everything()

    @law
    @given(_good(operation, rooms.parameters(operation.path)))
    def holds(case: Case[Any]) -> None:
        _ask(rooms, case)

    holds()
    if operation.method.upper() == "GET" and not operation.path.startswith("/feeds/"):
        assert rooms.everything() == before
    _logged_nothing(rooms)


def test_other_methods_say_what_is_allowed_and_change_nothing(rooms_on_a_file: Rooms) -> None:
    rooms = rooms_on_a_file
    before = rooms.everything()
    allowed: dict[str, set[str]] = {}
    for operation in OPERATIONS:
        allowed.setdefault(operation.path, set()).add(operation.method.upper())
    for path, methods in allowed.items():
        place = path.format(**rooms.parameters(path))
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "LINK"} - methods:
            answer = rooms.client.request(method, place, data=b"answer=given")
            _tells_nothing(rooms, answer.status_code, answer.headers, answer.content)
            assert answer.status_code == 405, f"{method} {path}"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert set(answer.headers["allow"].split(", ")) <= methods
    assert rooms.everything() == before


def test_with_the_database_gone_every_route_says_when_to_come_back(
    rooms_on_a_file: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = rooms_on_a_file
    lose_the_database(monkeypatch)
    for operation in ASKED:
        if operation.path.startswith("/feeds/"):
            continue  # served from memory: see test_feed_requests
        path, body, headers = operation.path.format(**rooms.parameters(operation.path)), b"", {}
        if operation.path == "/bounces":
            body = b'{"message_id": "<1@a.b>", "recipient": "z@a.b", "kind": "hard"}'
            headers = signature_headers(KEY, "msg_1", body, int(rooms.world.moment.timestamp()))
        answer = rooms.client.request(operation.method, path, data=body, headers=headers)
        _tells_nothing(rooms, answer.status_code, answer.headers, answer.content)
        needs_none = _name(operation) in {"GET /healthz", "GET /dose/{patient}/{dose}"}
        assert answer.status_code == (200 if needs_none else 503), _name(operation)
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert "no-store" in answer.headers["cache-control"]
        assert needs_none or path == "/readyz" or answer.headers["retry-after"] == "60"
    _logged_nothing(rooms)


def test_where_nothing_is_served_nothing_is_told(rooms: Rooms) -> None:
    before = rooms.everything()
    first = st.sampled_from(["", *sorted(PAGES)])

    @law
    @given(
        st.sampled_from(["GET", "HEAD", "POST"]), first, st.text(max_size=80).map(partial(quote, safe="/%"))
    )
    def holds(method: str, page: str, rest: str) -> None:
        answer = rooms.client.request(method, f"http://testserver/{page}/{rest}", data=b"answer=given")
        _tells_nothing(rooms, answer.status_code, answer.headers, answer.content)
        assert answer.status_code in {404, 405} or page == "dose"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert answer.headers["cache-control"].endswith("no-store")

    holds()
    assert rooms.everything() == before
    _logged_nothing(rooms)


_TOKEN_TEXT = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
_HEADERS = st.dictionaries(
    st.one_of(
        st.sampled_from(["Cookie", "Host", "Range", "Accept", "Content-Type", "X-Forwarded-Host", "Origin"]),
        st.text(_TOKEN_TEXT, min_size=1, max_size=20),
    ),
    st.text(
        st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f\x85\xa0"), max_size=60
    ),
    max_size=6,
)
_OF_THE_CONNECTION = {"content-length", "transfer-encoding", "connection", "expect"}


def test_no_header_or_cookie_leads_elsewhere_or_breaks_anything(rooms_on_a_file: Rooms) -> None:
    rooms = rooms_on_a_file
    paths = [o.path.format(**rooms.parameters(o.path)) for o in ASKED if o.method.upper() == "GET"]

    @law
    @given(st.sampled_from(paths), _HEADERS)
    def holds(path: str, headers: dict[str, str]) -> None:
        sent = {n: v for n, v in headers.items() if n.lower() not in _OF_THE_CONNECTION}
        answer = rooms.client.request("GET", path, headers=sent)
        assert answer.status_code in {200, 304}  # 304: If-None-Match: *
        _tells_nothing(rooms, answer.status_code, answer.headers, answer.content)
        # A host that the request names would have a person hand their token to it.
        host = sent.get("X-Forwarded-Host", "")
        assert len(host) < 10 or host not in answer.text

    holds()
    _logged_nothing(rooms)


@pytest.mark.parametrize("page", ["/answer/", "/unsubscribe/", "/dose/"])
def test_no_body_breaks_a_page(rooms: Rooms, page: str) -> None:
    path = page + "/".join(rooms.parameters(page).values())
    begin = st.sampled_from(
        [b"", b"answer=given&", b"answer=snooze&wait=10&", b"List-Unsubscribe=One-Click&", b"--b"]
    )
    kinds = [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "\xff",
        "",
    ]

    @law
    @given(begin, st.binary(max_size=200), st.sampled_from(kinds), st.integers(1, 60))
    def holds(first: bytes, rest: bytes, kind: str, times: int) -> None:
        headers = {"Content-Type": kind}
        answer = rooms.client.request("POST", path, data=first + rest * times, headers=headers)
        assert answer.status_code in {200, 400, 409, 410, 422}
        assert answer.headers["content-type"] == "text/html; charset=utf-8"

    holds()
    _logged_nothing(rooms)


_VALUE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_JSON = _VALUE | st.lists(_VALUE, max_size=3) | st.dictionaries(st.text(max_size=10), _VALUE, max_size=3)
_BOUNCE = {
    "message_id": st.text(max_size=30) | st.just("<1@example.org>"),
    "recipient": st.text(max_size=30) | st.just("zoe@example.org"),
    "kind": st.sampled_from(["hard", "soft"]),
    "code": st.text(max_size=12) | st.just("5.1.1"),
    "at": st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
}
_TOLD = st.one_of(
    _JSON.map(json.dumps),
    st.fixed_dictionaries({}, optional={name: made | _JSON for name, made in _BOUNCE.items()}).map(
        json.dumps
    ),
    st.fixed_dictionaries(_BOUNCE).map(json.dumps),
    st.text(max_size=60),
)


def test_whatever_a_provider_signs_is_understood_or_said_to_be_wrong(rooms: Rooms) -> None:
    @law
    @given(_TOLD.map(lambda text: text.encode("utf-8", "surrogatepass")))
    def holds(body: bytes) -> None:
        headers = signature_headers(KEY, "msg_1", body, int(rooms.world.moment.timestamp()))
        answer = rooms.client.request("POST", "/bounces", data=body, headers=headers)
        assert answer.status_code in {202, 400}
        _tells_nothing(rooms, answer.status_code, answer.headers, answer.content)

    holds()
    _logged_nothing(rooms)
