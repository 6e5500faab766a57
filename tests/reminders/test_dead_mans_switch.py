"""The URL that is fetched while all is well."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from http.client import HTTPMessage
from io import BytesIO
from urllib.request import Request

import pytest

from scheduler.errors import SettingsError
from scheduler.reminders.dead_mans_switch import DeadMansSwitch, SameHost
from tests.support.ping_server import PingServer, open_ping_server

SECRET = "a1b2c3"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PingServer]:
    monkeypatch.setenv("no_proxy", "*")
    with open_ping_server() as opened:
        yield opened


def test_a_good_pass_fetches_the_url_and_a_bad_one_its_failing_twin(server: PingServer) -> None:
    switch = DeadMansSwitch(f"{server.url}/{SECRET}")
    switch.tell(passed=True)
    switch.tell(passed=False)
    assert server.paths == [f"/{SECRET}", f"/{SECRET}/fail"]


def test_what_stands_behind_the_path_stays_behind_it(server: PingServer) -> None:
    switch = DeadMansSwitch(f"{server.url}/{SECRET}/?create=1#top")
    switch.tell(passed=True)
    switch.tell(passed=False)
    assert server.paths == [f"/{SECRET}/?create=1", f"/{SECRET}/fail?create=1"]


def test_a_refusal_is_a_warning_without_the_url(server: PingServer, caplog: pytest.LogCaptureFixture) -> None:
    server.status = 404
    DeadMansSwitch(f"{server.url}/{SECRET}").tell(passed=True)
    (record,) = caplog.records
    assert (record.levelno, record.message) == (
        logging.WARNING,
        "the ping after the audit failed: the answer was 404",
    )


def test_a_server_that_is_not_there_is_a_warning_without_the_url(caplog: pytest.LogCaptureFixture) -> None:
    with open_ping_server() as server:
        url = f"{server.url}/{SECRET}"
    DeadMansSwitch(url).tell(passed=False)
    assert caplog.messages == ["the ping after the audit failed: ConnectionRefusedError"]


def test_a_server_that_hangs_is_given_up(server: PingServer, caplog: pytest.LogCaptureFixture) -> None:
    server.go_on.clear()
    begin = time.monotonic()
    DeadMansSwitch(f"{server.url}/{SECRET}", timeout_s=0.2).tell(passed=True)
    assert time.monotonic() - begin < 10
    assert caplog.messages == ["the ping after the audit failed: TimeoutError"]


@pytest.mark.parametrize(
    ("old", "new", "followed"),
    [("https", "https", True), ("http", "https", True), ("https", "http", False)],
)
def test_a_redirect_never_gives_up_encryption(old: str, new: str, followed: bool) -> None:
    asked, moved = Request(f"{old}://example.org/a"), f"{new}://example.org/b"
    found = SameHost().redirect_request(asked, BytesIO(), 302, "Found", HTTPMessage(), moved)
    assert (found is not None) is followed


def test_a_redirect_on_the_same_host_is_followed(
    server: PingServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.location = f"{server.url}/moved"
    DeadMansSwitch(f"{server.url}/{SECRET}").tell(passed=True)
    assert server.paths == [f"/{SECRET}", "/moved"]
    assert caplog.messages == []


def test_a_redirect_to_another_host_is_not_followed(
    server: PingServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.location = server.url.replace("127.0.0.1", "localhost") + "/moved"
    DeadMansSwitch(f"{server.url}/{SECRET}").tell(passed=True)
    assert server.paths == [f"/{SECRET}"]
    assert caplog.messages == ["the ping after the audit failed: the answer was 302"]


@pytest.mark.parametrize(
    "url",
    [
        f"ftp://example.org/{SECRET}",
        f"file:///{SECRET}",
        f"https:///{SECRET}",
        f"https://me:{SECRET}@example.org/",
        f"https://example.org:{SECRET}/",
        f"https://example.org/{SECRET} 2",
        f"https://example.org/{SECRET}\n",
        SECRET,
        "",
    ],
)
def test_another_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(
        SettingsError, match=r"^the URL to ping \(--ping-url\) is not https://HOST/PATH"
    ) as told:
        DeadMansSwitch(url)
    assert SECRET not in str(told.value)
