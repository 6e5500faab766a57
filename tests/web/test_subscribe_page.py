"""What somebody meets who opens the address of a subscribe page."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from scheduler.actions import qr_code
from scheduler.actions.feed import issue_feed, list_feeds, revoke_feed, rotate_feed
from scheduler.actions.feed_address import (
    GOOGLE_FROM_URL,
    BaseUrl,
    feed_url,
    outlook_urls,
    subscribe_url,
    webcal_url,
)
from scheduler.actions.feed_contents import FeedStyle
from scheduler.actions.feed_token import FeedToken
from scheduler.actions.patient import remove_patient
from scheduler.ical.privacy import Privacy
from scheduler.store.unit_of_work import Store
from scheduler.web.subscribe import subscribe_route
from tests.support.one_patient import MORNING, add_patient

HTTPS = BaseUrl.parse("https://doses.example/clinic")
VOID = {"meta", "link", "input", "img", "br"}
CLIENTS = ["apple", "google", "outlook", "thunderbird", "android"]


class World:
    """A clinic with one patient and one feed that tells everything."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.patient = add_patient(store)
        style = FeedStyle(privacy=Privacy.FULL, alias="Sandy")
        self.token = issue_feed(store, self.patient, MORNING, label="Zoes phone", style=style)
        self.path = f"/subscribe/{self.token}"
        self.client = self.new_server(HTTPS)

    def new_server(self, base_url: BaseUrl) -> TestClient:
        route = subscribe_route(self.store, base_url)
        return TestClient(Starlette(routes=[route]), raise_server_exceptions=False)

    def page(self) -> Page:
        return Page(self.client.get(self.path).text)


