"""The memory for rendered feeds is bounded."""

from __future__ import annotations

from datetime import UTC, date, datetime

from scheduler.actions.feed import RenderedFeed
from scheduler.web.feeds import _Key, _RenderedFeeds

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def key(name: str) -> _Key:
    return (name, 1, NOON, date(2026, 12, 1))


def rendered(size: int) -> RenderedFeed:
    return RenderedFeed(body=b"x" * size, etag='"e"', last_modified=NOON)


def test_the_feed_asked_for_longest_ago_makes_room() -> None:
    feeds = _RenderedFeeds(most_bytes=250)
    feeds.keep(key("a"), rendered(100))
    feeds.keep(key("b"), rendered(100))
    assert feeds.get(key("a")) is not None
    feeds.keep(key("c"), rendered(100))
    assert feeds.get(key("b")) is None
    assert feeds.get(key("a")) is not None
    assert feeds.get(key("c")) is not None


def test_a_feed_larger_than_the_memory_is_not_kept() -> None:
    feeds = _RenderedFeeds(most_bytes=50)
    feeds.keep(key("a"), rendered(100))
    assert feeds.get(key("a")) is None


def test_keeping_a_feed_twice_counts_it_once() -> None:
    feeds = _RenderedFeeds(most_bytes=250)
    for _ in range(10):
        feeds.keep(key("a"), rendered(100))
    feeds.keep(key("b"), rendered(100))
    assert feeds.get(key("a")) is not None
