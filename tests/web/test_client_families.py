"""Which calendar program asks: none is turned away, one is spared gzip, and the nurse sees the family."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from scheduler.actions.feed import list_feeds
from scheduler.store.feeds import Feeds
from scheduler.store.unit_of_work import Store
from scheduler.web.client_family import OTHER, OUTLOOK, client_family
from tests.support.feed_world import World

OUTLOOKS = (
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
    "Microsoft.Exchange/15.20 (compatible; Outlook-Internet-Calendar)",
)
AGENTS = {
    "Google-Calendar-Importer": "Google",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.3.0": "Thunderbird",
    "ICSx5/2.3.0 (2026/09/01; ical4j/3.2.19) Android/16": "ICSx5",
    "DAVx5/4.5.2 (okhttp/4.12.0) Android/16": "DAVx5",
    "Evolution/3.46.4": "Evolution",
    "GNOME Calendar/43.1": "GNOME",
    "Nextcloud Webcal Service": "Nextcloud",
    "HomeAssistant/2026.11.1 httpx/0.28.1 Python/3.14": "Home Assistant",
    "vdirsyncer/0.21.0": "vdirsyncer",
    "Mozilla/5.0 (X11; Linux x86_64) KIO/5.103 kioworker/5.103": "KDE",
    "iOS/19.1 (23B74) dataaccessd/1.0": "Apple",
    "macOS/26.1 (25B78) CalendarAgent/1085": "Apple",
    "Mac OS X/10.15.7 (19H15) CalendarAgent/930.5.1": "Apple",
    "curl/8.17.0": OTHER,
    "python-requests/2.32": OTHER,
    "": OTHER,
    **dict.fromkeys(OUTLOOKS, OUTLOOK),
}


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    made = World(store)
    with made.client:
        yield made


def used(world: World) -> tuple[date | None, str | None]:
    (feed,) = list_feeds(world.store, world.patient)
    return feed.last_used_on, feed.last_used_by


@pytest.mark.parametrize(("agent", "family"), AGENTS.items())
def test_a_program_is_known_by_the_name_it_gives_itself(agent: str, family: str) -> None:
    assert client_family(agent) == family
    assert client_family(agent.upper()) == family
    assert len(family) <= 24


def test_every_program_gets_the_calendar_whatever_it_says_that_it_accepts(world: World) -> None:
    for agent in (*AGENTS, "x" * 4000, "\x7f"):
        for accept in ("", "text/html", "application/json", "text/calendar;q=0"):
            answer = world.get({"user-agent": agent, "accept": accept})
            assert answer.status_code == 200
            assert answer.content.startswith(b"BEGIN:VCALENDAR\r\n")


def test_a_request_without_a_name_and_without_any_header_is_answered(world: World) -> None:
    world.client.headers.clear()
    answer = world.client.get(world.path)
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers


def test_outlook_gets_the_plain_bytes_though_it_says_that_it_takes_gzip(world: World) -> None:
    for agent in OUTLOOKS:
        asked = {"accept-encoding": "gzip, deflate", "user-agent": agent}
        answer = world.get(asked)
        assert "content-encoding" not in answer.headers
        assert answer.headers["etag"].startswith('"')
        assert answer.headers["content-length"] == str(len(answer.content))
        again = world.get({**asked, "if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.headers["etag"]) == (304, answer.headers["etag"])


def test_every_other_program_gets_gzip_where_it_takes_it(world: World) -> None:
    plain = world.get().content
    for agent in AGENTS.keys() - set(OUTLOOKS):
        answer = world.get({"accept-encoding": "gzip", "user-agent": agent})
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.content == plain
        assert int(answer.headers["content-length"]) < len(plain) / 10


def test_the_nurse_sees_the_day_of_the_last_use_and_the_family_of_the_program(world: World) -> None:
    assert used(world) == (None, None)
    world.get({"user-agent": "Evolution/3.46.4"})
    assert used(world) == (date(2026, 12, 1), "Evolution")
    world.moment += timedelta(days=2)
    world.get({"user-agent": "curl/8"})
    assert used(world) == (date(2026, 12, 3), OTHER)


def test_a_304_is_a_use_and_a_wrong_secret_is_none(world: World) -> None:
    world.client.get(f"/feeds/{world.token.key_id}-{'A' * 43}.ics")
    assert used(world) == (None, None)
    assert world.get({"if-none-match": "*", "user-agent": "vdirsyncer/0.21.0"}).status_code == 304
    assert used(world) == (date(2026, 12, 1), "vdirsyncer")


def test_a_use_is_written_down_once_a_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.get()

    written: list[str] = []
    monkeypatch.setattr(Feeds, "used", lambda *_: written.append("again"))
    world.moment += timedelta(hours=10)
    assert world.get().status_code == 200
    assert written == []