class Page(HTMLParser):
    """A document as a list of elements, and the text within each one that has an id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inside: list[str] = []
        self.texts: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.elements.append((tag, named))
        if tag not in VOID:
            self._open.append((tag, named.get("aria-labelledby", named.get("id"))))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, name in self._open:
            if name:
                self.texts[name] = self.texts.get(name, "") + data

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [named for tag, named in self.elements if tag in tags]

    def links(self) -> list[str]:
        return [named["href"] for named in self.all("a")]


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    with made.client:
        yield made


def test_each_calendar_has_its_way_to_subscribe(world: World) -> None:
    outlook = outlook_urls(HTTPS, world.token)
    jumps = [f"#{client}" for client in CLIENTS]
    buttons = [webcal_url(HTTPS, world.token), GOOGLE_FROM_URL, outlook.personal, outlook.work]
    assert world.page().links() == [*jumps, *buttons]


def test_only_apple_is_offered_a_webcal_address_and_is_told_what_that_means(world: World) -> None:
    page = world.page()
    assert page.text.count("webcal:") == 1
    assert "unencrypted" in page.texts["apple"]
    assert "copy the link instead" in words(page.texts["apple"])


def test_the_link_can_be_copied_without_a_script(world: World) -> None:
    page = world.page()
    (field,) = page.all("input")
    assert field["value"] == feed_url(HTTPS, world.token)
    assert "readonly" in field
    (button,) = page.all("button")
    assert "hidden" in button  # the script shows it


def test_the_qr_code_opens_this_page(world: World) -> None:
    (picture,) = world.page().all("img")
    kind, _, packed = picture["src"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(packed).decode() == qr_code.svg(subscribe_url(HTTPS, world.token))


@pytest.mark.parametrize("client", CLIENTS)
def test_each_calendar_is_said_not_to_be_the_reminder(world: World, client: str) -> None:
    told = words(world.page().texts[client]).partition("Alarms. ")[2]
    assert told.endswith("your reminders come from dosecal's own messages, not from the calendar.")
    assert len(re.findall(r"[.](?: |$)", told)) == 2


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ("apple", "Remove Alerts is switched on when you subscribe: switch it off"),
        ("google", "Google ignores the calendar's alarms and looks for changes only every 4 to 24 hours"),
        ("google", "set a notification yourself"),
        ("outlook", "keeps one alarm for each entry at most"),
        ("thunderbird", "while it is open"),
        ("android", "unless Ignore embedded alarms is on"),
    ],
)
def test_each_calendar_is_told_what_becomes_of_its_alarms(world: World, client: str, said: str) -> None:
    assert said in words(world.page().texts[client])


def test_nothing_is_fetched_from_anywhere(world: World) -> None:
    page = world.page()
    assert page.all("iframe", "object", "embed", "form", "base", "video", "audio") == []
    assert [named["href"] for named in page.all("link")] == ["data:,"]
    assert all(named["src"].startswith("data:") for named in page.all("img"))
    assert page.all("script") == [{}]
    assert re.search(r"url\(|@import|fetch\(|XMLHttpRequest|sendBeacon", page.text) is None


def test_the_policy_lets_the_pages_own_style_and_script_in_and_nothing_else(world: World) -> None:
    answer = world.client.get(world.path)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": source_of("style", answer.text),
        "script-src": source_of("script", answer.text),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert " style=" not in answer.text
    assert re.search(r" on[a-z]+=", answer.text) is None


def test_a_browser_keeps_it_to_itself_on_every_status(world: World) -> None:
    ended = issue_feed(world.store, world.patient, MORNING, label="", style=FeedStyle(privacy=Privacy.FULL))
    revoke_feed(world.store, ended.key_id, MORNING)
    for path, status in ((world.path, 200), ("/subscribe/nothing", 404), (f"/subscribe/{ended}", 410)):
        answer = world.client.get(path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "set-cookie" not in answer.headers


def test_a_link_to_elsewhere_tells_nobody_where_it_was(world: World) -> None:
    for named in world.page().all("a"):
        assert named["href"].startswith("#") or "noreferrer" in named["rel"]


def test_it_names_nobody_and_no_medicine_however_much_the_feed_tells(world: World) -> None:
    text = world.client.get(world.path).text
    for told in ("Zoe", "Marsh", "Sandy", "ctreotide", "injection", "medicine", "patient", world.patient):
        assert told not in text.replace(str(world.token), "")
    assert "<title>Calendar</title>" in text


def test_the_host_that_a_request_names_is_not_believed(world: World) -> None:
    plain = world.client.get(world.path)
    headers = {"host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    assert world.client.get(world.path, headers=headers).text == plain.text


def test_it_works_on_this_machine_without_https(world: World) -> None:
    base_url = BaseUrl.parse("http://127.0.0.1:8460")
    with world.new_server(base_url) as client:
        page = Page(client.get(world.path).text)
    assert page.all("input")[0]["value"] == f"http://127.0.0.1:8460/feeds/{world.token}.ics"
    assert f"webcal://127.0.0.1:8460/feeds/{world.token}.ics" in page.links()


def test_it_can_be_read_aloud_and_worked_by_keyboard(world: World) -> None:
    page = world.page()
    ids = [named["id"] for _, named in page.elements if "id" in named]
    assert len(ids) == len(set(ids))
    assert page.all("html") == [{"lang": "en"}]
    assert [tag for tag, _ in page.elements if tag in {"h1", "h2", "h3"}] == [
        "h1",
        "h2",
        "h2",
        "h2",
        *["h3"] * 5,
    ]
    assert all(named["aria-labelledby"] in ids for named in page.all("section", "article", "nav"))
    assert [named["for"] for named in page.all("label")] == [named["id"] for named in page.all("input")]
    assert all(named["alt"] for named in page.all("img"))
    assert {"id": "copied", "role": "status"} in page.all("p")
    assert all(link[1:] in ids for link in page.links() if link.startswith("#"))


def test_it_suits_a_small_screen_a_dark_one_and_paper(world: World) -> None:
    page = world.page()
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    for rule in ("prefers-color-scheme: dark", "@media print", ":focus-visible", "min-height: 3rem"):
        assert rule in page.text


def test_head_answers_as_get_does_without_a_body(world: World) -> None:
    got, head = world.client.get(world.path), world.client.head(world.path)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers == got.headers


def test_opening_it_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list_feeds(world.store, world.patient)
    monkeypatch.setattr(Store, "transaction", must_not_be_called)
    assert world.client.get(world.path).status_code == 200
    assert list_feeds(world.store, world.patient) == before


def test_only_reading_is_allowed(world: World) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert world.client.request(method, world.path).status_code == 405


@pytest.mark.parametrize("token", ["abcdefgh-wrong", "abcdefgh", "-", "x" * 500, "%00-%00", "né-né", "<b>"])
def test_an_unknown_link_says_so_in_plain_words(world: World, token: str) -> None:
    answer = world.client.get(f"/subscribe/{token}")
    assert answer.status_code == 404
    assert "This link does not lead to a calendar." in answer.text
    assert answer.content == world.client.get("/subscribe/nothing").content


def test_a_known_key_with_a_wrong_secret_is_not_told_from_an_unknown_one(world: World) -> None:
    unknown = world.client.get(f"/subscribe/{'z' * 8}-{'A' * 43}")
    wrong = world.client.get(f"/subscribe/{world.token.key_id}-{'A' * 43}")
    assert wrong.status_code == unknown.status_code == 404
    assert wrong.content == unknown.content
    assert wrong.headers == unknown.headers


def test_a_secret_is_compared_also_where_there_is_no_feed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[bytes | None] = []
    opens = FeedToken.opens

    def noticed(self: FeedToken, secret_hash: bytes | None) -> bool:
        compared.append(secret_hash)
        return opens(self, secret_hash)

    monkeypatch.setattr(FeedToken, "opens", noticed)
    world.client.get(f"/subscribe/{'z' * 8}-{'A' * 43}")
    assert compared == [None]


def test_a_revoked_link_says_so_and_what_to_do(world: World) -> None:
    revoke_feed(world.store, world.token.key_id, MORNING)
    answer = world.client.get(world.path)
    assert answer.status_code == 410
    assert "It was switched off, or a newer one took its place." in words(answer.text)
    assert "Ask whoever gave it to you for a new link" in words(answer.text)
    assert world.token.secret not in answer.text


def test_nobody_begins_with_a_link_that_a_newer_one_replaces_while_the_old_one_goes_on(world: World) -> None:
    newer = rotate_feed(world.store, world.token.key_id, MORNING)
    assert world.client.get(world.path).status_code == 410
    assert world.client.get(f"/subscribe/{newer}").status_code == 200


def test_a_revoked_key_with_a_wrong_secret_is_not_found(world: World) -> None:
    revoke_feed(world.store, world.token.key_id, MORNING)
    assert world.client.get(f"/subscribe/{world.token.key_id}-{'A' * 43}").status_code == 404


def test_the_link_of_a_removed_patient_is_not_found(world: World) -> None:
    remove_patient(world.store, world.patient)
    assert world.client.get(world.path).status_code == 404


def test_no_status_puts_the_token_into_a_log(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # httpx2 logs the address of each request; that is the client's log, not ours.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    caplog.set_level(logging.DEBUG)
    world.client.get(world.path)
    world.client.get(f"/subscribe/{world.token.key_id}-{'A' * 43}")
    monkeypatch.setattr("scheduler.web.subscribe.subscribe_page", broken)
    answer = world.client.get(world.path)
    assert answer.status_code == 500
    assert "Try again in a few minutes." in answer.text
    assert "a subscribe page could not be made: ValueError at" in caplog.text
    assert world.token.secret not in caplog.text
    assert "A" * 43 not in caplog.text


def source_of(tag: str, text: str) -> str:
    """How a policy names the only ``tag`` of a document."""
    (within,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(within.encode()).digest()).decode()}'"


def words(text: str) -> str:
    return " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


def broken(base_url: BaseUrl, token: FeedToken) -> str:
    raise ValueError(f"{base_url} {token}")


def must_not_be_called(*_: object) -> None:
    raise AssertionError("a page wrote something")
