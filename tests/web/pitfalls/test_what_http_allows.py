"""Addresses, codings and states as HTTP has them, and no token in a log."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest

from scheduler.actions.feed import revoke_feed
from tests.support.feed_world import (
    NO_HEADERS,
    World,
    lose_the_database,
)

A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """Where a token leads to, and what to break there."""

    path: str
    breaks: str
    statuses: list[int]

    def every_status(self, world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
        """What is answered to every kind of request."""
        yield self._asked(world, world.token)
        yield self._asked(world, world.token, {"if-none-match": "*"})
        yield self._asked(world, f"{world.token.key_id}-{'A' * 43}")
        yield self._asked(world, f"{world.token}x")
        world.moment += A_DAY
        with monkeypatch.context() as patched, world.new_server() as world.client:
            patched.setattr(self.breaks, broken)
            patched.setattr("scheduler.web.feeds.stored_feed", broken)
            yield self._asked(world, world.token)
            lose_the_database(patched)
            yield self._asked(world, world.token)
        revoke_feed(world.store, world.token.key_id, world.moment - 31 * A_DAY)
        yield self._asked(world, world.token)

    def _asked(self, world: World, token: object, headers: Mapping[str, str] = NO_HEADERS) -> int:
        return world.client.get(self.path.format(token=token), headers=headers).status_code


def broken(*told: object) -> None:
    raise ValueError(f"Zoe Marsh: {' '.join(map(str, told))}")


def test_the_address_ends_in_ics_and_is_none_without_it(world: World) -> None:
    for path in (
        f"/feeds/{world.token}",
        f"{world.path}.ics",
        f"{world.path}/",
        f"/feeds//{world.token}.ics",
    ):
        answer = world.client.get(path, follow_redirects=False)
        assert answer.status_code == 404
        assert "location" not in answer.headers
    assert world.get(path=f"{world.path}?nocache=1").status_code == 200


def test_every_coding_comes_to_the_same_bytes_and_what_is_not_known_to_the_plain_ones(world: World) -> None:
    plain = world.get().content
    for coding in ("identity", "gzip", "br", "gzip;q=0", "*", "zstd, br", ""):
        answer = world.get({"accept-encoding": coding})
        assert answer.content == plain
        assert ("content-encoding" in answer.headers) is (coding == "gzip")
        assert answer.headers["vary"] == "Accept-Encoding"


FEEDS = Room(
    path="/feeds/{token}.ics",
    breaks="scheduler.web.feeds.refresh_feed",
    statuses=[200, 304, 404, 404, 500, 503, 410],
)
PAGES = Room(
    path="/subscribe/{token}",
    breaks="scheduler.web.subscribe.subscribe_page",
    statuses=[200, 200, 404, 404, 500, 503, 410],
)


@pytest.mark.parametrize("room", [FEEDS, PAGES], ids=["feeds", "pages"])
def test_no_status_of_a_feed_or_a_page_puts_a_token_into_a_log(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, room: Room
) -> None:
    # It logs the address of each request; that is the log of the client in this test, not ours.
    caplog.set_level(logging.WARNING, logger="httpx2")
    caplog.set_level(logging.DEBUG)
    assert list(room.every_status(world, monkeypatch)) == room.statuses
    assert caplog.records
    for secret in (world.token.secret, "A" * 43, "Zoe"):
        assert secret not in caplog.text
