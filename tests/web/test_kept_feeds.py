"""The memory for calendars that are ready to be sent is bounded."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

from scheduler.actions.feed_rendering import RenderedFeed
from scheduler.web.kept_feeds import KeptFeed, KeptFeeds

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def feed(text: bytes, etag: str = '"e"') -> KeptFeed:
    rendered = RenderedFeed(packed=gzip.compress(text, mtime=0), etag=etag, last_modified=NOON)
    return KeptFeed.of(b"hash", rendered)


ONE = feed(b"x" * 100)


def test_the_feed_asked_for_longest_ago_makes_room() -> None:
    feeds = KeptFeeds(most_bytes=2 * ONE.size)
    feeds.keep("a", ONE)
    feeds.keep("b", ONE)
    assert feeds.find("a") is not None
    feeds.keep("c", ONE)
    assert feeds.find("b") is None
    assert feeds.find("a") is not None
    assert feeds.find("c") is not None


def test_a_feed_larger_than_the_memory_is_not_kept() -> None:
    feeds = KeptFeeds(most_bytes=ONE.size - 1)
    feeds.keep("a", ONE)
    assert feeds.find("a") is None


def test_keeping_a_feed_again_takes_the_place_of_the_older_one_and_counts_once() -> None:
    feeds = KeptFeeds(most_bytes=2 * ONE.size)
    for number in range(10):
        feeds.keep("a", feed(b"x" * 100, etag=f'"{number}"'))
    feeds.keep("b", ONE)
    kept = feeds.find("a")
    assert kept is not None
    assert kept.rendered.etag == '"9"'


def test_a_forgotten_feed_is_gone_and_its_room_is_free() -> None:
    feeds = KeptFeeds(most_bytes=2 * ONE.size)
    feeds.keep("a", ONE)
    feeds.keep("b", ONE)
    feeds.forget("a")
    feeds.keep("c", ONE)
    assert (feeds.find("a"), feeds.find("b"), feeds.find("c")) == (None, ONE, ONE)


def test_what_a_feed_takes_is_its_plain_and_its_packed_bytes_and_a_little_more() -> None:
    assert ONE.size > len(ONE.plain) + len(ONE.rendered.packed)
